package misuse

import (
	"go/ast"
	"go/types"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// nilErrors finds errors that are nil, or that are nil whenever the call that
// returned them did well, and are given to AddError. The SDK asks them for their
// text.
func (c *checker) nilErrors() {
	for _, call := range c.all(xrayFunc("AddError"), segmentMethod("AddError")) {
		if len(call.Args) == 0 {
			continue
		}
		arg := call.Args[len(call.Args)-1]
		if c.isNil(arg) {
			c.report(call, "AddError panics when the error is nil; leave the call out", "", nil)
			continue
		}
		if id, ok := arg.(*ast.Ident); ok && c.unasked(id) {
			var edits []match.Edit
			if s, ok := c.parents[call].(*ast.ExprStmt); ok && c.predeclared("nil", id.Pos()) {
				edits = c.guarded(s, id.Name+" != nil", c.text(s))
			}
			c.report(call, "AddError panics when "+id.Name+" is nil; ask for nil first", "Ask for nil first", edits)
		}
	}
}

// unasked reports whether an error is used right after the call that returned it
// beside other results, so that it is nil when the call did well: between the
// two, nothing decides what runs.
func (c *checker) unasked(id *ast.Ident) bool {
	h, ok := c.values(id)
	if !ok || !isError(c.p.Info.TypeOf(id)) {
		return false
	}
	call, ok := h.one().(*ast.CallExpr)
	if !ok {
		return false
	}
	if results, ok := c.p.Info.TypeOf(call).(*types.Tuple); !ok || results.Len() < 2 {
		return false
	}
	from, to := c.statement(call), c.statement(id)
	if c.block(from) != c.block(to) {
		return false
	}
	for _, s := range scope.Statements(c.block(to)) {
		if s.Pos() <= from.Pos() || s.Pos() >= to.Pos() {
			continue
		}
		switch s.(type) {
		case *ast.ExprStmt, *ast.AssignStmt, *ast.DeferStmt:
		default:
			return false
		}
	}
	return true
}
