// Package scope finds the context that a call should carry: the nearest one in
// scope that comes from the request.
//
// The problem: names lie. A variable called ctx may be a root context, may be
// shadowed, may be blank, may belong to a goroutine that lives on when the
// request is over. The approach: go outwards through the lexical scopes at the
// call; take the first variable of type context.Context that is a parameter or
// is only ever assigned contexts derived from one, or the first parameter that
// carries a context, as an *http.Request does (package rules has the table); then
// look at every function literal between that variable and the
// call for what would let the call outlive the variable's function.
//
// It deliberately does not look for contexts in struct fields or package
// variables: whose request they belong to cannot be known.
package scope

import (
	"go/ast"
	"go/token"
	"go/types"
	"sort"

	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// Context is a context in reach of a call.
type Context struct {
	Text string // an expression: "ctx", "r.Context()", "c.Request.Context()"
	// Detach says that the call may outlive the request or must not end with
	// it, so that it gets the context's values without its cancellation.
	Detach bool
	Var    *types.Var // what holds it, or nil where only Item does
	// Item is the item of background work that the call belongs to, or nil. Its
	// context is there once it begins a segment.
	Item *Item
}

// Package is what the finder needs of a type-checked package.
type Package struct {
	Types   *types.Package
	Info    *types.Info
	Parents map[ast.Node]ast.Node // of every node of the package's files
	// Carrier returns what carries a context in values of a type, or nil.
	Carrier func(types.Type) *rules.Carrier
	// Mends reports whether the request's context takes the place of a library's
	// that is given as a context and does not have the request's values.
	Mends func() bool

	// Elsewhere reports whether the program may start a goroutine that hands a function
	// of that name a request or its context. Nil stands for none.
	Elsewhere func(name string) bool
	// Begins reports whether a call begins a segment, so that the context which it
	// returns carries one whatever it is made from. Nil stands for none.
	Begins func(*ast.CallExpr) bool
	// Message returns the name of the support code that begins a segment for messages
	// of a type, or "". Nil stands for none.
	Message func(types.Type) string
	// Support reports whether an object is support code of an earlier run.
	Support func(types.Object) bool

	items    map[ast.Stmt]*Item            // see Work
	started  map[*ast.CallExpr]*Item       // goroutines that are calls, see Work
	assigned map[types.Object][]ast.Expr   // lazily, see values
	uses     map[types.Object][]*ast.Ident // lazily, see Uses
	params   map[*types.Var]param          // lazily, see paramOf
	later    map[*types.Var]bool           // see givenLater
}

// Uses returns the places that mention an object, in source order.
func (p *Package) Uses(obj types.Object) []*ast.Ident {
	if p.uses == nil {
		p.uses = map[types.Object][]*ast.Ident{}
		for id, o := range p.Info.Uses {
			p.uses[o] = append(p.uses[o], id)
		}
		for _, ids := range p.uses {
			sort.Slice(ids, func(i, j int) bool { return ids[i].Pos() < ids[j].Pos() })
		}
	}
	return p.uses[obj]
}

// At returns the context that a call at node n should carry. Where only one is
// in reach that has been ended by hand, it is that one, detached.
func (p *Package) At(n ast.Node) (Context, bool) {
	c, ok := p.Reach(n)
	if it := p.ItemAround(n); it != nil {
		return p.ofItem(it, n, c), true
	}
	return c, ok
}

// Reach is At without items of work: what is in reach as the program stands.
func (p *Package) Reach(n ast.Node) (Context, bool) {
	for _, evenSpent := range []bool{false, true} {
		inner := p.Types.Scope().Innermost(n.Pos())
		for s := inner; s != nil && s != p.Types.Scope(); s = s.Parent() {
			v := p.best(s, inner, n, evenSpent)
			if v == nil {
				continue
			}
			c := p.in(v, n)
			c.Detach = c.Detach || evenSpent
			return c, true
		}
	}
	return Context{}, false
}

// in returns the context that a variable gives to a call at n.
func (p *Package) in(v *types.Var, n ast.Node) Context {
	c := Context{Text: v.Name(), Var: v, Detach: p.outlives(n, v) || p.escapes(n, v) || p.handedOn(n, v) || p.afterEnd(n, v) || p.givenLater(v)}
	if carrier := p.carrier(v); carrier != nil {
		c.Text += carrier.Get
		c.Detach = c.Detach || carrier.Get == ""
	}
	return c
}

// best returns the variable of one scope that carries the request's context and
// is what its name means at n: contexts before requests, later ones first.
func (p *Package) best(s, inner *types.Scope, n ast.Node, evenSpent bool) *types.Var {
	var ctx, req *types.Var
	for _, name := range s.Names() {
		v, ok := s.Lookup(name).(*types.Var)
		if !ok || name == "_" {
			continue
		}
		if _, seen := inner.LookupParent(name, n.Pos()); seen != v {
			continue
		}
		switch {
		case match.IsContext(v.Type()):
			if p.Carries(v) && (ctx == nil || v.Pos() > ctx.Pos()) && (evenSpent && !p.OfWork(v) || !p.spent(v, n)) {
				ctx = v
			}
		case p.carrier(v) != nil && !p.reused(n, v):
			if req == nil || v.Pos() > req.Pos() {
				req = v
			}
		}
	}
	if ctx != nil {
		return p.original(ctx, inner, n)
	}
	return req
}

// isParam reports whether v is a parameter of a function or function literal.
func (p *Package) isParam(v *types.Var) bool { return v.Kind() == types.ParamVar }

// Carries reports whether a context variable holds the context of a request, or
// one derived from it, wherever it is assigned.
func (p *Package) Carries(v *types.Var) bool { return p.carries(v, map[*types.Var]bool{}) }

func (p *Package) carries(v *types.Var, seen map[*types.Var]bool) bool {
	if seen[v] {
		return true // ctx = f(ctx): as good as its other assignments
	}
	seen[v] = true
	values := p.values()[v]
	for _, e := range values {
		if !p.derives(e, seen) && !(p.isParam(v) && p.whereNil(e, v)) {
			return false
		}
	}
	if p.isParam(v) {
		return true
	}
	return len(values) > 0
}

// whereNil reports whether a value is assigned to a parameter only where it is
// nil, which a request's context never is.
func (p *Package) whereNil(e ast.Expr, v *types.Var) bool {
	for n := p.Parents[e]; n != nil; n = p.Parents[n] {
		s, ok := n.(*ast.IfStmt)
		if !ok {
			continue
		}
		cond, ok := s.Cond.(*ast.BinaryExpr)
		return ok && cond.Op == token.EQL && (p.Info.Uses[IdentOf(cond.X)] == v || p.Info.Uses[IdentOf(cond.Y)] == v)
	}
	return false
}

// Derives reports whether an expression is made from a request's context.
func (p *Package) Derives(e ast.Expr) bool { return p.derives(e, map[*types.Var]bool{}) }

// derives reports whether an expression is made from a request's context.
func (p *Package) derives(e ast.Expr, seen map[*types.Var]bool) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		v, ok := p.Info.Uses[e].(*types.Var)
		if !ok || v.IsField() || v.Parent() == p.Types.Scope() {
			return false
		}
		return match.IsContext(v.Type()) && p.carries(v, seen) || p.isContext(v)
	case *ast.CallExpr:
		if p.Begins != nil && p.Begins(e) {
			return true
		}
		for _, a := range e.Args {
			if p.mayDerive(a) && p.derives(a, seen) {
				return true
			}
		}
		return p.accessor(e)
	}
	return false
}

// mayDerive reports whether an argument is a context, by its own type or by a
// library's that is one too.
func (p *Package) mayDerive(a ast.Expr) bool {
	t := p.Info.TypeOf(a)
	return t != nil && (match.IsContext(t) || p.Carrier != nil && p.Carrier(t) != nil && isContextType(t))
}

// Assigned returns what a variable is assigned, wherever that is.
func (p *Package) Assigned(v *types.Var) []ast.Expr { return p.values()[v] }

// values maps variables to what they are assigned anywhere in the package.
func (p *Package) values() map[types.Object][]ast.Expr {
	if p.assigned != nil {
		return p.assigned
	}
	p.assigned = map[types.Object][]ast.Expr{}
	for n := range p.Parents {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, l := range n.Lhs {
				if id, ok := l.(*ast.Ident); ok {
					p.assign(id, n.Rhs, i, len(n.Lhs))
				}
			}
		case *ast.ValueSpec:
			for i, id := range n.Names {
				p.assign(id, n.Values, i, len(n.Names))
			}
		}
	}
	return p.assigned
}

func (p *Package) assign(id *ast.Ident, rhs []ast.Expr, i, n int) {
	obj := p.Info.ObjectOf(id)
	if obj == nil {
		return
	}
	switch len(rhs) {
	case 0:
	case n:
		p.assigned[obj] = append(p.assigned[obj], rhs[i])
	default:
		p.assigned[obj] = append(p.assigned[obj], rhs[0])
	}
}
