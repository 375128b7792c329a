package misuse

import (
	"go/ast"
	"go/types"

	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// doubledClients finds a client or transport of the SDK around another one. The
// transport of the support file does not count: it sees that a call is being
// recorded.
func (c *checker) doubledClients() {
	tracing := []string{xrayFunc("Client"), xrayFunc("RoundTripper")}
	for _, outer := range c.all(tracing...) {
		if len(outer.Args) != 1 {
			continue
		}
		inner := c.origin(outer.Args[0], func(e ast.Expr) bool {
			call := c.callOf(e, tracing...)
			return call != nil && call != outer
		})
		if inner == nil {
			continue
		}
		c.report(outer, "the requests are traced already, by the transport "+c.at(inner.Pos(), outer.Pos())+
			": each is recorded twice, one subsegment inside another; wrap it once", "Wrap it once", c.clientOnce(outer))
	}
}

// clientOnce takes an outer wrapper away whose argument stands there as a traced
// call, or as a literal with a traced transport.
func (c *checker) clientOnce(outer *ast.CallExpr) []match.Edit {
	arg := outer.Args[0]
	if c.callOf(arg, c.key(outer)) != nil {
		return c.unwrap(outer, arg)
	}
	u, ok := ast.Unparen(arg).(*ast.UnaryExpr)
	if !ok {
		return nil
	}
	lit, ok := u.X.(*ast.CompositeLit)
	if !ok || c.callOf(c.transportOf(lit), xrayFunc("RoundTripper")) == nil {
		return nil
	}
	return c.unwrap(outer, arg)
}

// transportOf returns the transport that a literal of http.Client is given, or
// nil.
func (c *checker) transportOf(lit *ast.CompositeLit) ast.Expr {
	if !isClient(c.p.Info.TypeOf(lit)) {
		return nil
	}
	for _, elt := range lit.Elts {
		if kv, ok := elt.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok && id.Name == "Transport" {
				return kv.Value
			}
		}
	}
	return nil
}

func isClient(t types.Type) bool {
	named := rules.Named(t)
	return named != nil && rules.KeyOf(named.Obj(), nil) == "net/http.Client"
}

// element follows the transport that a client's literal is given.
func (t *tracer) element(lit *ast.CompositeLit) { t.follow(t.c.transportOf(lit)) }

// transport follows c.Transport to the client c, and reports whether e is that.
func (t *tracer) transport(e *ast.SelectorExpr) bool {
	if !t.c.isTransport(e) {
		return false
	}
	t.follow(e.X)
	return true
}

func (c *checker) isTransport(e *ast.SelectorExpr) bool {
	return e.Sel.Name == "Transport" && isClient(c.p.Info.TypeOf(e.X))
}

// transportBefore returns what the Transport of a client in a local variable was
// set to last, before the place at which the variable is used; or nil.
func (c *checker) transportBefore(v *types.Var, at ast.Node) ast.Expr {
	if !isClient(v.Type()) {
		return nil
	}
	var last ast.Expr
	for _, id := range c.scope.Uses(v) {
		sel, ok := c.parents[id].(*ast.SelectorExpr)
		if !ok || !c.isTransport(sel) {
			continue
		}
		set, ok := c.parents[sel].(*ast.AssignStmt)
		if ok && len(set.Lhs) == 1 && set.Lhs[0] == ast.Expr(sel) && set.End() <= at.Pos() {
			last = nil
			if c.before(set, at) {
				last = set.Rhs[0]
			}
		}
	}
	return last
}
