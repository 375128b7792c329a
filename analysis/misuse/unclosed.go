package misuse

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// beginnings are the functions that begin a segment or subsegment, and return it
// behind the context that holds it.
var (
	subsegments = []string{xrayFunc("BeginSubsegment"), xrayFunc("BeginSubsegmentWithoutSampling")}
	segments    = []string{xrayFunc("BeginSegment"), xrayFunc("BeginSegmentWithSampling"), xrayFunc("NewSegmentFromHeader")}
	beginnings  = append(append([]string{}, subsegments...), segments...)
)

// unclosedSegments finds segments that a function begins, keeps to itself and
// does not close on every way to a return. A way that ends in a panic does not
// count, nor does a segment that something else may close.
func (c *checker) unclosedSegments() {
	byContext := c.closesByContext()
	for _, call := range c.all(beginnings...) {
		o, ok := c.opening(call)
		if !ok {
			continue
		}
		if len(o.ends) > 0 {
			if leak := c.leak(o); leak != nil {
				c.report(call, "the segment that begins here is not closed "+c.ending(leak, call)+": "+c.lost(call)+"; close it there too, or with defer", "", nil)
			}
		} else if !byContext && !c.keptInContext(o) {
			c.report(call, "the segment that begins here is never closed: "+c.lost(call)+"; close it, best with defer",
				"Close it when the function returns", c.deferClose(o))
		}
	}
}

// ending says how a way ends on which a segment is not closed.
func (c *checker) ending(leak ast.Node, call *ast.CallExpr) string {
	if _, ok := leak.(*ast.ReturnStmt); ok {
		return "when the function returns " + c.at(leak.Pos(), call.Pos())
	}
	return "before the next one takes its place " + c.at(leak.Pos(), call.Pos())
}

// lost says what becomes of a segment that is not closed.
func (c *checker) lost(call *ast.CallExpr) string {
	if c.callOf(call, segments...) != nil {
		return "it is never sent, with all that is recorded below it"
	}
	return "it stays in progress in the trace"
}

// opening is a segment that a statement begins.
type opening struct {
	call *ast.CallExpr
	stmt ast.Stmt   // ctx, seg := call, or the call alone
	fn   ast.Node   // the function around it
	ctx  *types.Var // nil if it is blank
	seg  *types.Var // nil if it is blank

	// ends are the function's own calls of Close, and the defer statements of
	// literals that call it.
	ends map[ast.Node]bool
}

// opening describes the segment that a call begins. ok is false if something
// else than its function may close it.
func (c *checker) opening(call *ast.CallExpr) (o opening, ok bool) {
	o = opening{call: call, fn: c.function(call), ends: map[ast.Node]bool{}}
	if o.fn == nil {
		return o, false
	}
	switch s := c.parents[call].(type) {
	case *ast.ExprStmt:
		o.stmt = s
		return o, true
	case *ast.AssignStmt:
		o.stmt = s
		if len(s.Lhs) != 2 || len(s.Rhs) != 1 {
			return o, false
		}
		var ctxKept, segKept bool
		o.ctx, ctxKept = c.ownVariable(s.Lhs[0], o.fn)
		o.seg, segKept = c.ownVariable(s.Lhs[1], o.fn)
		return o, ctxKept && segKept && (o.seg == nil || c.keptHere(&o)) && !c.isClause(o)
	}
	return o, false
}

// ownVariable returns the variable that an expression of a function assigns to,
// nil for a blank one. ok is false for a field or another function's variable.
func (c *checker) ownVariable(e ast.Expr, fn ast.Node) (v *types.Var, ok bool) {
	id, ok := e.(*ast.Ident)
	if !ok {
		return nil, false
	}
	if id.Name == "_" {
		return nil, true
	}
	v, ok = c.p.Info.ObjectOf(id).(*types.Var)
	if !ok || !c.isLocal(v) {
		return nil, false
	}
	def := c.definition(v)
	return v, def != nil && (c.function(def) == fn || isParam(v) && holds(fn, def))
}

// keptHere reports whether all uses of a segment's variable show what becomes of
// it, and notes those that close it.
func (c *checker) keptHere(o *opening) bool {
	for _, id := range c.scope.Uses(o.seg) {
		switch p := c.parents[id].(type) {
		case *ast.SelectorExpr:
			if !c.selected(o, p) {
				return false
			}
		case *ast.BinaryExpr:
		case *ast.AssignStmt:
			if i := indexOf(p.Lhs, id); i >= 0 {
				if c.callOf(valueAt(p.Rhs, i), beginnings...) == nil {
					return false
				}
			} else if l, ok := p.Lhs[0].(*ast.Ident); !ok || l.Name != "_" {
				return false
			}
		case *ast.CallExpr:
			if c.callOf(p, xrayFunc("HttpCaptureResponse"), xrayFunc("HttpTrace")) == nil {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// selected looks at a field or method of the segment. A closure may close it any
// time, unless the function defers it; so may what takes the method as a value.
func (c *checker) selected(o *opening, sel *ast.SelectorExpr) bool {
	call, ok := c.parents[sel].(*ast.CallExpr)
	if !ok || call.Fun != ast.Expr(sel) {
		_, isMethod := c.p.Info.Uses[sel.Sel].(*types.Func)
		return !isMethod
	}
	if c.callOf(call, segmentMethod("Close"), segmentMethod("CloseAndStream")) == nil {
		return true
	}
	fn := c.function(call)
	if fn == o.fn {
		o.ends[call] = true
		return true
	}
	s, ok := c.startedBy(fn).(*ast.DeferStmt)
	if !ok || c.function(s) != o.fn || s.Pos() < o.stmt.Pos() {
		return false
	}
	o.ends[s] = true
	return true
}

// isClause reports whether a clause of a switch or select begins a segment whose
// variable outlives the clause: another switch may close it.
func (c *checker) isClause(o opening) bool {
	def := c.definition(o.seg)
	for n := c.parents[o.stmt]; n != nil && n != o.fn && def != nil; n = c.parents[n] {
		switch n.(type) {
		case *ast.CaseClause, *ast.CommClause:
			if !holds(n, def) {
				return true
			}
		}
	}
	return false
}

// closesByContext reports whether the package closes a segment that it takes out
// of a context.
func (c *checker) closesByContext() bool {
	for _, call := range c.all(segmentMethod("Close"), segmentMethod("CloseAndStream")) {
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if ok && c.callOf(c.resolve(sel.X), xrayFunc("GetSegment")) != nil {
			return true
		}
	}
	return false
}

// keptInContext reports whether the context that holds a segment is returned or
// stored, so that it can be taken out and closed elsewhere.
func (c *checker) keptInContext(o opening) bool {
	if o.ctx == nil {
		return false
	}
	for _, id := range c.scope.Uses(o.ctx) {
		if id.Pos() > o.call.End() && c.isKept(id) {
			return true
		}
	}
	return false
}

// isKept reports whether a context, or what carries it, is returned or stored.
func (c *checker) isKept(e ast.Expr) bool {
	switch p := c.parents[e].(type) {
	case *ast.ReturnStmt, *ast.SendStmt, *ast.KeyValueExpr, *ast.CompositeLit:
		return true
	case *ast.UnaryExpr:
		return c.isKept(p)
	case *ast.StarExpr:
		return c.isKept(p)
	case *ast.AssignStmt:
		for _, l := range p.Lhs {
			if _, isName := l.(*ast.Ident); !isName {
				return indexOf(p.Rhs, e) >= 0
			}
		}
	case *ast.CallExpr:
		if p.Fun == e {
			return false
		}
		if fn, ok := c.object(p.Fun).(*types.Func); ok && strings.HasPrefix(fn.Name(), "Set") {
			return true // r.SetContext(ctx)
		}
		return carriesContext(c.p.Info.TypeOf(p)) && c.isKept(p)
	}
	return false
}

func carriesContext(t types.Type) bool {
	named := rules.Named(t)
	return named != nil && (match.IsContext(named) || rules.KeyOf(named.Obj(), nil) == "net/http.Request")
}

// deferClose closes a segment that nothing closes when its function returns. It
// must begin at the top of the function, which no goroutine runs: there,
// CloseAndStream may be meant.
func (c *checker) deferClose(o opening) []match.Edit {
	_, body := parts(o.fn)
	if o.seg == nil || c.parents[o.stmt] != ast.Node(body) {
		return nil
	}
	if _, isGo := c.startedBy(o.fn).(*ast.GoStmt); isGo {
		return nil
	}
	if sets, _ := c.assignments(o.seg); len(sets) != 1 {
		return nil
	}
	name := o.seg.Name()
	if result := c.namedError(o.fn); result != nil && c.visible(result, o.stmt.End()) {
		return c.below(o.stmt, "defer func() { "+name+".Close("+result.Name()+") }()")
	}
	return c.below(o.stmt, "defer "+name+".Close(nil)")
}
