package plan

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"path/filepath"
	"sort"
	"strconv"

	"github.com/seed-4257438c/xray-instrument/analysis"
	"github.com/seed-4257438c/xray-instrument/rewrite/imports"
	"github.com/seed-4257438c/xray-instrument/rewrite/record"
	"github.com/seed-4257438c/xray-instrument/rewrite/splice"
	"github.com/seed-4257438c/xray-instrument/rewrite/support"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// file collects the edits of one file.
type file struct {
	p     *plan
	f     *analysis.File
	edits []match.Edit
	owner []*analysis.Site  // of each edit
	added map[string]string // import paths to local names
	used  map[string]bool   // existing imports, by local name, that new code mentions
}

func (p *plan) file(f *analysis.File) *file {
	if p.files[f] == nil {
		p.files[f] = &file{p: p, f: f, added: map[string]string{}, used: map[string]bool{}}
	}
	return p.files[f]
}

func (f *file) name() string { return filepath.Base(f.f.Path) }

func (f *file) offset(pos token.Pos) int { return f.p.pkg.Fset.File(pos).Offset(pos) }

// env is the match.Env of one site. What it hands out counts only when the
// site's edits are taken.
type env struct {
	f     *file
	pos   token.Pos
	fill  map[string]string
	added map[string]string
	used  map[string]bool
}

func (f *file) env(pos token.Pos, fill map[string]string) *env {
	return &env{f: f, pos: pos, fill: fill, added: map[string]string{}, used: map[string]bool{}}
}

func (e *env) Support(name string) string { return e.f.p.supportName(name) }

func (e *env) Fill(hole string) (string, error) {
	text, ok := e.fill[hole]
	if !ok {
		return "", fmt.Errorf("nothing is known for its parameter %s", hole)
	}
	return text, nil
}

// Package returns the name of an import of the file that is visible at the site,
// preferably name, or plans an import.
func (e *env) Package(p, name string) (string, error) {
	p = support.SDKPath(p, e.f.p.opts.SDK)
	found, ok := "", false
	for _, spec := range e.f.f.Syntax.Imports {
		if importPath(spec) != p || spec.Name != nil && spec.Name.Name == "_" {
			continue
		}
		if spec.Name != nil && spec.Name.Name == "." {
			return "", nil
		}
		if local := e.f.localName(spec); e.visible(local, spec) && (!ok || local == name) {
			found, ok = local, true
		}
	}
	if ok {
		e.used[found] = true
		return found, nil
	}
	return e.planned(p, name), nil
}

// planned returns the name of an import that the file is to have: one that is
// planned already, one that an earlier run took away, or a new one.
func (e *env) planned(p, name string) string {
	if local, ok := e.f.added[p]; ok {
		return local
	}
	if local, ok := e.f.p.dropped(e.f.name(), p); ok {
		return local
	}
	local := e.f.p.fresh(e.f.f, name)
	e.added[p] = local
	return local
}

// visible reports whether an import's name means the import at the site.
func (e *env) visible(local string, spec *ast.ImportSpec) bool {
	s := e.f.p.pkg.Types.Scope().Innermost(e.pos)
	if s == nil {
		return true
	}
	_, obj := s.LookupParent(local, e.pos)
	name, ok := obj.(*types.PkgName)
	return ok && name.Imported().Path() == importPath(spec)
}

// commit keeps what the site's edits rely on.
func (e *env) commit() {
	for p, name := range e.added {
		e.f.added[p] = name
	}
	for name := range e.used {
		e.f.used[name] = true
	}
}

func importPath(s *ast.ImportSpec) string {
	p, _ := strconv.Unquote(s.Path.Value)
	return p
}

// localName returns the name that a spec gives its package in the file.
func (f *file) localName(s *ast.ImportSpec) string {
	if s.Name != nil {
		return s.Name.Name
	}
	if obj, ok := f.p.pkg.Info.Implicits[s].(*types.PkgName); ok {
		return obj.Name()
	}
	return path.Base(importPath(s))
}

// take adds a site's edits to the file's, unless they would replace what another
// site's replace.
func (f *file) take(s *analysis.Site, e *env, edits []match.Edit) bool {
	all := append(append([]match.Edit(nil), f.edits...), edits...)
	if _, _, clash := splice.Overlap(all); clash {
		return false
	}
	f.edits = all
	for range edits {
		f.owner = append(f.owner, s)
	}
	e.commit()
	return true
}

// unused returns the imports that nothing mentions once the edits are made.
func (f *file) unused() []*ast.ImportSpec {
	count := map[types.Object]int{}
	lost := map[types.Object]bool{}
	for id, obj := range f.p.pkg.Info.Uses {
		if _, ok := obj.(*types.PkgName); !ok || id.Pos() < f.f.Syntax.FileStart || id.Pos() >= f.f.Syntax.FileEnd {
			continue
		}
		if f.replaced(f.offset(id.Pos())) {
			lost[obj] = true
		} else {
			count[obj]++
		}
	}
	var specs []*ast.ImportSpec
	for _, s := range f.f.Syntax.Imports {
		obj := f.p.pkg.Info.Implicits[s]
		if s.Name != nil {
			obj = f.p.pkg.Info.Defs[s.Name]
		}
		if obj != nil && lost[obj] && count[obj] == 0 && !f.used[f.localName(s)] {
			specs = append(specs, s)
		}
	}
	return specs
}

func (f *file) replaced(offset int) bool {
	for _, e := range f.edits {
		if e.Start <= offset && offset < e.End {
			return true
		}
	}
	return false
}

// importEdits completes the file's edits by those of its import lines, and
// records them.
func (f *file) importEdits() ([]match.Edit, []record.Import) {
	im := &imports.File{Fset: f.p.pkg.Fset, Syntax: f.f.Syntax, Src: f.f.Src}
	paths := make([]string, 0, len(f.added))
	for p := range f.added {
		paths = append(paths, p)
	}
	sort.Strings(paths)
	var add []imports.Spec
	for _, p := range paths {
		spec := imports.Spec{Path: p}
		if name := f.added[p]; name != path.Base(p) {
			spec.Name = name
		}
		add = append(add, spec)
	}
	edits, records := im.Edits(add, f.unused())
	for i := range records {
		records[i].File = f.name()
	}
	return edits, records
}

// fresh returns a name for an import that nothing in the file or package is
// called.
func (p *plan) fresh(f *analysis.File, name string) string {
	names := p.namesIn(f)
	for candidate, i := name, 1; ; i++ {
		if !names[candidate] && p.pkg.Types.Scope().Lookup(candidate) == nil {
			return candidate
		}
		candidate = "aws" + name
		if i > 1 {
			candidate += strconv.Itoa(i)
		}
	}
}

// namesIn returns every name that a file declares, its imports included.
func (p *plan) namesIn(f *analysis.File) map[string]bool {
	if p.names[f] != nil {
		return p.names[f]
	}
	names := map[string]bool{}
	ast.Inspect(f.Syntax, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && p.pkg.Info.Defs[id] != nil {
			names[id.Name] = true
		}
		return true
	})
	for _, s := range f.Syntax.Imports {
		names[p.file(f).localName(s)] = true
	}
	p.names[f] = names
	return names
}

// supportName returns the name of support code in this package: the catalog's,
// with a number if the package uses that for something else.
func (p *plan) supportName(name string) string {
	if own, ok := p.supportNames[name]; ok {
		return own
	}
	own := name
	for i := 2; p.isTaken(own); i++ {
		own = name + strconv.Itoa(i)
	}
	p.supportNames[name] = own
	return own
}

func (p *plan) isTaken(name string) bool {
	for _, f := range p.pkg.Files {
		if f != p.pkg.Support && p.namesIn(f)[name] {
			return true
		}
	}
	return false
}
