package scope

import (
	"go/ast"
	"go/types"

	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// Alias is a way to a context whose name means something else at a call: a variable
// that takes it down before that begins.
type Alias struct {
	Text   string       // the context, as it is called at Before
	By     types.Object // what its name means at the call
	Before ast.Stmt     // where the variable is to be declared; nil if there is no place
	Block  ast.Node     // what holds that statement
}

// Hidden returns the context that a call would carry if its name did not mean
// something else there.
func (p *Package) Hidden(n ast.Node) (Alias, bool) {
	inner := p.Types.Scope().Innermost(n.Pos())
	for s := inner; s != nil && s != p.Types.Scope(); s = s.Parent() {
		for _, name := range s.Names() {
			v, ok := s.Lookup(name).(*types.Var)
			if !ok || name == "_" || v.Pos() > n.Pos() || !p.isSource(v) {
				continue
			}
			if _, by := inner.LookupParent(name, n.Pos()); by != nil && by != v {
				return p.alias(n, v, by), true
			}
		}
	}
	return Alias{}, false
}

// IsHolder reports whether a variable is of a type that has a request's context.
func (p *Package) IsHolder(v *types.Var) bool {
	return match.IsContext(v.Type()) || p.isParam(v) && p.carrier(v) != nil
}

// original returns the variable that another is a mere copy of, if its name means it
// at n: it may have been given a context with more in it since.
func (p *Package) original(v *types.Var, inner *types.Scope, n ast.Node) *types.Var {
	values := p.values()[v]
	if len(values) != 1 || p.isParam(v) {
		return v
	}
	id, ok := values[0].(*ast.Ident)
	if !ok {
		return v
	}
	from, ok := p.Info.Uses[id].(*types.Var)
	if _, seen := inner.LookupParent(id.Name, n.Pos()); !ok || seen != from || p.spent(from, n) {
		return v
	}
	return from
}

// isSource reports whether a variable has the context of a request.
func (p *Package) isSource(v *types.Var) bool {
	if match.IsContext(v.Type()) {
		return p.Carries(v)
	}
	c := p.carrier(v)
	return c != nil && c.Get != "" // a variable for what is a context itself would only be a second name
}

// Replaced returns a value that a context parameter is given and that does not come
// from a request, or nil.
func (p *Package) Replaced(v *types.Var) ast.Expr {
	if !match.IsContext(v.Type()) {
		return nil
	}
	for _, e := range p.values()[v] {
		if !p.derives(e, map[*types.Var]bool{v: true}) && !p.whereNil(e, v) {
			return e
		}
	}
	return nil
}

// alias says where a variable can take down the context of v for a call at n: in
// front of the statement that gives its name another meaning.
func (p *Package) alias(n ast.Node, v *types.Var, by types.Object) Alias {
	a := Alias{Text: v.Name(), By: by}
	if c := p.carrier(v); c != nil {
		a.Text += c.Get
	}
	for m := n; m != nil; m = p.Parents[m] {
		if m.Pos() > by.Pos() || by.Pos() >= m.End() {
			continue
		}
		for s := m; s != nil; s = p.Parents[s] {
			before := statementAt(s, by)
			if before == nil {
				continue
			}
			if _, seen := p.Types.Scope().Innermost(before.Pos()).LookupParent(v.Name(), before.Pos()); seen == v {
				a.Before, a.Block = before, s
			}
			return a
		}
	}
	return a
}

// statementAt returns the statement of a block that declares an object, somewhere
// in it.
func statementAt(block ast.Node, obj types.Object) ast.Stmt {
	var list []ast.Stmt
	switch b := block.(type) {
	case *ast.BlockStmt:
		list = b.List
	case *ast.CaseClause:
		list = b.Body
	case *ast.CommClause:
		list = b.Body
	}
	for _, s := range list {
		if s.Pos() <= obj.Pos() && obj.Pos() < s.End() {
			return s
		}
	}
	return nil
}
