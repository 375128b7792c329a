package find

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
)

// A function literal of an item runs where it is called, which may be far behind where it
// stands: the segment has to last until then.

// withHeld adds to the nodes that need an item's segment the uses of the variables that
// hold functions with such nodes. It says that one of those may run when the item has ended, or "".
func (f *finder) withHeld(it *scope.Item, needs []ast.Node) ([]ast.Node, string) {
	needs = slices.Clone(needs)
	seen := map[*ast.FuncLit]bool{}
	for i := 0; i < len(needs); i++ {
		for n := needs[i]; n != nil && n != it.Node; n = f.parents[n] {
			lit, ok := n.(*ast.FuncLit)
			if !ok || seen[lit] {
				continue
			}
			seen[lit] = true
			v, isSent := f.holder(it, lit)
			if isSent {
				return nil, outlastsItem
			}
			if v == nil {
				continue
			}
			for _, id := range f.scope.Uses(v) {
				switch {
				case f.statement(it, id) < 0:
					return nil, outlastsItem
				case id.Pos() > lit.Pos():
					needs = append(needs, id)
				}
			}
		}
	}
	slices.SortFunc(needs, func(a, b ast.Node) int { return int(a.Pos() - b.Pos()) })
	return needs, ""
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
