package gomod

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/mod/modfile"
)

// Read returns what a go.mod says of [Facts]: the go line, and the SDKs that are
// required directly.
func Read(goMod []byte) (Facts, error) {
	f, err := modfile.ParseLax("go.mod", goMod, nil)
	if err != nil {
		return Facts{}, err
	}
	facts := Facts{GoVersion: goLine(goMod), Direct: map[string]string{}}
	for _, r := range f.Require {
		if (r.Mod.Path == V1 || r.Mod.Path == V2) && !r.Indirect {
			facts.Direct[r.Mod.Path] = r.Mod.Version
		}
	}
	return facts, nil
}

// goLine returns the go line of a go.mod or go.work file, or "".
func goLine(data []byte) string {
	f, err := modfile.ParseLax("go.mod", data, nil)
	if err != nil || f.Go == nil {
		return ""
	}
	return f.Go.Version
}

// readFile reads a file that need not exist; nil: it does not.
func readFile(name string) ([]byte, error) {
	data, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err == nil && data == nil:
		return []byte{}, nil
	}
	return data, err
}
