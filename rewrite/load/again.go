package load

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"golang.org/x/tools/go/packages"
)

// config returns the settings of a load with another go.mod: a file of that form
// for -modfile, or in a workspace an overlay.
func (p *Program) config(ctx context.Context, modfile string, overlay map[string][]byte) *packages.Config {
	flags := p.cfg.Flags
	if modfile != "" {
		flags = append(flags[:len(flags):len(flags)], "-mod=mod", "-modfile="+modfile)
	}
	return &packages.Config{Context: ctx, Dir: p.cfg.Dir, BuildFlags: flags, Overlay: overlay}
}

// Exports lists the export data of packages that the program does not use yet,
// and of their dependencies.
func (p *Program) Exports(ctx context.Context, modfile string, overlay map[string][]byte, paths []string) (map[string]string, error) {
	listed, err := p.further(ctx, modfile, overlay, paths)
	files := map[string]string{}
	for path, m := range listed {
		if m.ExportFile != "" {
			files[path] = m.ExportFile
		}
	}
	return files, err
}

// further lists packages and their dependencies, by path. The error is the first of one
// of them.
func (p *Program) further(ctx context.Context, modfile string, overlay map[string][]byte, paths []string) (map[string]*packages.Package, error) {
	cfg := p.config(ctx, modfile, overlay)
	cfg.Mode = packages.NeedName | packages.NeedImports | packages.NeedDeps | packages.NeedExportFile | packages.NeedModule
	roots, err := packages.Load(cfg, paths...)
	if err != nil {
		return nil, fmt.Errorf("%s", oneLine(err))
	}
	listed := map[string]*packages.Package{}
	var bad error
	packages.Visit(roots, nil, func(m *packages.Package) {
		listed[m.PkgPath] = m
		for _, e := range m.Errors {
			if bad == nil {
				bad = e
			}
		}
	})
	return listed, bad
}

// Reload lists the same packages again with another go.mod.
func (p *Program) Reload(ctx context.Context, modfile string, overlay map[string][]byte) (*Program, error) {
	cfg := p.config(ctx, modfile, overlay)
	cfg.Mode = mode
	return load(ctx, p.cfg, cfg)
}

// NewErrors returns the first error, by path, of a package that compiled in old
// and no longer does, or "".
func (p *Program) NewErrors(old *Program) string {
	paths := make([]string, 0, len(p.graph))
	for path := range p.graph {
		paths = append(paths, path)
	}
	sort.Strings(paths)
	first := ""
	for _, path := range paths {
		was, is := old.graph[path], p.graph[path]
		if was == nil || was.ExportFile == "" || is.ExportFile != "" {
			continue
		}
		for _, e := range is.Errors {
			return path + ": " + firstComplaint(e.Msg)
		}
		if first == "" {
			first = path + " does not compile"
		}
	}
	return first
}

// firstComplaint returns the compiler's first line about a package, without the
// heading and the file's place on this machine.
func firstComplaint(msg string) string {
	for line := range strings.Lines(msg) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "# ") {
			continue
		}
		if _, rest, ok := strings.Cut(line, ": "); ok {
			return rest
		}
		return line
	}
	return msg
}

// Adopt takes over the dependencies of a reloaded program. What has been checked
// against the old ones must be checked again.
func (p *Program) Adopt(fresh *Program) error {
	p.graph = fresh.graph
	byPath := map[string]*Package{}
	for _, pkg := range fresh.Packages {
		byPath[pkg.Path] = pkg
	}
	for _, pkg := range p.Packages {
		if f := byPath[pkg.Path]; f != nil {
			pkg.meta = f.meta
		}
	}
	return p.refresh()
}
