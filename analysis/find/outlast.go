package find

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
)

// What an item starts, and a function literal in it, may run far behind where it stands: the
// segment has to last until then.

// withLater adds to the nodes that need an item's segment the uses of the variables that
// hold functions with such nodes, and what waits for goroutines with such nodes. It says that
// something may run when the item has ended, or "".
func (f *finder) withLater(it *scope.Item, needs []ast.Node) ([]ast.Node, string) {
	needs = slices.Clone(needs)
	seen := map[ast.Node]bool{}
	for i := 0; i < len(needs); i++ {
		for n := needs[i]; n != nil && n != it.Node && !seen[n]; n = f.parents[n] {
			seen[n] = true
			more, reason := f.later(it, n)
			if reason != "" {
				return nil, reason
			}
			needs = append(needs, more...)
		}
	}
	slices.SortFunc(needs, func(a, b ast.Node) int { return int(a.Pos() - b.Pos()) })
	return needs, ""
}

// later returns what of an item is behind n and belongs to it, or says that there is
// nothing, and n may go on when the item has ended.
func (f *finder) later(it *scope.Item, n ast.Node) (more []ast.Node, reason string) {
	switch n := n.(type) {
	case *ast.GoStmt:
		return f.awaited(it, n)
	case *ast.FuncLit:
		if call, ok := f.parents[n].(*ast.CallExpr); ok && call.Fun != n && f.scope.Starts(call) {
			return f.awaited(it, call)
		}
		v, isSent := f.holder(it, n)
		if isSent {
			return nil, outlastsItem
		}
		if v == nil {
			return nil, ""
		}
		for _, id := range f.scope.Uses(v) {
			switch {
			case f.statement(it, id) < 0:
				return nil, outlastsItem
			case id.Pos() > n.Pos():
				more = append(more, id)
			}
		}
	}
	return more, ""
}

// awaited returns where an item waits for what n starts, or says that it does not.
func (f *finder) awaited(it *scope.Item, n ast.Node) ([]ast.Node, string) {
	for _, s := range it.List {
		if wait := f.scope.WaitFor(n, s); wait != nil {
			return []ast.Node{wait}, ""
		}
	}
	return nil, "it starts a goroutine that is traced and goes on when the item has ended: let it do nothing but start a function literal"
}

const outlastsItem = "a function in it that is traced may run when the item has ended: call it in the item, or put what it does there"

// holder returns the variable that a function literal is put into, by itself or in a
// value, or nil. It reports whether the literal is sent away, or kept by what is not the item's own.
func (f *finder) holder(it *scope.Item, lit *ast.FuncLit) (v *types.Var, isSent bool) {
	var e ast.Node = lit
	for {
		switch parent := f.parents[e].(type) {
		case *ast.ParenExpr, *ast.CompositeLit, *ast.KeyValueExpr, *ast.UnaryExpr:
			e = parent
		case *ast.CallExpr: // append(list, func() { ... }), sync.OnceFunc(func() { ... })
			_, isFunc := f.p.Info.TypeOf(parent).(*types.Signature)
			if id, ok := parent.Fun.(*ast.Ident); parent.Fun == e || !isFunc && !(ok && f.p.Info.Uses[id] == types.Universe.Lookup("append")) {
				return nil, false
			}
			e = parent
		case *ast.SendStmt:
			return nil, true
		case *ast.AssignStmt:
			at := slices.IndexFunc(parent.Rhs, func(r ast.Expr) bool { return r == e })
			to := parent.Lhs[at]
			if x, ok := to.(*ast.IndexExpr); ok {
				to = x.X
			}
			v, _ = f.p.Info.ObjectOf(scope.RootOf(to)).(*types.Var)
			return v, v != nil && scope.IdentOf(to) == nil && !it.Holds(v) // a field of what was there before
		case *ast.ValueSpec:
			at := slices.IndexFunc(parent.Values, func(r ast.Expr) bool { return r == e })
			v, _ = f.p.Info.Defs[parent.Names[at]].(*types.Var)
			return v, false
		default:
			return nil, false
		}
	}
}
