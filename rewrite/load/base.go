package load

import (
	"context"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"golang.org/x/tools/go/packages"
)

// SetBase makes texts stand for files on disk, by absolute path. changed are the
// packages of the program, dependencies first, that they belong to: their export
// data is out of date, and what imports them sees their new source.
func (p *Program) SetBase(texts map[string][]byte, changed []*Package) error {
	p.base, p.changed = texts, changed
	return p.refresh()
}

// refresh forgets the dependencies that have been read, and checks the packages
// with another text than on disk.
func (p *Program) refresh() error {
	checked := map[string]*types.Package{"unsafe": types.Unsafe}
	for path, pkg := range p.checked {
		if m := p.graph[path]; p.model != nil && m != nil && (m.Module == nil || !m.Module.Main) { // the same for any text of the program
			checked[path] = pkg
		}
	}
	p.checked = checked
	for _, pkg := range p.changed {
		out, err := p.Check(pkg, nil)
		if err != nil {
			return err
		}
		p.checked[pkg.Path] = out.Types
	}
	return nil
}

// Tests are the test files of a package that a build of it has.
type Tests struct {
	Own      []string // of the package itself
	External []string // of its external test package
}

// Empty reports whether there are none.
func (t Tests) Empty() bool { return len(t.Own)+len(t.External) == 0 }

// WithTests returns the packages, and those that consist of tests alone.
func (p *Program) WithTests() []*Package {
	return append(append([]*Package(nil), p.Packages...), p.TestOnly...)
}

// TestsReach reports whether test files import, directly or not, a package of the
// program that want accepts.
func (p *Program) TestsReach(files []string, want func(path string) bool) bool {
	for path := range p.importsOf(files) {
		if m := p.graph[path]; m != nil && (want(path) || p.Reaches(&Package{meta: m}, want)) {
			return true
		}
	}
	return false
}

// importsOf returns the paths that files import.
func (p *Program) importsOf(files []string) map[string]bool {
	paths := map[string]bool{}
	for _, name := range files {
		src, err := p.Read(name)
		if err != nil {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly)
		if err != nil {
			continue
		}
		for _, spec := range f.Imports {
			path, _ := strconv.Unquote(spec.Path.Value)
			paths[path] = true
		}
	}
	return paths
}

// Tests returns a package's test files.
func (p *Program) Tests(pkg *Package) Tests {
	var tests Tests
	entries, err := os.ReadDir(pkg.Dir)
	if err != nil {
		return tests
	}
	for _, e := range entries {
		name := e.Name()
		if !strings.HasSuffix(name, "_test.go") || e.IsDir() {
			continue
		}
		path := filepath.Join(pkg.Dir, name)
		src, err := p.Read(path)
		if err != nil || !p.cfg.Build.Has(name, src) {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), path, src, parser.PackageClauseOnly)
		switch {
		case err != nil:
		case f.Name.Name == pkg.Name+"_test" || pkg.Name == "" && strings.HasSuffix(f.Name.Name, "_test"):
			tests.External = append(tests.External, path)
		case f.Name.Name == pkg.Name || pkg.Name == "":
			tests.Own = append(tests.Own, path)
		}
	}
	return tests
}

// AddImports makes the packages that files import and the program does not have
// known to the type checker.
func (p *Program) AddImports(ctx context.Context, files []string) error {
	missing := p.imported(files)
	if len(missing) == 0 {
		return nil
	}
	if p.model != nil {
		return p.addSources(ctx, missing)
	}
	listed, err := p.further(ctx, "", nil, missing)
	if err != nil {
		return err
	}
	for path, m := range listed {
		if p.stale[path] && m.ExportFile != "" { // another package of that path than the one from source
			p.unlisted = true
			return errGone
		}
	}
	for path, m := range listed {
		if p.graph[path] == nil {
			p.helpers[path] = m
		}
	}
	return nil
}

// imported returns the paths that files import and the program does not have.
func (p *Program) imported(files []string) []string {
	missing := p.importsOf(files)
	maps.DeleteFunc(missing, func(path string, _ bool) bool {
		return path == "" || path == "C" || path == "unsafe" || p.exportFile(path) != "" || p.graph[path] != nil
	})
	return slices.Sorted(maps.Keys(missing))
}

// CheckTests type-checks a package with its own test files, and its external test
// package, each nil if there is none. Where it does not compile, the error is a
// *TypeError and the packages are what the checker could make of them.
func (p *Program) CheckTests(pkg *Package, tests Tests, overlay map[string][]byte) (own, external *find.Package, err error) {
	if !tests.Empty() {
		own, err = p.check(pkg, pkg.Path, append(p.sources(pkg, overlay), tests.Own...), overlay, nil)
	}
	if own == nil || own.Types == nil || len(tests.External) == 0 {
		return own, nil, err
	}
	// What the external tests import may import the package in turn, and then means
	// the one with its tests: what depends on it is read anew.
	depends := p.dependents(pkg.Path)
	depends[pkg.Path] = true
	defer p.setAside(depends)()
	p.checked[pkg.Path] = own.Types
	for _, c := range p.changed {
		if depends[c.Path] && c.Path != pkg.Path {
			if out, err := p.Check(c, overlay); err == nil {
				p.checked[c.Path] = out.Types
			}
		}
	}
	external, more := p.check(pkg, pkg.Path+"_test", tests.External, overlay, map[string]*types.Package{pkg.Path: own.Types})
	if err == nil {
		err = more
	}
	return own, external, err
}

// setAside forgets packages that have been read, and returns what brings them back in
// place of those that are read until then. All others stay: a package that was known by
// some of its types alone and is read now leads to packages that must be the same for
// whoever reads them later.
func (p *Program) setAside(paths map[string]bool) (restore func()) {
	before := maps.Clone(p.checked)
	maps.DeleteFunc(p.checked, func(path string, _ *types.Package) bool { return paths[path] })
	return func() {
		maps.DeleteFunc(p.checked, func(path string, _ *types.Package) bool { return paths[path] })
		for path := range paths {
			if pkg := before[path]; pkg != nil {
				p.checked[path] = pkg
			}
		}
	}
}

// dependents returns the program's own packages that import a path, directly or
// not, those among them that only tests import.
func (p *Program) dependents(path string) map[string]bool {
	known := map[*packages.Package]bool{}
	var reaches func(m *packages.Package) bool
	reaches = func(m *packages.Package) bool {
		if m.Module == nil || !m.Module.Main {
			return false // no other module imports one of the program
		}
		is, ok := known[m]
		if ok {
			return is
		}
		for _, dep := range m.Imports {
			is = is || dep.PkgPath == path || reaches(dep)
		}
		known[m] = is
		return is
	}
	out := map[string]bool{}
	for _, known := range []map[string]*packages.Package{p.graph, p.helpers} {
		for name, m := range known {
			if reaches(m) {
				out[name] = true
			}
		}
	}
	return out
}
