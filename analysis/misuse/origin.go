package misuse

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// origin returns an expression that e's value comes from, by some way through
// the program, and for which known holds; or nil. A variable counts with what it
// can hold at that place, a function that makes one handler or client of another
// with what it is given.
func (c *checker) origin(e ast.Expr, known func(ast.Expr) bool) ast.Expr {
	t := &tracer{c: c, known: known, seen: map[ast.Expr]bool{}}
	t.follow(e)
	return t.found
}

// tracer steers package flow's walk: away from assignments that cannot reach the
// place, and from calls that do something else with a value than wrap it.
type tracer struct {
	c     *checker
	known func(ast.Expr) bool
	seen  map[ast.Expr]bool
	found ast.Expr
	// inside says that the walk is inside a function that it came to by a call.
	inside bool
}

func (t *tracer) follow(e ast.Expr) {
	if e != nil {
		t.c.flow.Origins(e, t.visit)
	}
}

// visit reports whether the walk ends at e.
func (t *tracer) visit(e ast.Expr) bool {
	if t.found != nil || t.seen[e] {
		return true
	}
	t.seen[e] = true
	if t.known(e) {
		t.found = e
		return true
	}
	t.routes(e)
	switch e := e.(type) {
	case *ast.Ident:
		return t.variable(e, e)
	case *ast.SelectorExpr:
		return t.transport(e) || t.variable(e, e.Sel)
	case *ast.CallExpr:
		return t.call(e)
	case *ast.CompositeLit:
		t.element(e)
	case *ast.UnaryExpr:
		return e.Op != token.AND
	}
	return t.found != nil
}

// variable follows a variable to what it can hold there.
func (t *tracer) variable(e ast.Expr, id *ast.Ident) bool {
	v, ok := t.c.p.Info.Uses[id].(*types.Var)
	if !ok {
		return true
	}
	if !t.c.isLocal(v) {
		sets, all := t.c.assignments(v)
		return !all || len(sets) > 1 || v.Pkg() != t.c.p.Types
	}
	h, ok := t.c.values(id)
	if !ok {
		return true
	}
	for _, x := range h.values {
		t.follow(x)
	}
	t.follow(t.c.transportBefore(v, e))
	sets, _ := t.c.assignments(v)
	return t.inside || len(sets) > 0 // else a parameter, whose callers flow knows
}

// call follows a conversion, a function of the package, and one that wraps what
// it is given: its argument can take the place of its result.
func (t *tracer) call(e *ast.CallExpr) bool {
	if t.c.p.Info.Types[e.Fun].IsType() {
		return false
	}
	result := t.c.p.Info.TypeOf(e)
	for _, a := range e.Args {
		if arg := t.c.p.Info.TypeOf(a); arg != nil && result != nil && types.AssignableTo(arg, result) && !isEmptyInterface(result) {
			t.follow(a)
		}
	}
	if fn := t.c.declaration(t.c.object(e.Fun)); fn != nil {
		t.results(fn)
	}
	return true
}

// results follows what a function of the package returns. Its parameters are
// not followed to its callers there: that would mix up their arguments.
func (t *tracer) results(fn *ast.FuncDecl) {
	if f := t.c.file(fn.Pos()); f == nil || f == t.c.p.Support {
		return
	}
	outside := t.inside
	t.inside = true
	t.c.inspectOwn(fn.Body, func(n ast.Node) {
		if r, ok := n.(*ast.ReturnStmt); ok {
			for _, x := range r.Results {
				t.follow(x)
			}
		}
	})
	t.inside = outside
}

func isEmptyInterface(t types.Type) bool {
	i, ok := t.Underlying().(*types.Interface)
	return ok && i.NumMethods() == 0
}

// routes follows what is registered with a request multiplexer.
func (t *tracer) routes(e ast.Expr) {
	obj := t.c.object(e)
	if obj == nil || !isServeMux(obj.Type()) {
		return
	}
	for _, call := range t.c.calls["net/http.ServeMux.Handle"] {
		if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok && t.c.object(sel.X) == obj && len(call.Args) == 2 {
			t.follow(call.Args[1])
		}
	}
	if rules.KeyOf(obj, nil) != "net/http.DefaultServeMux" {
		return
	}
	for _, call := range t.c.calls["net/http.Handle"] {
		if len(call.Args) == 2 {
			t.follow(call.Args[1])
		}
	}
}

func isServeMux(t types.Type) bool {
	named := rules.Named(t)
	return named != nil && rules.KeyOf(named.Obj(), nil) == "net/http.ServeMux"
}
