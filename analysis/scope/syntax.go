package scope

import (
	"go/ast"
)

func contains(list []ast.Expr, id *ast.Ident) bool {
	for _, e := range list {
		if e == ast.Expr(id) {
			return true
		}
	}
	return false
}

// NameOf returns the identifier that names what e is: x of x, f of x.f; or nil.
func NameOf(e ast.Expr) *ast.Ident {
	switch e := e.(type) {
	case *ast.Ident:
		return e
	case *ast.SelectorExpr:
		return e.Sel
	}
	return nil
}

// Parenthesized returns the outermost parentheses around an expression, or that itself.
func (p *Package) Parenthesized(e ast.Expr) ast.Expr {
	for {
		paren, ok := p.Parents[e].(*ast.ParenExpr)
		if !ok {
			return e
		}
		e = paren
	}
}

// Statements returns the statements of a block, or of a clause of switch or select.
func Statements(n ast.Node) []ast.Stmt {
	switch n := n.(type) {
	case *ast.BlockStmt:
		return n.List
	case *ast.CaseClause:
		return n.Body
	case *ast.CommClause:
		return n.Body
	}
	return nil
}

// bodyAround returns the body of the function around n.
func (p *Package) bodyAround(n ast.Node) *ast.BlockStmt {
	for n = p.Parents[n]; n != nil; n = p.Parents[n] {
		switch f := n.(type) {
		case *ast.FuncLit:
			return f.Body
		case *ast.FuncDecl:
			return f.Body
		}
	}
	return nil
}

// IdentOf returns the identifier that e is, or nil.
func IdentOf(e ast.Expr) *ast.Ident {
	id, _ := e.(*ast.Ident)
	return id
}

// RootOf returns the variable or package that an expression like x.Messages selects from, or
// nil.
func RootOf(e ast.Expr) *ast.Ident {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		default:
			return nil
		}
	}
}
