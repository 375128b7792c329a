package scope

import (
	"go/ast"
	"go/types"
)

// Awaits reports whether a function asks for the end of v, so that what it does
// afterwards must not carry v's cancellation.
func (p *Package) Awaits(v *types.Var) bool {
	for _, id := range p.Uses(v) {
		if sel, ok := p.Parents[id].(*ast.SelectorExpr); ok && (sel.Sel.Name == "Done" || sel.Sel.Name == "Err") {
			return true
		}
	}
	return false
}

// spent reports whether a derived context has been ended by hand where n stands:
// its cancel function was called, or its group was waited for.
func (p *Package) spent(v *types.Var, n ast.Node) bool {
	as := p.definition(v)
	if as == nil || len(as.Lhs) != 2 {
		return false
	}
	body := p.bodyAround(n)
	if body == nil {
		return false
	}
	other := p.Info.ObjectOf(IdentOf(as.Lhs[0]))
	if other == types.Object(v) {
		other = p.Info.ObjectOf(IdentOf(as.Lhs[1]))
	}
	ended := false
	ast.Inspect(body, func(m ast.Node) bool {
		switch m := m.(type) {
		case *ast.DeferStmt, *ast.FuncLit, *ast.GoStmt:
			return m.Pos() <= n.Pos() && n.Pos() < m.End()
		case *ast.CallExpr:
			if m.End() <= n.Pos() && m.Pos() > as.Pos() && other != nil && p.ends(m, other) && p.onTheWay(m, n) {
				ended = true
			}
		}
		return true
	})
	return ended
}

// ends reports whether a call ends what obj stands for: cancel(), g.Wait().
func (p *Package) ends(call *ast.CallExpr, obj types.Object) bool {
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		return p.Info.Uses[fun] == obj
	case *ast.SelectorExpr:
		return fun.Sel.Name == "Wait" && p.Info.Uses[IdentOf(fun.X)] == obj
	}
	return false
}

// onTheWay reports whether the block of a statement that stands before n also
// holds n, so that one runs after the other.
func (p *Package) onTheWay(m, n ast.Node) bool {
	for b := p.Parents[m]; b != nil; b = p.Parents[b] {
		switch b.(type) {
		case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
			return b.Pos() <= n.Pos() && n.Pos() < b.End()
		}
	}
	return false
}

// definition returns the assignment that gives v its one value, or nil.
func (p *Package) definition(v *types.Var) *ast.AssignStmt {
	values := p.values()[v]
	if len(values) != 1 {
		return nil
	}
	as, _ := p.Parents[values[0]].(*ast.AssignStmt)
	return as
}
