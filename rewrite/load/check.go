package load

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"os"
	"path/filepath"

	"golang.org/x/tools/go/packages"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
)

// TypeError is the type checker's or parser's first complaint about a package.
type TypeError struct {
	Path string // of the package
	Errs []types.Error
	Err  error // where the package could not even be parsed
}

func (e *TypeError) Error() string {
	if e.Err != nil {
		return e.Err.Error()
	}
	return e.Errs[0].Error()
}

// At returns the file and offset that the first complaint is about, "" if it is
// about none, and its words without them. parse says that it is the parser's.
func (e *TypeError) At() (file string, offset int, msg string, parse bool) {
	var list scanner.ErrorList
	switch {
	case len(e.Errs) > 0:
		p := e.Errs[0].Fset.PositionFor(e.Errs[0].Pos, false)
		return p.Filename, p.Offset, e.Errs[0].Msg, false
	case errors.As(e.Err, &list) && len(list) > 0:
		return list[0].Pos.Filename, list[0].Pos.Offset, list[0].Msg, true
	}
	return "", 0, e.Error(), false
}

// Exclude has files left as they are that the function accepts.
func (p *Program) Exclude(excluded func(pkg *Package, file string) bool) { p.exclude = excluded }

// Places returns where all the complaints are.
func (e *TypeError) Places() []token.Position {
	var out []token.Position
	for _, err := range e.Errs {
		out = append(out, err.Fset.PositionFor(err.Pos, false))
	}
	var list scanner.ErrorList
	if errors.As(e.Err, &list) {
		for _, err := range list {
			out = append(out, err.Pos)
		}
	}
	return out
}

// Check type-checks a package from its source. Files in overlay, by absolute
// path, replace or add to those on disk; a nil entry leaves a file out. The
// error of a package that does not compile is a *TypeError.
func (p *Program) Check(pkg *Package, overlay map[string][]byte) (*find.Package, error) {
	out, err := p.check(pkg, pkg.Path, p.sources(pkg, overlay), overlay, nil)
	if err != nil {
		return nil, err
	}
	p.noteSound(pkg.Path, out, overlay)
	return out, nil
}

// CheckAnyway is Check for a package that may not compile yet: it returns what the
// type checker could make of it, nil only where a file does not parse.
func (p *Program) CheckAnyway(pkg *Package, overlay map[string][]byte) *find.Package {
	out, err := p.check(pkg, pkg.Path, p.sources(pkg, overlay), overlay, nil)
	var te *TypeError
	if errors.As(err, &te) && te.Err != nil {
		return nil
	}
	return out
}

// check type-checks files as a package with a path. What replaced holds is imported
// instead of what the program has.
func (p *Program) check(pkg *Package, path string, files []string, overlay map[string][]byte, replaced map[string]*types.Package) (*find.Package, error) {
	out := &find.Package{Fset: p.Fset}
	var syntax []*ast.File
	for _, name := range files {
		src, ok := overlay[name]
		if ok && src == nil {
			continue
		}
		if !ok {
			var err error
			if src, err = p.Read(name); err != nil {
				return nil, &TypeError{Path: path, Err: err}
			}
		}
		f, err := parser.ParseFile(p.Fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, &TypeError{Path: path, Err: err}
		}
		file := &find.File{Path: name, Src: src, Syntax: f, Reason: find.Fixed(name, pkg.Dir, pkg.Module.Dir, src, f)}
		if p.exclude != nil && p.exclude(pkg, name) {
			file.Reason = find.Excluded
		}
		out.Files = append(out.Files, file)
		syntax = append(syntax, f)
		if find.IsSupport(src) {
			out.Support = file
		}
	}
	return out, p.typeCheck(pkg, path, out, syntax, replaced)
}

// Read returns a file's text: that of the base, or that on disk.
func (p *Program) Read(name string) ([]byte, error) {
	if src, ok := p.base[name]; ok {
		return src, nil
	}
	return os.ReadFile(name)
}

func (p *Program) typeCheck(pkg *Package, path string, out *find.Package, syntax []*ast.File, replaced map[string]*types.Package) error {
	out.Info = &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Implicits: map[ast.Node]types.Object{}, Scopes: map[ast.Node]*types.Scope{},
		Instances: map[*ast.Ident]types.Instance{},
	}
	var errs []types.Error
	cfg := &types.Config{
		Importer: importer{p, pkg.meta, replaced}, Sizes: pkg.meta.TypesSizes, GoVersion: "go" + pkg.GoVersion(), FakeImportC: p.model != nil,
		Error: func(err error) {
			var e types.Error
			if errors.As(err, &e) {
				errs = append(errs, e)
			}
		},
	}
	var err error
	out.Types, err = cfg.Check(path, p.Fset, syntax, out.Info)
	if err != nil && len(errs) == 0 {
		return &TypeError{Path: path, Err: err}
	}
	if len(errs) > 0 {
		return &TypeError{Path: path, Errs: errs}
	}
	return nil
}

// importer resolves the import paths of one package, vendored ones included.
type importer struct {
	p        *Program
	meta     *packages.Package
	replaced map[string]*types.Package
}

func (i importer) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if dep := i.meta.Imports[path]; dep != nil {
		path = dep.PkgPath
	}
	if pkg := i.replaced[path]; pkg != nil {
		return pkg, nil
	}
	return i.p.importPath(path)
}

// sources returns the files to be parsed: what the compiler sees, with the files
// that only the overlay has.
func (p *Program) sources(pkg *Package, overlay map[string][]byte) []string {
	files := append([]string(nil), pkg.meta.CompiledGoFiles...)
	have := map[string]bool{}
	for _, f := range files {
		have[f] = true
	}
	for name := range overlay {
		if !have[name] && filepath.Dir(name) == pkg.Dir && !pkg.CgoFile[name] {
			files = append(files, name)
		}
	}
	return files
}
