package misuse

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/cfg"
)

// assignment is a place where a variable or field gets a value.
type assignment struct {
	node  ast.Node // *ast.AssignStmt, *ast.ValueSpec or *ast.KeyValueExpr
	value ast.Expr // nil: the zero value; a call for each of its results
}

// assignments returns the places that set a variable or field, and whether these
// are all: nothing takes its address or ranges over it.
func (c *checker) assignments(v *types.Var) (sets []assignment, all bool) {
	all = true
	uses := c.scope.Uses(v)
	if def := c.definition(v); def != nil {
		uses = append([]*ast.Ident{def}, uses...)
	}
	for _, id := range uses {
		var e ast.Expr = id
		if sel, ok := c.parents[id].(*ast.SelectorExpr); ok && sel.Sel == id {
			e = sel
		}
		switch p := c.parents[e].(type) {
		case *ast.AssignStmt:
			if i := indexOf(p.Lhs, e); i >= 0 {
				sets = append(sets, assignment{p, valueAt(p.Rhs, i)})
				all = all && (p.Tok == token.ASSIGN || p.Tok == token.DEFINE)
			}
		case *ast.ValueSpec:
			for i, name := range p.Names {
				if name == id {
					sets = append(sets, assignment{p, valueAt(p.Values, i)})
				}
			}
		case *ast.KeyValueExpr:
			if p.Key == e && v.IsField() {
				sets = append(sets, assignment{p, p.Value})
			}
		case *ast.RangeStmt:
			all = all && p.Key != e && p.Value != e
		case *ast.UnaryExpr:
			all = all && p.Op != token.AND
		case *ast.IncDecStmt:
			all = false
		}
	}
	return sets, all
}

// definition returns the identifier that declares an object of the package.
func (c *checker) definition(obj types.Object) *ast.Ident {
	if c.defined == nil {
		c.defined = map[types.Object]*ast.Ident{}
		for id, o := range c.p.Info.Defs {
			if o != nil {
				c.defined[o] = id
			}
		}
	}
	return c.defined[obj]
}

func indexOf(exprs []ast.Expr, e ast.Expr) int {
	for i, x := range exprs {
		if x == e {
			return i
		}
	}
	return -1
}

// valueAt returns what the i-th of several variables is assigned.
func valueAt(rhs []ast.Expr, i int) ast.Expr {
	switch {
	case len(rhs) == 0:
		return nil
	case i < len(rhs) && len(rhs) > 1:
		return rhs[i]
	}
	return rhs[0]
}

// held is what a local variable may hold at one of its uses.
type held struct {
	values []ast.Expr // nil among them: the zero value
	given  bool       // what the function was called with
}

// one returns the only value, or nil.
func (h held) one() ast.Expr {
	if h.given || len(h.values) != 1 {
		return nil
	}
	return h.values[0]
}

// values returns what a local variable may hold where id stands, by the ways
// through the function that lead there. ok is false where that cannot be told.
func (c *checker) values(id *ast.Ident) (held, bool) {
	v, ok := c.p.Info.ObjectOf(id).(*types.Var)
	if !ok || !c.isLocal(v) {
		return held{}, false
	}
	sets, all := c.assignments(v)
	if !all {
		return held{}, false
	}
	if len(sets) == 0 {
		return held{given: true}, isParam(v)
	}
	fn := c.function(id)
	for _, s := range sets {
		if c.function(s.node) != fn {
			return held{values: []ast.Expr{s.value}}, len(sets) == 1 && !isParam(v)
		}
	}
	return c.reaching(fn, id, sets)
}

// reaching goes back from id to the assignments that run last before it.
func (c *checker) reaching(fn ast.Node, id *ast.Ident, sets []assignment) (held, bool) {
	g := c.graph(fn)
	if g == nil {
		return held{}, false
	}
	at, ok := g.find(id)
	if !ok {
		return held{}, false
	}
	var h held
	seen := map[*cfg.Block]bool{}
	var back func(b *cfg.Block, end int)
	back = func(b *cfg.Block, end int) {
		for i := end - 1; i >= 0; i-- {
			for _, s := range sets {
				if s.node == b.Nodes[i] {
					h.values = append(h.values, s.value)
					return
				}
			}
		}
		if b == g.blocks[0] {
			h.given = true
		}
		for _, p := range g.preds[b] {
			if !seen[p] {
				seen[p] = true
				back(p, len(p.Nodes))
			}
		}
	}
	back(at.block, at.index)
	return h, true
}

// resolve follows variables that can hold only one value to that value.
func (c *checker) resolve(e ast.Expr) ast.Expr {
	for range 8 {
		e = ast.Unparen(e)
		v, ok := c.object(e).(*types.Var)
		if !ok {
			return e
		}
		var next ast.Expr
		if id, isIdent := e.(*ast.Ident); isIdent && c.isLocal(v) {
			if h, ok := c.values(id); ok {
				next = h.one()
			}
		} else if sets, all := c.assignments(v); all && len(sets) == 1 && !c.settableElsewhere(v) {
			next = sets[0].value
		}
		if next == nil {
			return e
		}
		e = next
	}
	return e
}

// settableElsewhere reports whether other packages can set a variable or field.
func (c *checker) settableElsewhere(v *types.Var) bool {
	return v.Pkg() != c.p.Types || v.Exported() && c.p.Types.Name() != "main"
}
