// Package flow follows a value back to where it was made, within one package:
// through local and package variables, fields, helper functions and the
// parameters of functions that only the package calls.
//
// It answers two questions about code instrumented by hand: is any origin of
// this handler traced (then tracing it again would double it), and are all
// origins of this client traced (then its calls are). It is a bounded walk over
// syntax, not a solver: what it cannot follow is reported as unknown, and the
// caller takes the safe side.
package flow

import (
	"go/ast"
	"go/types"
)

// Package is what the walk needs of a type-checked package.
type Package struct {
	Types *types.Package
	Info  *types.Info
	Files []*ast.File

	given   map[types.Object][]ast.Expr // what variables and fields are assigned
	results map[types.Object][]ast.Expr // what functions return
	opaque  map[types.Object]bool       // written to in ways not followed
}

// depth bounds the walk.
const depth = 8

// Origins calls visit with each expression that e's value may come from, e
// included, and reports whether all of them were found. visit returns true to
// say that it knows this origin, which ends the walk there.
func (p *Package) Origins(e ast.Expr, visit func(ast.Expr) bool) (complete bool) {
	p.index()
	return p.walk(e, visit, depth, map[types.Object]bool{})
}

// Results returns the expressions that a function of the package returns.
func (p *Package) Results(fn types.Object) []ast.Expr {
	p.index()
	return p.results[fn]
}

func (p *Package) walk(e ast.Expr, visit func(ast.Expr) bool, left int, seen map[types.Object]bool) bool {
	e = ast.Unparen(e)
	if visit(e) {
		return true
	}
	if left == 0 {
		return false
	}
	switch e := e.(type) {
	case *ast.Ident:
		return p.object(p.Info.Uses[e], visit, left, seen)
	case *ast.SelectorExpr:
		return p.object(p.Info.Uses[e.Sel], visit, left, seen)
	case *ast.UnaryExpr:
		return p.walk(e.X, visit, left-1, seen)
	case *ast.StarExpr:
		return p.walk(e.X, visit, left-1, seen)
	case *ast.CallExpr:
		return p.call(e, visit, left, seen)
	}
	return false
}

// call follows the result of a function of the package, and the value that a
// conversion or middleware is given.
func (p *Package) call(e *ast.CallExpr, visit func(ast.Expr) bool, left int, seen map[types.Object]bool) bool {
	var callee types.Object
	switch fun := ast.Unparen(e.Fun).(type) {
	case *ast.Ident:
		callee = p.Info.Uses[fun]
	case *ast.SelectorExpr:
		callee = p.Info.Uses[fun.Sel]
	}
	if callee != nil && len(p.results[callee]) > 0 {
		return p.returns(callee, visit, left, seen)
	}
	for _, a := range e.Args {
		p.walk(a, visit, left-1, seen)
	}
	return false
}

func (p *Package) returns(obj types.Object, visit func(ast.Expr) bool, left int, seen map[types.Object]bool) bool {
	list := p.results[obj]
	if obj == nil || len(list) == 0 || seen[obj] {
		return false
	}
	seen[obj] = true
	complete := true
	for _, r := range list {
		complete = p.walk(r, visit, left-1, seen) && complete
	}
	return complete
}

func (p *Package) object(obj types.Object, visit func(ast.Expr) bool, left int, seen map[types.Object]bool) bool {
	v, ok := obj.(*types.Var)
	if !ok || seen[obj] {
		return ok && seen[obj]
	}
	seen[obj] = true
	complete := len(p.given[v]) > 0 && !p.opaque[v] && !(v.Exported() && (v.IsField() || v.Parent() == p.Types.Scope()))
	for _, e := range p.given[v] {
		complete = p.walk(e, visit, left-1, seen) && complete
	}
	return complete
}

// index notes what each variable and field is given and what each function
// returns.
func (p *Package) index() {
	if p.given != nil {
		return
	}
	p.given, p.results, p.opaque = map[types.Object][]ast.Expr{}, map[types.Object][]ast.Expr{}, map[types.Object]bool{}
	for _, f := range p.Files {
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if ok && fn.Body != nil {
				p.returnsOf(p.Info.Defs[fn.Name], fn.Body)
			}
			ast.Inspect(d, func(n ast.Node) bool { p.note(n); return true })
		}
	}
}

func (p *Package) returnsOf(obj types.Object, body *ast.BlockStmt) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			p.results[obj] = append(p.results[obj], n.Results...)
		}
		return true
	})
}

func (p *Package) note(n ast.Node) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		for i, l := range n.Lhs {
			p.give(p.target(l), n.Rhs, i, len(n.Lhs))
		}
	case *ast.ValueSpec:
		for i, id := range n.Names {
			p.give(p.Info.Defs[id], n.Values, i, len(n.Names))
		}
	case *ast.KeyValueExpr:
		if id, ok := n.Key.(*ast.Ident); ok {
			if v, ok := p.Info.Uses[id].(*types.Var); ok && v.IsField() {
				p.given[v] = append(p.given[v], n.Value)
			}
		}
	case *ast.CallExpr:
		p.arguments(n)
	case *ast.RangeStmt:
		p.opaque[p.target(n.Key)], p.opaque[p.target(n.Value)] = true, true
	}
}

func (p *Package) give(obj types.Object, rhs []ast.Expr, i, n int) {
	switch {
	case obj == nil || len(rhs) == 0:
	case len(rhs) == n:
		p.given[obj] = append(p.given[obj], rhs[i])
	default:
		p.given[obj] = append(p.given[obj], rhs[0])
	}
}

func (p *Package) target(e ast.Expr) types.Object {
	switch e := e.(type) {
	case *ast.Ident:
		return p.Info.ObjectOf(e)
	case *ast.SelectorExpr:
		return p.Info.Uses[e.Sel]
	}
	return nil
}

// arguments gives the parameters of an unexported function what its callers in
// the package pass.
func (p *Package) arguments(call *ast.CallExpr) {
	var obj types.Object
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		obj = p.Info.Uses[fun]
	case *ast.SelectorExpr:
		obj = p.Info.Uses[fun.Sel]
	}
	fn, ok := obj.(*types.Func)
	if !ok || fn.Pkg() != p.Types || fn.Signature().Variadic() {
		return
	}
	params := fn.Origin().Signature().Params()
	for i, a := range call.Args {
		if i >= params.Len() {
			break
		}
		v := params.At(i)
		p.given[v] = append(p.given[v], a)
		if fn.Exported() {
			p.opaque[v] = true
		}
	}
}
