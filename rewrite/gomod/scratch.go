package gomod

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
)

// importsDir is the folder, in the overlay only, of a package that imports what the
// rewritten program will import.
const importsDir = "xray_instrument_imports"

// scratch is a temporary folder with copies of a module's files, in which the go
// command may write.
type scratch struct {
	*module
	dir      string // the temporary folder
	mod, sum []byte // the original files; sum is nil if there is none
	imports  []byte // the source of the package in importsDir; nil: there is none
}

// newScratch reads the module's files. Close removes the folder.
func newScratch(m *module, pkgs []string) (*scratch, error) {
	mod, err := os.ReadFile(filepath.Join(m.dir, "go.mod"))
	if err != nil {
		return nil, err
	}
	sum, err := readFile(filepath.Join(m.dir, "go.sum"))
	if err != nil {
		return nil, err
	}
	if _, err := modfile.Parse("go.mod", mod, nil); err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "xray-instrument-")
	if err != nil {
		return nil, err
	}
	return &scratch{module: m, dir: dir, mod: mod, sum: sum, imports: importsSource(pkgs)}, nil
}

// Close removes the temporary folder.
func (s *scratch) Close() error { return os.RemoveAll(s.dir) }

func importsSource(pkgs []string) []byte {
	if len(pkgs) == 0 {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "package %s\n\n", importsDir)
	for _, p := range slices.Sorted(slices.Values(pkgs)) {
		fmt.Fprintf(&b, "import _ %s\n", strconv.Quote(p))
	}
	return []byte(b.String())
}

// bare returns the scratch of the original program, which imports nothing new.
func (s *scratch) bare() *scratch {
	b := *s
	b.imports = nil
	return &b
}

// write writes a new file of the given ending, and returns its name.
func (s *scratch) write(ending string, data []byte) (string, error) {
	f, err := os.CreateTemp(s.dir, "*"+ending)
	if err != nil {
		return "", err
	}
	if _, err := f.Write(data); err != nil {
		f.Close()
		return "", err
	}
	return f.Name(), f.Close()
}

// writePair writes a go.mod and the go.sum that belongs to it, and returns the name of the first.
func (s *scratch) writePair(mod, sum []byte) (string, error) {
	name, err := s.write(".mod", mod)
	if err != nil {
		return "", err
	}
	return name, os.WriteFile(sumName(name), sum, 0o666)
}

func sumName(modName string) string { return strings.TrimSuffix(modName, ".mod") + ".sum" }

// overlay returns the flag for an overlay with the given files and the imports.
func (s *scratch) overlay(files map[string][]byte) (string, error) {
	replace := map[string]string{}
	add := func(name string, data []byte) error {
		if data == nil {
			replace[name] = "" // the file is deleted
			return nil
		}
		copied, err := s.write(filepath.Ext(name), data)
		replace[name] = copied
		return err
	}
	for name, data := range files {
		if err := add(name, data); err != nil {
			return "", err
		}
	}
	if s.imports != nil {
		if err := add(filepath.Join(s.module.dir, importsDir, "imports.go"), s.imports); err != nil {
			return "", err
		}
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	name, err := s.write(".json", data)
	return "-overlay=" + name, err
}

// copied is a copy of go.mod and go.sum that go commands use instead of the originals.
type copied struct {
	*scratch
	name    string // of the copy of go.mod; that of go.sum lies beside it
	overlay string // the flag
}

// copyMod writes a copy of go.mod, changed by change, and of go.sum. Siblings of a workspace become
// replacements, and a missing go line becomes the one that the go command assumes.
func (s *scratch) copyMod(change func(*modfile.File) error) (*copied, error) {
	f, err := modfile.Parse("go.mod", s.mod, nil)
	if err != nil {
		return nil, err
	}
	if f.Go == nil {
		if err := f.AddGoStmt(assumedGo); err != nil {
			return nil, err
		}
	}
	if err := s.replaceSiblings(f); err != nil {
		return nil, err
	}
	if err := change(f); err != nil {
		return nil, err
	}
	f.Cleanup()
	data, err := f.Format()
	if err != nil {
		return nil, err
	}
	return s.copyOf(data, s.sum)
}

// copyOf writes a copy with the given contents.
func (s *scratch) copyOf(mod, sum []byte) (*copied, error) {
	name, err := s.writePair(mod, sum)
	if err != nil {
		return nil, err
	}
	overlay, err := s.overlay(nil)
	return &copied{scratch: s, name: name, overlay: overlay}, err
}

// assumedGo is the version that the go command assumes where there is no go line.
const assumedGo = "1.16"

// run runs a go command with the copy. It never sees the workspace.
func (c *copied) run(ctx context.Context, args ...string) ([]byte, error) {
	i := slices.IndexFunc(args, func(a string) bool { return strings.HasPrefix(a, "-") })
	if i < 0 {
		i = len(args)
	}
	args = slices.Insert(slices.Clone(args), i, "-modfile="+c.name, c.overlay)
	return c.module.run(ctx, append([]string{"GOWORK=off"}, args...)...)
}

// read returns what the go command has made of the copy.
func (c *copied) read() (*modfile.File, []byte, error) {
	data, err := os.ReadFile(c.name)
	if err != nil {
		return nil, nil, err
	}
	sum, err := readFile(sumName(c.name))
	if err != nil {
		return nil, nil, err
	}
	f, err := modfile.Parse(c.name, data, nil)
	return f, sum, err
}
