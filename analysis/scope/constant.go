package scope

import (
	"go/ast"
	"go/token"
	"go/types"
)

// IsConstant reports whether a local variable keeps the value that it begins with.
func (p *Package) IsConstant(v *types.Var) bool {
	n := len(p.values()[v])
	if n > 1 || n > 0 && p.isParam(v) {
		return false
	}
	for _, id := range p.Uses(v) {
		switch parent := p.Parents[id].(type) {
		case *ast.UnaryExpr:
			if parent.Op == token.AND {
				return false
			}
		case *ast.RangeStmt:
			if parent.Key == ast.Expr(id) || parent.Value == ast.Expr(id) {
				return false
			}
		case *ast.AssignStmt:
			if n == 0 && contains(parent.Lhs, id) {
				return false
			}
		}
	}
	return true
}
