package scope

import (
	"go/ast"
	"go/types"
)

// outlives reports whether a call at n may run when the function that declares v
// has returned, or runs to clean up behind it: in a goroutine that nobody waits
// for, in a deferred call, in a function literal that is stored or handed out.
func (p *Package) outlives(n ast.Node, v *types.Var) bool {
	top, why := p.runsLater(n, func(m ast.Node) bool { return p.declares(m, v) })
	return why != nil || p.startedWith(top) != nil
}

// runsLater returns the node around n that is the top, or, if n may run when that has
// ended, what makes it so: a go or defer statement, or a function literal.
func (p *Package) runsLater(n ast.Node, isTop func(ast.Node) bool) (top, why ast.Node) {
	start, literal := n, false // what go and defer are given is evaluated at once, unless it is a function literal
	for n != nil && !isTop(n) {
		parent := p.Parents[n]
		switch s := parent.(type) {
		case *ast.GoStmt:
			if (literal || n == start) && !p.waitsAfter(s) {
				return nil, s
			}
		case *ast.DeferStmt:
			if literal || n == start {
				return nil, s
			}
		}
		if lit, ok := n.(*ast.FuncLit); ok {
			if p.livesOn(lit) {
				return nil, lit
			}
			literal = true
		}
		n = parent
	}
	return n, nil
}

// startedWith returns the go statement that calls a function literal, with nobody
// waiting for it, so that its parameters live longer than the caller; or nil.
func (p *Package) startedWith(n ast.Node) *ast.GoStmt {
	lit, ok := n.(*ast.FuncLit)
	if !ok {
		return nil
	}
	call, ok := p.Parents[lit].(*ast.CallExpr)
	if !ok || call.Fun != ast.Expr(lit) {
		return nil
	}
	if s, ok := p.Parents[call].(*ast.GoStmt); ok && !p.waitsAfter(s) {
		return s
	}
	return nil
}

// Outlives reports whether n may run when the function that declares v has
// returned.
func (p *Package) Outlives(n ast.Node, v *types.Var) bool { return p.outlives(n, v) }

// declares reports whether n is the function that v is declared in.
func (p *Package) declares(n ast.Node, v *types.Var) bool {
	switch n.(type) {
	case *ast.FuncDecl:
		return true
	case *ast.FuncLit:
		return n.Pos() <= v.Pos() && v.Pos() < n.End()
	}
	return false
}
