package misuse

import (
	"go/ast"
	"go/types"

	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// lateCloses finds subsegments that are closed with Close in a goroutine which
// the function that starts it does not wait for. The segment above may be closed
// by then; Close sends all of it once more, where CloseAndStream sends the
// subsegment alone.
func (c *checker) lateCloses() {
	for _, call := range c.calls[segmentMethod("Close")] {
		start, lit := c.goroutine(call)
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if start == nil || !ok || !c.isLate(sel.X, start, lit) {
			continue
		}
		name := c.text(sel.X)
		c.report(call, "nobody waits for this goroutine: when "+name+" is closed after the segment that it is part of, the whole segment is sent again; close "+
			name+" with CloseAndStream, where it is not nil", "Use CloseAndStream", c.streamed(call, sel))
	}
}

// goroutine returns the go statement whose function literal a call runs in, and
// the literal; deferred literals inside it count as it.
func (c *checker) goroutine(call *ast.CallExpr) (*ast.GoStmt, *ast.FuncLit) {
	fn := c.function(call)
	if s, ok := c.startedBy(fn).(*ast.DeferStmt); ok {
		fn = c.function(s)
	}
	lit, ok := fn.(*ast.FuncLit)
	if !ok {
		return nil, nil
	}
	start, _ := c.startedBy(lit).(*ast.GoStmt)
	return start, lit
}

// isLate reports whether a subsegment hangs below one of the function around a
// goroutine, which may return first: it begins in that function, or in the
// goroutine with that function's context.
func (c *checker) isLate(seg ast.Expr, start *ast.GoStmt, lit *ast.FuncLit) bool {
	id, ok := seg.(*ast.Ident)
	if !ok {
		return false
	}
	v, ok := c.p.Info.Uses[id].(*types.Var)
	if !ok || !c.isLocal(v) {
		return false
	}
	sets, all := c.assignments(v)
	if !all || len(sets) != 1 {
		return false
	}
	begin := c.callOf(sets[0].value, subsegments...)
	if begin == nil || len(begin.Args) == 0 {
		return false
	}
	if c.function(begin) == ast.Node(lit) {
		v = c.parentContext(begin.Args[0], start, lit)
	}
	return v != nil && c.outlives(start, lit, v)
}

// outlives reports whether a goroutine may run on when the function around it,
// which has the variable v, has returned. In a goroutine's own function, v tells
// too little of the segment that it belongs to.
func (c *checker) outlives(start *ast.GoStmt, lit *ast.FuncLit, v *types.Var) bool {
	around := c.function(start)
	if _, isGo := c.startedBy(around).(*ast.GoStmt); isGo {
		return false
	}
	def := c.definition(v)
	if def == nil || !holds(around, def) || holds(lit, def) {
		return false
	}
	if c.function(def) != around && !isParam(v) {
		return false
	}
	return c.scope.Outlives(start.Call, v)
}

// parentContext returns the variable of the function around a goroutine whose
// context, with a segment, the expression e in the goroutine is or is derived
// from; or nil.
func (c *checker) parentContext(e ast.Expr, start *ast.GoStmt, lit *ast.FuncLit) *types.Var {
	for range 8 {
		e = ast.Unparen(e)
		if call, ok := e.(*ast.CallExpr); ok {
			if c.callOf(call, beginnings...) != nil || len(call.Args) == 0 || !match.IsContext(c.p.Info.TypeOf(call.Args[0])) {
				return nil
			}
			e = call.Args[0]
			continue
		}
		id, ok := e.(*ast.Ident)
		if !ok {
			return nil
		}
		v, ok := c.p.Info.Uses[id].(*types.Var)
		if !ok || !c.isLocal(v) {
			return nil
		}
		if v.Pos() < lit.Pos() || v.Pos() >= lit.End() {
			if c.hasSegment(v) {
				return v
			}
			return nil
		}
		if e = c.givenTo(v, id, start, lit); e == nil {
			return nil
		}
	}
	return nil
}

// givenTo returns what a variable inside a goroutine's function holds: the only
// value that it is assigned, or what the go statement gives for a parameter.
func (c *checker) givenTo(v *types.Var, id *ast.Ident, start *ast.GoStmt, lit *ast.FuncLit) ast.Expr {
	h, ok := c.values(id)
	if !ok {
		return nil
	}
	if !h.given {
		return h.one()
	}
	i := 0
	for _, field := range lit.Type.Params.List {
		for _, name := range field.Names {
			if c.p.Info.Defs[name] == v && len(h.values) == 0 && i < len(start.Call.Args) {
				return start.Call.Args[i]
			}
			i++
		}
	}
	return nil
}

// hasSegment reports whether a context comes from a request or begins a segment.
func (c *checker) hasSegment(v *types.Var) bool {
	if !match.IsContext(v.Type()) {
		return false
	}
	sets, _ := c.assignments(v)
	for _, s := range sets {
		if s.value != nil && c.callOf(s.value, beginnings...) != nil {
			return true
		}
	}
	return c.scope.Carries(v)
}

// streamed closes a subsegment with CloseAndStream if there is one: unlike
// Close, it fails on nil.
func (c *checker) streamed(call *ast.CallExpr, sel *ast.SelectorExpr) []match.Edit {
	name := c.text(sel.X)
	if c.isNotNil(call, sel.X) {
		return []match.Edit{c.replace(sel.Sel, "CloseAndStream")}
	}
	arg := call.Args[0]
	if _, isName := arg.(*ast.Ident); !isName || !c.predeclared("nil", call.Pos()) {
		return nil // it would no longer be evaluated for a segment that is nil
	}
	body := name + ".CloseAndStream(" + c.text(arg) + ")"
	switch s := c.parents[call].(type) {
	case *ast.ExprStmt:
		return c.guarded(s, name+" != nil", body)
	case *ast.DeferStmt:
		if !c.isNil(arg) {
			return nil // its value when the goroutine ends may be another one
		}
		return c.deferGuarded(s, name+" != nil", body)
	}
	return nil
}

// isNotNil reports whether the innermost condition around a call is that a
// segment is not nil.
func (c *checker) isNotNil(call *ast.CallExpr, seg ast.Expr) bool {
	s, ok := c.conditional(call).(*ast.IfStmt)
	if !ok || !holds(s.Body, call) {
		return false
	}
	isNil, ok := c.comparesNil(s.Cond, c.object(seg))
	return ok && !isNil
}
