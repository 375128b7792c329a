package scope

import (
	"go/ast"
	"go/types"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// carrier returns what carries a request's context in a parameter, or in a copy that
// a variable holds of one, or nil.
func (p *Package) carrier(v *types.Var) *rules.Carrier {
	if p.Carrier == nil {
		return nil
	}
	c := p.Carrier(v.Type())
	if c == nil || p.isParam(v) {
		return c
	}
	if !c.Pooled || !p.isCopy(v) {
		return nil
	}
	own := *c
	own.Pooled = false
	return &own
}

// isCopy reports whether a local variable only ever holds copies of a parameter,
// which their library leaves alone: cp := c.Copy().
func (p *Package) isCopy(v *types.Var) bool {
	values := p.values()[v]
	for _, e := range values {
		call, ok := ast.Unparen(e).(*ast.CallExpr)
		if !ok || len(call.Args) != 0 || !types.Identical(p.Info.TypeOf(call), v.Type()) {
			return false
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != "Copy" {
			return false
		}
		of, ok := p.Info.Uses[IdentOf(sel.X)].(*types.Var)
		if !ok || !p.isParam(of) {
			return false
		}
	}
	return len(values) > 0
}

// isContext reports whether a parameter that carries a context is one itself, with
// the request's values or with the request's context to take its place.
func (p *Package) isContext(v *types.Var) bool {
	c := p.carrier(v)
	return c != nil && isContextType(v.Type()) && (!c.Blind || p.Mends != nil && p.Mends())
}

// isContextType reports whether values of a type can be given where a
// context.Context is wanted.
func isContextType(t types.Type) bool {
	methods := types.NewMethodSet(t)
	for _, name := range []string{"Deadline", "Done", "Err", "Value"} {
		if methods.Lookup(nil, name) == nil {
			return false
		}
	}
	return true
}

// Blind reports whether an expression passes for a context without having the
// request's values.
func (p *Package) Blind(e ast.Expr) bool {
	t := p.Info.TypeOf(e)
	if t == nil || p.Carrier == nil || !p.Info.Types[e].IsValue() {
		return false
	}
	c := p.Carrier(t)
	return c != nil && c.Blind
}

// Behind returns the request's context to be given instead of a blind expression: its
// own, where that may be asked for it.
func (p *Package) Behind(e ast.Expr) (Context, bool) {
	v, ok := p.Info.Uses[IdentOf(ast.Unparen(e))].(*types.Var)
	if ok && p.carrier(v) != nil {
		return p.in(v, e), !p.reused(e, v)
	}
	c, ok := p.Reach(e)
	c.Text = types.ExprString(e) + p.Carrier(p.Info.TypeOf(e)).Get
	return c, ok
}

// Reused returns the text of a context in reach of n that must not be used there:
// its library may have given the value that carries it to another request by then.
func (p *Package) Reused(n ast.Node) string {
	inner := p.Types.Scope().Innermost(n.Pos())
	for s := inner; s != nil && s != p.Types.Scope(); s = s.Parent() {
		for _, name := range s.Names() {
			v, ok := s.Lookup(name).(*types.Var)
			if ok && p.carrier(v) != nil && p.reused(n, v) {
				return name + p.carrier(v).Get
			}
		}
	}
	return ""
}

// reused reports whether v may be another request's when n runs: n stands in a
// function literal that may run after v's function has returned. What a go statement
// is given is evaluated in time, but is v itself where that is the context.
func (p *Package) reused(n ast.Node, v *types.Var) bool {
	carrier := p.carrier(v)
	if !carrier.Pooled {
		return false
	}
	literal := carrier.Get == ""
	for n != nil && !p.declares(n, v) {
		parent := p.Parents[n]
		if s, ok := parent.(*ast.GoStmt); ok && literal && !p.waitsAfter(s) {
			return true
		}
		if lit, ok := n.(*ast.FuncLit); ok {
			if p.livesOn(lit) {
				return true
			}
			literal = true
		}
		n = parent
	}
	return p.startedWith(n) != nil
}

// accessor recognises calls like r.Context(), c.Request.Context() and
// stream.Context(): a method without arguments that a parameter, or a request held
// by one, gives its context with.
func (p *Package) accessor(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) != 0 || sel.Sel.Name != "Context" && sel.Sel.Name != "UserContext" && sel.Sel.Name != "RequestCtx" {
		return false
	}
	if t := p.Info.TypeOf(sel.X); t != nil && p.Carrier != nil && p.Carrier(t) != nil {
		v, ok := p.Info.Uses[holder(sel.X)].(*types.Var)
		return ok && p.isParam(v)
	}
	v, ok := p.Info.Uses[IdentOf(sel.X)].(*types.Var)
	return ok && p.isParam(v) && rules.TypeName(v.Type()) != "T" && rules.TypeName(v.Type()) != "B"
}

// IsWork reports whether values of a type carry the context of background work, and of
// no request.
func (p *Package) IsWork(t types.Type) bool {
	if t == nil || p.Carrier == nil {
		return false
	}
	c := p.Carrier(t)
	return c != nil && c.Work
}

// WorkContext reports whether an expression asks a value for the context of background
// work that it carries: session.Context().
func (p *Package) WorkContext(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	return ok && p.IsWork(p.Info.TypeOf(sel.X)) && p.accessor(call)
}

// holder returns the identifier that a chain of fields and methods without arguments
// begins with: c of c.Request().
func holder(e ast.Expr) *ast.Ident {
	for {
		call, ok := e.(*ast.CallExpr)
		switch {
		case ok && len(call.Args) == 0:
			e = call.Fun
		case ok:
			return nil
		default:
			sel, ok := e.(*ast.SelectorExpr)
			if !ok {
				return IdentOf(e)
			}
			e = sel.X
		}
	}
}
