package custom

import (
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/config"
)

// graph is the packages that idioms depend on, by import path.
type graph map[string]*packages.Package

// list lists what the packages that the configuration names depend on.
func list(file *config.File, opts Options) (graph, error) {
	mode := packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps | packages.NeedModule | packages.NeedExportFile
	pkgs, err := packages.Load(&packages.Config{Mode: mode, Dir: opts.Dir, BuildFlags: opts.Flags}, paths(file)...)
	if err != nil {
		return nil, err
	}
	g := graph{}
	packages.Visit(pkgs, nil, func(pkg *packages.Package) { g[pkg.PkgPath] = pkg })
	return g, nil
}

// complaint returns the error that keeps one of the sides from being built, itself or
// a package that it imports, or nil.
func (g graph) complaint(file *config.File) error {
	for _, d := range file.Idioms {
		for _, side := range []config.Text{d.Plain, d.XRay} {
			words := ""
			packages.Visit([]*packages.Package{g[side.Value]}, nil, func(pkg *packages.Package) { // imports first
				if words == "" && len(pkg.Errors) > 0 {
					words = strings.Join(strings.Fields(pkg.Errors[0].Error()), " ")
				}
			})
			if words != "" {
				return file.Errorf(side.Pos, "idioms: package %s cannot be built: %s", side.Value, words)
			}
		}
	}
	return nil
}

// isLocal reports whether a package's files can change: it is no part of the standard
// library and of no module version.
func isLocal(pkg *packages.Package) bool {
	m := pkg.Module
	return m != nil && (m.Main || m.Version == "" || m.Replace != nil && m.Replace.Version == "")
}

// within returns the local packages that one of an idiom's sides names, and those
// that these import.
func (g graph) within(d *rules.Idiom, c *rules.Catalog) []string {
	var out []string
	for _, path := range named(d, c) {
		if g[path] == nil {
			continue
		}
		packages.Visit([]*packages.Package{g[path]}, nil, func(pkg *packages.Package) {
			if isLocal(pkg) {
				out = append(out, pkg.PkgPath)
			}
		})
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// named returns the packages that the sides of an idiom name, support code included.
func named(d *rules.Idiom, c *rules.Catalog) []string {
	var out []string
	add := func(refs []rules.Ref) {
		for _, ref := range refs {
			if ref.Path != "" {
				out = append(out, ref.Path)
			}
			if slash := strings.LastIndexByte(ref.Object, '/') + 1; ref.Object != "" {
				out = append(out, ref.Object[:slash+strings.IndexByte(ref.Object[slash:], '.')])
			}
		}
	}
	add(d.Plain.Refs)
	add(d.XRay.Refs)
	seen := map[string]bool{}
	var visit func(name string)
	visit = func(name string) {
		if s := c.Support[name]; s != nil && !seen[name] {
			seen[name] = true
			add(s.Refs)
			for _, u := range s.Uses {
				visit(u)
			}
		}
	}
	for _, name := range d.XRay.Support() {
		visit(name)
	}
	return out
}

// files returns the files that the idioms depend on and that can change: those of
// local packages, and those that say which versions of others there are.
func (g graph) files() []string {
	var out []string
	for _, pkg := range g {
		if !isLocal(pkg) {
			continue
		}
		for _, files := range [][]string{pkg.GoFiles, pkg.IgnoredFiles, pkg.OtherFiles} {
			out = append(out, files...)
			for _, name := range files {
				out = append(out, filepath.Dir(name))
			}
		}
		if pkg.Module.GoMod != "" {
			out = append(out, pkg.Module.GoMod, strings.TrimSuffix(pkg.Module.GoMod, ".mod")+".sum")
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
