package match

import (
	"go/ast"
	"go/types"
)

// exprString returns an expression as one line.
func exprString(e ast.Expr) string { return types.ExprString(e) }
