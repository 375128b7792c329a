package gomod

import (
	"context"
	"os"
	"path/filepath"
)

// Inspect finds out by the go command what [Choose] has to know about the module
// that holds dir, but for UsesAWSv1. Packages that do not load are passed over.
func Inspect(ctx context.Context, dir string, opts *Options) (Facts, error) {
	m, err := openModule(ctx, dir, opts)
	if err != nil {
		return Facts{}, err
	}
	data, err := os.ReadFile(filepath.Join(m.dir, "go.mod"))
	if err != nil {
		return Facts{}, err
	}
	facts, err := Read(data)
	if err != nil {
		return Facts{}, err
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
