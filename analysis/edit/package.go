// Package edit makes the edits of sites in their files: what a suggested fix
// consists of, and what a run writes.
//
// The tokens that a translation changes come from rules/match. What is added here
// are names: how a file calls a package or may call a new import, how a package
// calls the support code that was carried along into it; and the import lines,
// added where new code needs them and taken away where nothing does any more.
// The edits of the sites of one file must compose; one that would replace the
// same bytes as another is refused.
//
// It edits bytes and touches no file. It imports analysis/find, rules and its own
// subpackages.
package edit

import (
	"cmp"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// ErrOverlap refuses a site whose edits replace what those of another one do.
var ErrOverlap = errors.New("another site's edit replaces the same code")

// Package collects the edits of a package.
type Package struct {
	Pkg     *find.Package
	SDK     string // module path of the X-Ray SDK, where new code imports it
	Service string // the name of the segments of its requests
	Detach  bool   // calls are not cancelled with the request
	// Restored, if it is not nil, returns the name of an import that a file had
	// before an earlier run took it away.
	Restored func(file, path string) (name string, ok bool)
	// Support holds the package's names of support code, by the catalog's. It is
	// completed as sites need more.
	Support map[string]string

	files map[*find.File]*File
	names map[*find.File]map[string]bool
}

// New returns a package without edits. earlier is the text of the support file
// that the package has from an earlier run, or nil.
func New(pkg *find.Package, earlier []byte) *Package {
	p := &Package{Pkg: pkg, Support: map[string]string{}, files: map[*find.File]*File{}, names: map[*find.File]map[string]bool{}}
	for _, name := range declarations(earlier) {
		p.Support[find.CanonicalName(name)] = name
	}
	return p
}

// declarations returns the names that a file declares.
func declarations(src []byte) []string {
	if src == nil {
		return nil
	}
	f, err := parser.ParseFile(token.NewFileSet(), "", src, parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	var names []string
	for _, d := range f.Decls {
		names = append(names, declared(d)...)
	}
	return names
}

func declared(d ast.Decl) []string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			return []string{d.Name.Name}
		}
	case *ast.GenDecl:
		var names []string
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				names = append(names, s.Name.Name)
			case *ast.ValueSpec:
				names = append(names, s.Names[0].Name)
			}
		}
		return names
	}
	return nil
}

// Edited returns the file's edits so far, or nil if it has none.
func (p *Package) Edited(f *find.File) *File {
	if fl := p.files[f]; fl != nil && len(fl.Edits) > 0 {
		return fl
	}
	return nil
}

// File returns a file to be edited.
func (p *Package) File(f *find.File) *File {
	if p.files[f] == nil {
		p.files[f] = &File{p: p, f: f, added: map[string]string{}, used: map[string]bool{}}
	}
	return p.files[f]
}

// Site adds the edits that trace a site. An error says why it must be left alone.
func (p *Package) Site(s *find.Site) error {
	f := p.File(s.File)
	at := s.Node.Pos()
	if s.Work != nil && s.Work.Item.Go == nil {
		at = s.Work.First.Pos() // where the segment begins
	}
	e := f.Env(at, nil)
	edits, err := p.translate(f, e, s)
	if err != nil {
		return err
	}
	return f.Take(s, e, edits)
}

func (p *Package) translate(f *File, e *Env, s *find.Site) ([]match.Edit, error) {
	if s.Work != nil {
		return p.work(f, e, s)
	}
	ctx := s.Context.Text
	if ctx != "" && s.Detached(p.Detach) {
		name, err := e.Package("context", "context")
		if err != nil {
			return nil, err
		}
		if name != "" {
			name += "."
		}
		ctx = name + "WithoutCancel(" + ctx + ")"
	}
	if s.Asked != nil {
		return p.asked(f, e, s, ctx)
	}
	if s.Root != nil {
		start, end := f.Offset(s.Root.Pos()), f.Offset(s.Root.End())
		return []match.Edit{{Start: start, End: end, New: ctx, Size: end - start}}, nil
	}
	e.fill = map[string]string{"service": strconv.Quote(p.Service), "handler": strconv.Quote(cmp.Or(s.Handler, p.Service))}
	if ctx != "" {
		e.fill["ctx"] = ctx
	}
	return s.Match.Translate(s.File.Src, e)
}

// fresh returns a name for an import that nothing in the file or package is
// called.
func (p *Package) fresh(f *find.File, name string) string {
	names := p.namesIn(f)
	for candidate, i := name, 1; ; i++ {
		if !names[candidate] && p.Pkg.Types.Scope().Lookup(candidate) == nil {
			return candidate
		}
		candidate = "aws" + name
		if i > 1 {
			candidate += strconv.Itoa(i)
		}
	}
}

// namesIn returns every name that a file declares, its imports included.
func (p *Package) namesIn(f *find.File) map[string]bool {
	if p.names[f] != nil {
		return p.names[f]
	}
	names := map[string]bool{}
	ast.Inspect(f.Syntax, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && p.Pkg.Info.Defs[id] != nil {
			names[id.Name] = true
		}
		return true
	})
	for _, s := range f.Syntax.Imports {
		names[p.File(f).localName(s)] = true
	}
	p.names[f] = names
	return names
}

// SupportName returns the name of support code in this package: the catalog's,
// with a number if the package uses that for something else.
func (p *Package) SupportName(name string) string {
	if own, ok := p.Support[name]; ok {
		return own
	}
	own := name
	for i := 2; p.isTaken(own); i++ {
		own = name + strconv.Itoa(i)
	}
	p.Support[name] = own
	return own
}

func (p *Package) isTaken(name string) bool {
	for _, f := range p.Pkg.Files {
		if f != p.Pkg.Support && p.namesIn(f)[name] {
			return true
		}
	}
	return false
}
