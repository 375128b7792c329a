package load

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/packages"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
)

// List is what the go command said of a program's packages, as a later run can read it.
type List struct {
	Roots    []string
	Packages []Listed
	Modules  []*packages.Module
}

// Listed is a package of a List. Files are relative to Dir where they lie in it.
type Listed struct {
	Path, Name, Dir string
	Files           []string          `json:",omitempty"`
	Compiled        []string          `json:",omitempty"` // if they are not Files
	Export          string            `json:",omitempty"`
	Imports         []string          `json:",omitempty"` // paths
	Renamed         map[string]string `json:",omitempty"` // of Imports: what the source calls them
	Module          int               // of Modules, from 1; 0: none
}

// List returns the list that the program was made of, and false if it says more than can
// be kept: that something does not compile, or is made by other tools than the compiler.
// own reports whether a folder's files may change.
func (p *Program) List(own func(dir string) bool) (*List, bool) {
	if len(p.Unfound) > 0 {
		return nil, false
	}
	out := &List{}
	modules := map[string]int{}
	for _, path := range slices.Sorted(maps.Keys(p.graph)) {
		m := p.graph[path]
		l := Listed{Path: path, Name: m.Name, Dir: m.Dir, Export: m.ExportFile, Files: within(m.Dir, m.GoFiles)}
		plain := slices.Equal(m.GoFiles, m.CompiledGoFiles)
		switch {
		case len(m.Errors) > 0, m.ID != m.PkgPath, path == "C":
			return nil, false
		case path == "unsafe":
		case len(m.GoFiles) > 0 && m.ExportFile == "", own(m.Dir) && (!plain || len(m.OtherFiles) > 0):
			return nil, false
		}
		if !plain {
			l.Compiled = within(m.Dir, m.CompiledGoFiles)
		}
		if m.Module != nil {
			if modules[m.Module.Path] == 0 {
				out.Modules = append(out.Modules, m.Module)
				modules[m.Module.Path] = len(out.Modules)
			}
			l.Module = modules[m.Module.Path]
		}
		for _, name := range slices.Sorted(maps.Keys(m.Imports)) {
			dep := m.Imports[name].PkgPath
			l.Imports = append(l.Imports, dep)
			if dep != name {
				if l.Renamed == nil {
					l.Renamed = map[string]string{}
				}
				l.Renamed[dep] = name
			}
		}
		out.Packages = append(out.Packages, l)
	}
	for _, root := range p.roots {
		out.Roots = append(out.Roots, root.PkgPath)
	}
	return out, true
}

func within(dir string, files []string) []string {
	var out []string
	for _, name := range files {
		if filepath.Dir(name) == dir {
			name = filepath.Base(name)
		}
		out = append(out, name)
	}
	return out
}

// Folders returns the folders of the listed packages, by the packages' paths.
func (l *List) Folders() map[string]string {
	out := map[string]string{}
	for i := range l.Packages {
		out[l.Packages[i].Path] = l.Packages[i].Dir
	}
	return out
}

// ModuleOf returns the module of a listed package, nil for the standard library.
func (l *List) ModuleOf(p *Listed) *packages.Module {
	if p.Module == 0 {
		return nil
	}
	return l.Modules[p.Module-1]
}

// Of returns the part of a list that a folder's package and what it imports take up, and false
// if no package on the list is in the folder.
func (l *List) Of(dir string) (*List, bool) {
	byPath := l.byPath()
	out := &List{Modules: l.Modules}
	for _, root := range l.Roots {
		if p := byPath[root]; p != nil && p.Dir == dir {
			out.Roots = append(out.Roots, root)
		}
	}
	seen := map[string]bool{}
	var visit func(path string)
	visit = func(path string) {
		p := byPath[path]
		if p == nil || seen[path] {
			return
		}
		seen[path] = true
		out.Packages = append(out.Packages, *p)
		for _, dep := range p.Imports {
			visit(dep)
		}
	}
	for _, root := range out.Roots {
		visit(root)
	}
	return out, len(out.Roots) > 0
}

func (l *List) byPath() map[string]*Listed {
	out := make(map[string]*Listed, len(l.Packages))
	for i := range l.Packages {
		out[l.Packages[i].Path] = &l.Packages[i]
	}
	return out
}

// Earlier is the list of an earlier run, with the packages whose files are no longer what was
// compiled then.
type Earlier struct {
	*List
	Changed map[string]bool
}

// stale returns the packages whose export data is out of date.
func (l *Earlier) stale() map[string]bool {
	byPath, out := l.byPath(), make(map[string]bool, len(l.Packages))
	var visit func(path string) bool
	visit = func(path string) bool {
		is, ok := out[path]
		if ok || byPath[path] == nil {
			return is
		}
		is = l.Changed[path]
		for _, dep := range byPath[path].Imports {
			is = visit(dep) || is
		}
		out[path] = is
		return is
	}
	for path := range byPath {
		visit(path)
	}
	return out
}

// pkg returns a listed package as go/packages does, but for its imports.
func (l *List) pkg(p *Listed, sizes types.Sizes) *packages.Package {
	m := &packages.Package{ID: p.Path, PkgPath: p.Path, Name: p.Name, Dir: p.Dir, ExportFile: p.Export, GoFiles: absolute(p.Dir, p.Files), Module: l.ModuleOf(p), TypesSizes: sizes, Imports: map[string]*packages.Package{}}
	if m.CompiledGoFiles = m.GoFiles; p.Compiled != nil {
		m.CompiledGoFiles = absolute(p.Dir, p.Compiled)
	}
	return m
}

func absolute(dir string, files []string) []string {
	out := make([]string, len(files))
	for i, name := range files {
		if out[i] = name; !filepath.IsAbs(name) {
			out[i] = filepath.Join(dir, name)
		}
	}
	return out
}

// errGone says that there is no longer what a list speaks of.
var errGone = errors.New("the list is out of date")

// Again makes a program of the lists of earlier runs. The export data of packages whose files have
// changed since is out of date, and that of all packages that import them, directly or
// not, for types and constants of one may follow from those of the other. Where one list
// has it and another has not, each package is taken from a list that is up to date. The
// rest is type-checked from source, bodies included: what does not compile must not pass
// for what does. See [Program.Stands].
func Again(cfg Config, lists ...Earlier) (*Program, error) {
	sizes := types.SizesFor("gc", cfg.Build.GOARCH)
	if sizes == nil {
		return nil, errGone
	}
	listed, graph, stale := map[string]*Listed{}, map[string]*packages.Package{}, map[string]bool{}
	for _, l := range lists {
		old := l.stale()
		for i := range l.Packages {
			p := &l.Packages[i]
			if listed[p.Path] == nil || stale[p.Path] && !old[p.Path] {
				listed[p.Path], graph[p.Path], stale[p.Path] = p, l.pkg(p, sizes), old[p.Path]
			}
		}
	}
	for path, p := range listed {
		if _, err := os.Stat(p.Export); err != nil && p.Export != "" && !stale[path] { // the build cache has been cleaned
			return nil, errGone
		}
		for _, path := range p.Imports {
			name, ok := p.Renamed[path]
			if !ok {
				name = path
			}
			if graph[path] == nil {
				return nil, errGone
			}
			graph[p.Path].Imports[name] = graph[path]
		}
	}
	var roots []*packages.Package
	for _, l := range lists {
		for _, path := range l.Roots {
			m := graph[path]
			if m == nil {
				return nil, errGone
			}
			if !slices.Contains(roots, m) {
				roots = append(roots, m)
			}
		}
	}
	p, err := newProgram(cfg, roots)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(stale, func(_ string, is bool) bool { return !is })
	p.stale = stale
	return p, nil
}

// Stale returns how many packages have export data that is out of date.
func (p *Program) Stale() int { return len(p.stale) }

// Stands reports whether all packages with export data that is out of date can be
// compiled, as far as the type checker sees: those that nobody has asked for are
// checked now. One that cannot be is for the go command to speak of.
func (p *Program) Stands() bool {
	if p.unlisted || len(p.stale) == len(p.sound) {
		return !p.unlisted
	}
	for _, pkg := range p.Ordered() {
		if p.stale[pkg.Path] && !p.sound[pkg.Path] {
			if _, err := p.Check(pkg, nil); err != nil {
				return false
			}
		}
	}
	return len(p.stale) == len(p.sound)
}

// noteSound notes that a package whose export data is out of date has been type-checked as it
// is on disk. A function without a body is the compiler's to judge.
func (p *Program) noteSound(path string, out *find.Package, overlay map[string][]byte) {
	if !p.stale[path] || overlay != nil || p.base != nil {
		return
	}
	for _, f := range out.Files {
		for _, d := range f.Syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Body == nil {
				return
			}
		}
	}
	p.sound[path] = true
}

// fromChanged returns a dependency whose export data is out of date.
func (p *Program) fromChanged(path string) (*types.Package, error) {
	m := p.graph[path]
	out, err := p.Check(&Package{Path: path, Name: m.Name, Module: m.Module, Dir: m.Dir, Files: m.GoFiles, meta: m}, nil)
	if err != nil {
		return nil, err
	}
	p.checked[path] = out.Types
	return out.Types, nil
}

// Compiles notes that a package is known to compile as it is.
func (p *Program) Compiles(path string) {
	if p.stale[path] {
		p.sound[path] = true
	}
}

// Digests returns for each package of the program what changes with it and with all that it
// imports. texts stand for the files in folders, by these; a package in another folder
// is as its module's version says.
func (p *Program) Digests(texts map[string][]byte) map[string][sha256.Size]byte {
	out := map[string][sha256.Size]byte{}
	var visit func(m *packages.Package) [sha256.Size]byte
	visit = func(m *packages.Package) [sha256.Size]byte {
		if d, ok := out[m.PkgPath]; ok {
			return d
		}
		h := sha256.New()
		fmt.Fprintf(h, "%q %x\n", m.PkgPath, texts[m.Dir])
		if m.Module != nil {
			fmt.Fprintf(h, "%q %q\n", m.Module.Path, m.Module.Version)
			if m.Module.Replace != nil {
				fmt.Fprintf(h, "by %q %q\n", m.Module.Replace.Path, m.Module.Replace.Version)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(m.Imports)) {
			fmt.Fprintf(h, "%q %x\n", name, visit(m.Imports[name]))
		}
		out[m.PkgPath] = [sha256.Size]byte(h.Sum(nil))
		return out[m.PkgPath]
	}
	for _, m := range p.graph {
		visit(m)
	}
	return out
}
