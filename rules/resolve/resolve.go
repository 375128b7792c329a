// Package resolve turns the two dialects of a catalog, ordinary Go packages,
// into the records that package rules embeds.
//
// A dialect is type-checked against the real libraries before it comes here,
// so that every identifier of a pattern has an object. What the packages
// promise each other is verified: the same exported functions with the same
// signatures on both sides, each body in a form that can be matched, each
// unexported declaration of the traced side usable as support code. A breach is
// an error with its position.
//
// It imports package rules and the type checker's packages.
package resolve

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"slices"
	"sort"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// Dialects returns the catalog of the idioms that plain and xray define.
func Dialects(plain, xray *packages.Package) (*rules.Catalog, error) {
	p, err := read(plain)
	if err != nil {
		return nil, err
	}
	x, err := read(xray)
	if err != nil {
		return nil, err
	}
	out := &rules.Catalog{Carriers: map[string]*rules.Carrier{}}
	var errs []error
	for _, fn := range p.idioms {
		if isCarrier(fn) {
			if err := p.carrier(fn, out); err != nil {
				errs = append(errs, err)
			}
			continue
		}
		other := x.byName[fn.Name.Name]
		if other == nil {
			errs = append(errs, p.errorf(fn, "idiom %s has no xray side", fn.Name.Name))
			continue
		}
		idioms, err := pair(p, x, fn, other)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		out.Idioms = append(out.Idioms, idioms...)
	}
	for _, fn := range x.idioms {
		if p.byName[fn.Name.Name] == nil {
			errs = append(errs, x.errorf(fn, "idiom %s has no plain side", fn.Name.Name))
		}
	}
	if out.Support, err = x.support(); err != nil {
		errs = append(errs, err)
	}
	return out, errors.Join(errs...)
}

// dialect is one side, read.
type dialect struct {
	pkg    *packages.Package
	src    map[string][]byte
	idioms []*ast.FuncDecl // exported functions in file and source order
	byName map[string]*ast.FuncDecl
}

func read(pkg *packages.Package) (*dialect, error) {
	for _, e := range pkg.Errors {
		return nil, e
	}
	d := &dialect{pkg: pkg, src: map[string][]byte{}, byName: map[string]*ast.FuncDecl{}}
	files := append([]*ast.File(nil), pkg.Syntax...)
	sort.Slice(files, func(i, j int) bool { return d.name(files[i]) < d.name(files[j]) })
	for _, f := range files {
		b, err := os.ReadFile(d.name(f))
		if err != nil {
			return nil, err
		}
		d.src[d.name(f)] = b
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.IsExported() {
				d.idioms = append(d.idioms, fn)
				d.byName[fn.Name.Name] = fn
			}
		}
	}
	return d, nil
}

func (d *dialect) name(n ast.Node) string { return d.pkg.Fset.Position(n.Pos()).Filename }

func (d *dialect) text(n ast.Node) string {
	from, to := d.pkg.Fset.Position(n.Pos()), d.pkg.Fset.Position(n.End())
	return string(d.src[from.Filename][from.Offset:to.Offset])
}

func (d *dialect) errorf(n ast.Node, format string, args ...any) error {
	return fmt.Errorf("%s: %s", d.pkg.Fset.Position(n.Pos()), fmt.Sprintf(format, args...))
}

// pair makes the idiom of one function in both dialects, and those that it stands
// for beside itself.
func pair(p, x *dialect, plain, traced *ast.FuncDecl) ([]*rules.Idiom, error) {
	idiom := &rules.Idiom{Name: plain.Name.Name, Doc: strings.TrimSpace(plain.Doc.Text())}
	if err := sameSignature(p, x, plain, traced); err != nil {
		return nil, err
	}
	if idiom.Doc == "" {
		return nil, p.errorf(plain, "idiom %s has no doc comment", idiom.Name)
	}
	for _, fn := range []*ast.FuncDecl{plain, traced} {
		if fn.Type.TypeParams != nil || fn.Body == nil {
			return nil, p.errorf(plain, "idiom %s has type parameters or no body", idiom.Name)
		}
	}
	var names []string
	for _, c := range plain.Doc.List {
		word, rest, _ := strings.Cut(c.Text, " ")
		switch rest = strings.TrimSpace(rest); word {
		case "//idiom:kind":
			if idiom.Kind = rules.Kind(rest); !slices.Contains(rules.Kinds, idiom.Kind) {
				return nil, p.errorf(c, "idiom %s: there is no kind %q", idiom.Name, rest)
			}
		case "//idiom:family":
			if words := strings.Fields(rest); len(words) > 0 {
				idiom.Family, idiom.Members = words[0], words[1:]
			}
		case "//idiom:also":
			names = strings.Fields(rest)
		case "//idiom:guard":
			idiom.Guards = strings.Fields(rest)
		}
	}
	if idiom.Kind == "" {
		idiom.Kind = rules.Custom
	}
	sig := p.pkg.TypesInfo.Defs[plain.Name].Type().(*types.Signature)
	for i := range sig.Params().Len() {
		v := sig.Params().At(i)
		param := rules.Param{Name: v.Name(), Variadic: sig.Variadic() && i == sig.Params().Len()-1}
		t := v.Type()
		if param.Variadic {
			t = t.(*types.Slice).Elem()
		}
		param.Type = types.TypeString(t, nil)
		idiom.Params = append(idiom.Params, param)
	}
	var err error
	if idiom.Plain, err = p.body(plain); err != nil {
		return nil, err
	}
	if idiom.XRay, err = x.body(traced); err != nil {
		return nil, err
	}
	if err := verify(p, x, plain, traced, idiom); err != nil {
		return nil, err
	}
	more, err := also(p, x, plain, traced, idiom, names)
	return append([]*rules.Idiom{idiom}, more...), err
}

func sameSignature(p, x *dialect, plain, traced *ast.FuncDecl) error {
	a := p.pkg.TypesInfo.Defs[plain.Name].Type().(*types.Signature)
	b := x.pkg.TypesInfo.Defs[traced.Name].Type().(*types.Signature)
	if !types.Identical(a, b) {
		return x.errorf(traced, "the sides of idiom %s differ in signature: plain %s, xray %s", plain.Name.Name, a, b)
	}
	for i := range a.Params().Len() {
		if a.Params().At(i).Name() != b.Params().At(i).Name() {
			return x.errorf(traced, "the sides of idiom %s name parameter %d differently", plain.Name.Name, i+1)
		}
	}
	return nil
}

// body returns the pattern that a function's body is.
func (d *dialect) body(fn *ast.FuncDecl) (*rules.Body, error) {
	n, err := d.pattern(fn)
	if err != nil {
		return nil, err
	}
	form := rules.Expr
	switch n.(type) {
	case *ast.AssignStmt:
		form = rules.Assign
	case *ast.ValueSpec:
		form = rules.Var
	}
	return &rules.Body{Form: form, Source: d.text(n), Refs: d.refs(n, d.holes(fn))}, nil
}

// holes returns the parameters of an idiom's function.
func (d *dialect) holes(fn *ast.FuncDecl) map[types.Object]bool {
	params := d.pkg.TypesInfo.Defs[fn.Name].Type().(*types.Signature).Params()
	holes := map[types.Object]bool{}
	for i := range params.Len() {
		holes[params.At(i)] = true
	}
	return holes
}

func (d *dialect) pattern(fn *ast.FuncDecl) (ast.Node, error) {
	if len(fn.Body.List) == 0 {
		return nil, d.errorf(fn, "idiom %s has an empty body", fn.Name.Name)
	}
	switch s := fn.Body.List[0].(type) {
	case *ast.ReturnStmt:
		if len(fn.Body.List) == 1 && len(s.Results) == 1 {
			return s.Results[0], nil
		}
	case *ast.ExprStmt:
		if len(fn.Body.List) == 1 {
			return s.X, nil
		}
	case *ast.AssignStmt:
		if len(fn.Body.List) == 1 && len(s.Lhs) == 1 {
			return s, nil
		}
	case *ast.DeclStmt: // var x T; return x
		if g, ok := s.Decl.(*ast.GenDecl); ok && g.Tok == token.VAR && len(g.Specs) == 1 && len(fn.Body.List) == 2 {
			return g.Specs[0], nil
		}
	}
	return nil, d.errorf(fn, "the body of idiom %s is neither an expression, an assignment nor a variable", fn.Name.Name)
}

// refs lists the identifiers below n that stand for holes and for objects of
// packages; with nil holes, as for support code, package names alone.
func (d *dialect) refs(n ast.Node, holes map[types.Object]bool) []rules.Ref {
	info, base := d.pkg.TypesInfo, n.Pos()
	owner := literalFields(info, n)
	var refs []rules.Ref
	ast.Inspect(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		ref := rules.Ref{Pos: int(id.Pos() - base)}
		switch obj := info.Uses[id].(type) {
		case nil:
			return true
		case *types.PkgName:
			ref.Path = obj.Imported().Path()
		case *types.Var:
			if holes[obj] {
				ref.Hole = obj.Name()
			} else if !obj.IsField() {
				ref.Object = d.key(obj)
			} else if t := owner[id]; t != nil {
				ref.Object = rules.FieldKey(t, obj)
			}
		default:
			ref.Object = d.key(obj)
		}
		if ref.Path != "" || holes != nil && (ref.Object != "" || ref.Hole != "") {
			refs = append(refs, ref)
		}
		return true
	})
	return refs
}

func (d *dialect) key(obj types.Object) string {
	return rules.KeyOf(obj, func(o types.Object) (string, bool) {
		return o.Name(), o.Pkg() == d.pkg.Types && o.Parent() == d.pkg.Types.Scope() && !o.Exported()
	})
}

// literalFields maps the identifiers that name fields, as keys of literals or
// in selectors, to the type that has the field.
func literalFields(info *types.Info, n ast.Node) map[*ast.Ident]types.Type {
	owner := map[*ast.Ident]types.Type{}
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					if id, ok := kv.Key.(*ast.Ident); ok {
						owner[id] = info.TypeOf(n)
					}
				}
			}
		case *ast.SelectorExpr:
			if sel := info.Selections[n]; sel != nil {
				owner[n.Sel] = rules.FieldOwner(sel)
			}
		}
		return true
	})
	return owner
}
