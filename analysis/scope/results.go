package scope

import (
	"go/ast"
	"go/token"
	"go/types"
)

// handedOn reports whether the result of a call at n lives on when the function
// that declares v has returned: a goroutine that nobody waits for uses it, or it
// is sent to a channel or stored.
func (p *Package) handedOn(n ast.Node, v *types.Var) bool {
	for _, obj := range p.resultsOf(n) {
		for _, id := range p.Uses(obj) {
			if p.isStored(id) || p.usedLater(id, v) {
				return true
			}
		}
	}
	return false
}

// resultsOf returns the variables that the result of a call is assigned to and that
// may depend on its context.
func (p *Package) resultsOf(n ast.Node) []types.Object {
	as, ok := p.Parents[n].(*ast.AssignStmt)
	if !ok {
		return nil
	}
	var objs []types.Object
	for _, l := range as.Lhs {
		if obj := p.Info.ObjectOf(IdentOf(l)); obj != nil && isOpen(obj.Type(), 0) && obj.Parent() != p.Types.Scope() {
			objs = append(objs, obj)
		}
	}
	return objs
}

// isStored reports whether a variable is sent to a channel, or assigned to
// something that is no local variable.
func (p *Package) isStored(id *ast.Ident) bool {
	switch s := p.Parents[id].(type) {
	case *ast.SendStmt:
		return s.Value == ast.Expr(id)
	case *ast.AssignStmt:
		for i, r := range s.Rhs {
			if r != ast.Expr(id) || len(s.Lhs) != len(s.Rhs) {
				continue
			}
			if l := IdentOf(s.Lhs[i]); l != nil && l.Name == "_" {
				return false
			}
			local, ok := p.Info.ObjectOf(IdentOf(s.Lhs[i])).(*types.Var)
			return !ok || local.Parent() == p.Types.Scope()
		}
	}
	return false
}

// usedLater is outlives without deferred calls, which end what a function began.
func (p *Package) usedLater(n ast.Node, v *types.Var) bool {
	for n != nil && !p.declares(n, v) {
		parent := p.Parents[n]
		if s, ok := parent.(*ast.GoStmt); ok && !p.waitsAfter(s) {
			return true
		}
		if lit, ok := n.(*ast.FuncLit); ok {
			if call, ok := parent.(*ast.CallExpr); ok && call.Fun == ast.Expr(lit) {
				n = parent
				continue
			}
			return p.livesOn(lit)
		}
		n = parent
	}
	return false
}

// afterEnd reports whether a call at n stands where v has ended: behind, or in
// the case of, a receive from v.Done(), or below a check of v.Err().
func (p *Package) afterEnd(n ast.Node, v *types.Var) bool {
	body := p.bodyAround(n)
	if body == nil {
		return false
	}
	for _, id := range p.Uses(v) {
		if id.Pos() > n.Pos() || id.Pos() < body.Pos() {
			continue
		}
		sel, ok := p.Parents[id].(*ast.SelectorExpr)
		if ok && (sel.Sel.Name == "Done" || sel.Sel.Name == "Err") && p.leadsTo(sel, n, body) {
			return true
		}
	}
	return false
}

// leadsTo reports whether n runs once what sel asks about has happened.
func (p *Package) leadsTo(sel *ast.SelectorExpr, n ast.Node, body *ast.BlockStmt) bool {
	var top ast.Node = sel
	for m := p.Parents[sel]; m != nil && m != ast.Node(body); m = p.Parents[m] {
		switch m := m.(type) {
		case *ast.CommClause:
			if m.Comm != nil && m.Comm.Pos() <= sel.Pos() && sel.Pos() < m.Comm.End() && holdsNode(m, n) {
				return true
			}
		case *ast.IfStmt:
			if sel.Sel.Name == "Err" && sel.Pos() < m.Body.Pos() && holdsNode(p.branchAtEnd(sel, m), n) {
				return true
			}
		case *ast.FuncLit:
			return false
		}
		top = m
	}
	return sel.Sel.Name == "Done" && top.End() <= n.Pos() && !isDefinition(top)
}

// branchAtEnd returns the branch of an if statement that runs where v.Err(), which
// its condition asks for, is an error: the other one where it is compared with nil.
func (p *Package) branchAtEnd(sel *ast.SelectorExpr, s *ast.IfStmt) ast.Node {
	call, ok := p.Parents[sel].(*ast.CallExpr)
	if !ok {
		return s.Body
	}
	if cond, ok := p.Parents[call].(*ast.BinaryExpr); ok && cond == s.Cond && cond.Op == token.EQL {
		return s.Else
	}
	return s.Body
}

func holdsNode(m, n ast.Node) bool {
	return m != nil && m.Pos() <= n.Pos() && n.Pos() < m.End()
}

// isDefinition reports whether a statement only keeps the channel in a variable.
func isDefinition(n ast.Node) bool {
	as, ok := n.(*ast.AssignStmt)
	return ok && as.Tok == token.DEFINE
}
