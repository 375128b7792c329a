package find

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// startedCarrier returns the call of a goroutine that is one, if it would carry the
// context of the goroutine's subsegment. A function that itself waits for items of work
// begins segments for those.
func (f *finder) startedCarrier(it *scope.Item) []ast.Node {
	isSite := slices.ContainsFunc(f.sites, func(s *Site) bool {
		return s.Node == ast.Node(it.Call) && s.Status == Traceable && f.view.Rules.Has(s.Rule, s.Kind) && s.Kind != rules.Log
	})
	if f.inRounds(it) {
		return nil
	}
	if isSite || it.Own != nil && f.isGivenOn(it) && !f.waitsForWork(it.Call) {
		return []ast.Node{it.Call}
	}
	return nil
}

// isGivenOn reports whether the function that a goroutine runs carries on the trace of
// the context that it is given. A root context is one that has to be replaced.
func (f *finder) isGivenOn(it *scope.Item) bool {
	if f.root(it.Own) != nil || f.scope.Blind(it.Own) {
		kind, ok := f.carriesOn(it.Own)
		return ok && f.view.Rules.Has(RootContext, kind) || it.Refused == "" && f.matchesTraced(it.Call)
	}
	to := f.callee(it.Call)
	return f.carriesTrace(to) || f.isTraceable(it.Call)
}

// waitsForWork reports whether the function that a call runs has items of work.
func (f *finder) waitsForWork(call *ast.CallExpr) bool {
	fn := f.callee(call)
	return fn != nil && slices.ContainsFunc(f.items, func(o *scope.Item) bool {
		return o.Go == nil && fn.Pkg() == f.p.Types && f.functionAround(o.Node) == fn.Origin()
	})
}

// inRounds reports whether a goroutine is started by each round of a loop that is an item
// of work: the loop says what becomes of it.
func (f *finder) inRounds(it *scope.Item) bool {
	return slices.ContainsFunc(f.items, func(o *scope.Item) bool {
		return o.Go == nil && o.Func == nil && f.statement(o, it.Node) >= 0
	})
}

// functionAround returns the declared function that a node stands in, or nil.
func (f *finder) functionAround(n ast.Node) *types.Func {
	for ; n != nil; n = f.parents[n] {
		if d, ok := n.(*ast.FuncDecl); ok {
			fn, _ := f.p.Info.Defs[d.Name].(*types.Func)
			return fn
		}
	}
	return nil
}

// replacedBy returns the goroutine whose subsegment's context takes the place of a root
// context, or nil.
func (f *finder) replacedBy(root ast.Expr) *scope.Item {
	for _, it := range f.items {
		if it.Call != nil && it.Own == root && it.Refused == "" {
			return it
		}
	}
	return nil
}

// apart says that something traced is evaluated before a goroutine's call and would have
// to move, or "".
func (f *finder) apart(it *scope.Item) string {
	for _, p := range it.Params {
		for _, s := range f.sites {
			if p.Expr != nil && p.Type != nil && s.Status == Traceable && p.Expr.Pos() <= s.Node.Pos() && s.Node.End() <= p.Expr.End() {
				return "what it is given is traced itself: put that into a variable first"
			}
		}
	}
	return ""
}
