package misuse

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/cfg"
)

// leak returns the statement that a way from the beginning of a segment reaches
// without closing it: a return, or the segment's variable set once more.
func (c *checker) leak(o opening) ast.Node {
	g := c.graph(o.fn)
	if g == nil {
		return nil
	}
	at, ok := g.find(o.stmt)
	if !ok {
		return nil
	}
	known := c.conditions(o)
	seen := map[*cfg.Block]bool{}
	var from func(b *cfg.Block, start int) ast.Node
	from = func(b *cfg.Block, start int) ast.Node {
		for _, n := range b.Nodes[start:] {
			if c.closedBy(o, n) {
				return nil
			}
			if _, ok := n.(*ast.ReturnStmt); ok || c.sets(n, o.seg) {
				return n
			}
		}
		for i, s := range b.Succs {
			if seen[s] || len(b.Succs) == 2 && c.isRuledOut(b, i == 0, known, o.seg) {
				continue
			}
			seen[s] = true
			if leak := from(s, 0); leak != nil {
				return leak
			}
		}
		return nil
	}
	return from(at.block, at.index+1)
}

// closedBy reports whether a statement closes the segment, now or when the
// function returns.
func (c *checker) closedBy(o opening, n ast.Node) bool {
	for end := range o.ends {
		if holds(n, end) {
			return true
		}
	}
	return false
}

// sets reports whether a statement assigns to a variable.
func (c *checker) sets(n ast.Node, v *types.Var) bool {
	s, ok := n.(*ast.AssignStmt)
	if !ok {
		return false
	}
	for _, l := range s.Lhs {
		if c.object(l) == v {
			return true
		}
	}
	return false
}

// conditions returns what is known to hold where a segment begins, as the text
// of conditions: a later if with the same condition takes the same branch.
func (c *checker) conditions(o opening) map[string]bool {
	known := map[string]bool{}
	note := func(cond ast.Expr, value bool) {
		cond, value = positive(cond, value)
		known[types.ExprString(cond)] = value
	}
	for n := ast.Node(o.stmt); n != nil && n != o.fn; n = c.parents[n] {
		s, ok := c.parents[n].(*ast.IfStmt)
		switch {
		case ok && n == ast.Node(s.Body):
			note(s.Cond, true)
			for _, cond := range conjuncts(s.Cond) {
				note(cond, true)
			}
		case ok && n == ast.Node(s.Else):
			note(s.Cond, false)
		}
	}
	return known
}

// positive takes the negations off a condition, with its value to match.
func positive(cond ast.Expr, value bool) (ast.Expr, bool) {
	for {
		cond = ast.Unparen(cond)
		not, ok := cond.(*ast.UnaryExpr)
		if !ok || not.Op != token.NOT {
			return cond, value
		}
		cond, value = not.X, !value
	}
}

func conjuncts(e ast.Expr) []ast.Expr {
	if b, ok := ast.Unparen(e).(*ast.BinaryExpr); ok && b.Op == token.LAND {
		return append(conjuncts(b.X), conjuncts(b.Y)...)
	}
	return []ast.Expr{e}
}

// isRuledOut reports whether the branch at the end of a block cannot be taken:
// it contradicts a known condition, or is for a segment that is nil.
func (c *checker) isRuledOut(b *cfg.Block, branch bool, known map[string]bool, seg *types.Var) bool {
	if len(b.Nodes) == 0 {
		return false
	}
	cond, ok := b.Nodes[len(b.Nodes)-1].(ast.Expr)
	if !ok {
		return false
	}
	cond, branch = positive(cond, branch)
	if isNil, ok := c.comparesNil(cond, seg); ok {
		return branch == isNil
	}
	value, ok := known[types.ExprString(cond)]
	return ok && branch != value
}

// comparesNil reports whether a condition is v == nil (isNil) or v != nil.
func (c *checker) comparesNil(cond ast.Expr, v types.Object) (isNil, ok bool) {
	b, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok || b.Op != token.EQL && b.Op != token.NEQ {
		return false, false
	}
	x, y := b.X, b.Y
	if c.isNil(x) {
		x, y = y, x
	}
	id, ok := ast.Unparen(x).(*ast.Ident)
	if !ok || !c.isNil(y) || c.p.Info.Uses[id] != v {
		return false, false
	}
	return b.Op == token.EQL, true
}
