package analysis

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/edit"
	"github.com/seed-4257438c/xray-instrument/analysis/edit/imports"
	"github.com/seed-4257438c/xray-instrument/analysis/edit/splice"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// fixer makes the fixes of a package's sites. Each stands alone, so that a user may
// apply any of them; all together are what go vet -fix applies.
type fixer struct {
	p    *find.Package
	opts Options
}

// edits returns the edits that trace one site, or nil where they would not suffice.
func (f *fixer) edits(s *find.Site) []match.Edit {
	switch {
	case s.Asked != nil, s.Context.Item != nil: // support code is missing, or an item has no context before its segment begins
		return nil
	case f.opts.Service == "" && needsService(s):
		return nil
	}
	pkg := edit.New(f.p, f.supportText())
	pkg.SDK, pkg.Service, pkg.Detach = f.opts.SDK, f.opts.Service, f.opts.Detach
	for _, name := range supportOf(s) {
		if pkg.Support[name] == "" {
			return nil // the command carries it along
		}
	}
	if err := pkg.Site(s); err != nil {
		return nil
	}
	file := pkg.File(s.File)
	for _, path := range file.Added() {
		if !imports.IsStd(path) && f.opts.Import(path) == nil {
			return nil
		}
	}
	lines, _ := file.ImportEdits()
	return splice.Sorted(append(append([]match.Edit(nil), file.Edits...), lines...))
}

// needsService reports whether the edits of a site mention the service's name.
func needsService(s *find.Site) bool {
	if s.Match == nil || s.Root != nil {
		return s.Work != nil
	}
	x := s.Match.Idiom.XRay
	return x.Mentions("service") || x.Mentions("handler") && s.Handler == ""
}

// supportOf returns the support code that the edits of a site use.
func supportOf(s *find.Site) []string {
	switch {
	case s.Work != nil:
		return s.Work.Support()
	case s.Root != nil:
		return nil
	}
	return s.Match.Idiom.XRay.Support()
}

func (f *fixer) supportText() []byte {
	if f.p.Support == nil {
		return nil
	}
	return f.p.Support.Src
}

// compiles reports whether the package type-checks with the fixes of all ds.
func (f *fixer) compiles(ds []*Diagnostic) bool {
	edits := map[*find.File][]match.Edit{}
	for _, d := range ds {
		edits[d.File] = merge(edits[d.File], d.Fix.Edits)
	}
	fset := token.NewFileSet()
	var syntax []*ast.File
	for _, file := range f.p.Files {
		src, err := splice.Apply(file.Src, edits[file])
		if err != nil {
			return false
		}
		parsed, err := parser.ParseFile(fset, file.Path, src, parser.SkipObjectResolution)
		if err != nil {
			return false
		}
		syntax = append(syntax, parsed)
	}
	ok := true
	cfg := &types.Config{Importer: f, Sizes: f.opts.Sizes, GoVersion: f.opts.GoVersion, Error: func(err error) {
		if e, is := err.(types.Error); !is || !isUnusedImport(e) { // what applies fixes takes unused imports away
			ok = false
		}
	}}
	cfg.Check(f.p.Types.Path(), fset, syntax, nil)
	return ok
}

func isUnusedImport(e types.Error) bool {
	return strings.HasSuffix(e.Msg, "imported and not used") || strings.Contains(e.Msg, "imported as ")
}

// merge returns the edits of several fixes of a file; what two of them have in
// common is made once.
func merge(a, b []match.Edit) []match.Edit {
	for _, e := range b {
		known := false
		for _, have := range a {
			known = known || have == e
		}
		if !known {
			a = append(a, e)
		}
	}
	return a
}

// Import implements types.Importer.
func (f *fixer) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	pkg := f.opts.Import(path)
	switch {
	case pkg == nil:
		return nil, errNotLoaded(path)
	case path == "context" && !pkg.Complete():
		return partialContext(pkg)
	case !pkg.Complete():
		return nil, errNotLoaded(path)
	}
	return pkg, nil
}

// partialContext returns package context as far as fixes use it. A package that does
// not import it itself knows no more of it than the type that its imports mention.
func partialContext(pkg *types.Package) (*types.Package, error) {
	known := pkg.Scope().Lookup("Context")
	if known == nil {
		return nil, errNotLoaded(pkg.Path())
	}
	out := types.NewPackage(pkg.Path(), pkg.Name())
	out.Scope().Insert(known)
	v := func(name string) *types.Tuple {
		return types.NewTuple(types.NewVar(token.NoPos, out, name, known.Type()))
	}
	out.Scope().Insert(types.NewFunc(token.NoPos, out, "WithoutCancel", types.NewSignatureType(nil, nil, nil, v("parent"), v(""), false)))
	out.MarkComplete()
	return out, nil
}

type errNotLoaded string

func (e errNotLoaded) Error() string { return "package " + string(e) + " is not loaded" }

// fixTitle says what a fix does.
func fixTitle(s *find.Site) string {
	if s.Work != nil {
		return "Begin a segment for this work"
	}
	if s.Root != nil {
		return "Give it the request's context"
	}
	return "Trace it: " + shortForm(s.Match.Idiom.XRay)
}

// shortForm returns a body on one line.
func shortForm(b *rules.Body) string { return strings.Join(strings.Fields(b.Source), " ") }
