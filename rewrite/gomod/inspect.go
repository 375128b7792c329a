package gomod

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"
)

// Inspect finds out what [Choose] has to know about the module that holds dir. It fills all
// of Facts but UsesAWSv1. Packages that do not load are passed over.
func Inspect(ctx context.Context, dir string, opts *Options) (Facts, error) {
	m, err := openModule(ctx, dir, opts)
	if err != nil {
		return Facts{}, err
	}
	data, err := os.ReadFile(filepath.Join(m.dir, "go.mod"))
	if err != nil {
		return Facts{}, err
	}
	f, err := modfile.ParseLax("go.mod", data, nil)
	if err != nil {
		return Facts{}, err
	}
	facts := Facts{GoVersion: goLine(data), Direct: map[string]string{}}
	for _, r := range f.Require {
		if !r.Indirect {
			facts.Direct[r.Mod.Path] = r.Mod.Version
		}
	}
	facts.Linked, err = m.linked(ctx)
	return facts, err
}

// linked returns the modules of which the program, its tests included, imports packages.
func (m *module) linked(ctx context.Context) (map[string]string, error) {
	mod := "-mod=readonly" // never mod, which would write
	if m.vendored {
		mod = "-mod=vendor"
	}
	out, err := m.run(ctx, "list", mod, "-e", "-deps", "-test", "-f", "{{with .Module}}{{.Path}} {{.Version}}{{end}}", "./...")
	if err != nil {
		return nil, err
	}
	return parseVersions(out), nil
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
