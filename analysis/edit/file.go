package edit

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"path/filepath"
	"sort"
	"strconv"

	"github.com/seed-4257438c/xray-instrument/analysis/edit/imports"
	"github.com/seed-4257438c/xray-instrument/analysis/edit/splice"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// File collects the edits of one file.
type File struct {
	Edits []match.Edit
	Owner []*find.Site // of each edit

	p     *Package
	f     *find.File
	added map[string]string // import paths to local names
	used  map[string]bool   // existing imports, by useOf, that new code mentions
}

// useOf names an import of a file by its local name and path: several may be called ".".
func useOf(local, path string) string { return local + " " + path }

// Name returns the file's base name.
func (f *File) Name() string { return filepath.Base(f.f.Path) }

// Offset returns the offset of a position in the file's text.
func (f *File) Offset(pos token.Pos) int { return f.p.Pkg.Fset.File(pos).Offset(pos) }

// Env is the match.Env of one site. What it hands out counts only when the
// site's edits are taken.
type Env struct {
	f     *File
	pos   token.Pos
	fill  map[string]string
	added map[string]string
	used  map[string]bool
}

// Env returns the names at a position of the file; fill gives the text of
// parameters that the source has nothing for.
func (f *File) Env(pos token.Pos, fill map[string]string) *Env {
	return &Env{f: f, pos: pos, fill: fill, added: map[string]string{}, used: map[string]bool{}}
}

// Support returns the name of support code in the package.
func (e *Env) Support(name string) string { return e.f.p.SupportName(name) }

// Fill returns the text of a parameter that the source has nothing for.
func (e *Env) Fill(hole string) (string, error) {
	text, ok := e.fill[hole]
	if !ok {
		return "", fmt.Errorf("nothing is known for its parameter %s", hole)
	}
	return text, nil
}

// Package returns the name of an import of the file that is visible at the site,
// preferably name, or plans an import.
func (e *Env) Package(p, name string) (string, error) {
	p = rules.SDKPath(p, e.f.p.SDK)
	found, ok := "", false
	for _, spec := range e.f.f.Syntax.Imports {
		if PathOf(spec) != p || spec.Name != nil && spec.Name.Name == "_" {
			continue
		}
		if spec.Name != nil && spec.Name.Name == "." {
			e.used[useOf(".", p)] = true
			return "", nil
		}
		if local := e.f.localName(spec); e.visible(local, spec) && (!ok || local == name) {
			found, ok = local, true
		}
	}
	if ok {
		e.used[useOf(found, p)] = true
		return found, nil
	}
	return e.planned(p, name), nil
}

// planned returns the name of an import that the file is to have: one that is
// planned already, one that an earlier run took away, or a new one.
func (e *Env) planned(p, name string) string {
	if local, ok := e.f.added[p]; ok {
		return local
	}
	if e.f.p.Restored != nil {
		if local, ok := e.f.p.Restored(e.f.Name(), p); ok {
			if local == "." {
				return ""
			}
			return local
		}
	}
	local := e.f.p.fresh(e.f.f, name)
	e.added[p] = local
	return local
}

// visible reports whether an import's name means the import at the site.
func (e *Env) visible(local string, spec *ast.ImportSpec) bool {
	s := e.f.p.Pkg.Types.Scope().Innermost(e.pos)
	if s == nil {
		return true
	}
	_, obj := s.LookupParent(local, e.pos)
	name, ok := obj.(*types.PkgName)
	return ok && name.Imported().Path() == PathOf(spec)
}

// commit keeps what the site's edits rely on.
func (e *Env) commit() {
	for p, name := range e.added {
		e.f.added[p] = name
	}
	for name := range e.used {
		e.f.used[name] = true
	}
}

// PathOf returns the path of an import line.
func PathOf(s *ast.ImportSpec) string {
	p, _ := strconv.Unquote(s.Path.Value)
	return p
}

// localName returns the name that a spec gives its package in the file.
func (f *File) localName(s *ast.ImportSpec) string {
	if s.Name != nil {
		return s.Name.Name
	}
	if obj, ok := f.p.Pkg.Info.Implicits[s].(*types.PkgName); ok {
		return obj.Name()
	}
	return path.Base(PathOf(s))
}

// Take adds a site's edits to the file's, unless they would replace what another
// site's replace, which is ErrOverlap.
func (f *File) Take(s *find.Site, e *Env, edits []match.Edit) error {
	all := append(append([]match.Edit(nil), f.Edits...), edits...)
	if _, _, clash := splice.Overlap(all); clash {
		return ErrOverlap
	}
	f.Edits = all
	for range edits {
		f.Owner = append(f.Owner, s)
	}
	e.commit()
	return nil
}

// Added returns the paths that the file's edits import, sorted.
func (f *File) Added() []string {
	paths := make([]string, 0, len(f.added))
	for p := range f.added {
		paths = append(paths, p)
	}
	sort.Strings(paths)
	return paths
}

// Unused returns the imports that nothing mentions once the edits are made.
func (f *File) Unused() []*ast.ImportSpec {
	count := map[types.Object]int{}
	lost := map[types.Object]bool{}
	dotted := f.dotted()
	for id, obj := range f.p.Pkg.Info.Uses {
		if id.Pos() < f.f.Syntax.FileStart || id.Pos() >= f.f.Syntax.FileEnd {
			continue
		}
		if name, ok := dotted[obj.Pkg()]; ok && obj.Parent() == obj.Pkg().Scope() {
			obj = name
		}
		if _, ok := obj.(*types.PkgName); !ok {
			continue
		}
		if f.replaced(f.Offset(id.Pos())) {
			lost[obj] = true
		} else {
			count[obj]++
		}
	}
	var specs []*ast.ImportSpec
	for _, s := range f.f.Syntax.Imports {
		obj := f.p.Pkg.Info.Implicits[s]
		if s.Name != nil {
			obj = f.p.Pkg.Info.Defs[s.Name]
		}
		if obj != nil && lost[obj] && count[obj] == 0 && !f.used[useOf(f.localName(s), PathOf(s))] {
			specs = append(specs, s)
		}
	}
	return specs
}

// dotted returns the packages that the file imports with a dot.
func (f *File) dotted() map[*types.Package]types.Object {
	out := map[*types.Package]types.Object{}
	for _, s := range f.f.Syntax.Imports {
		if s.Name == nil || s.Name.Name != "." {
			continue
		}
		if name, ok := f.p.Pkg.Info.Defs[s.Name].(*types.PkgName); ok {
			out[name.Imported()] = name
		}
	}
	return out
}

func (f *File) replaced(offset int) bool {
	for _, e := range f.Edits {
		if e.Start <= offset && offset < e.End {
			return true
		}
	}
	return false
}

// ImportEdits completes the file's edits by those of its import lines, and
// records them.
func (f *File) ImportEdits() ([]match.Edit, []imports.Change) {
	im := &imports.File{Fset: f.p.Pkg.Fset, Syntax: f.f.Syntax, Src: f.f.Src}
	var add []imports.Spec
	for _, p := range f.Added() {
		spec := imports.Spec{Path: p}
		if name := f.added[p]; name != path.Base(p) {
			spec.Name = name
		}
		add = append(add, spec)
	}
	edits, records := im.Edits(add, f.Unused())
	for i := range records {
		records[i].File = f.Name()
	}
	return edits, records
}
