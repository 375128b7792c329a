package match

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// Unit is a type-checked package that patterns are applied to.
type Unit struct {
	Fset *token.FileSet
	Pkg  *types.Package
	Info *types.Info
	// Support returns the catalog's name of an object of the package that is
	// support code, carried along by an earlier run.
	Support func(types.Object) (name string, ok bool)
}

// Hole is what a parameter of an idiom is bound to: one expression, or for a
// variadic parameter any number.
type Hole struct {
	Exprs    []ast.Expr
	Spread   bool // a variadic hole given as one slice with "..."
	Receiver bool // it stands before a selector, so that & and * are implicit

	clip ast.Expr // the name of slices.Clip, where a traced side has that around it
}

// Match is a place in user code that reads as one side of an idiom.
type Match struct {
	Idiom  *rules.Idiom
	Traced bool // which side matched
	Node   ast.Node
	Holes  map[string]*Hole

	unit   *Unit
	pats   *sides
	local  map[string]*ast.Ident                   // local names of the pattern
	quals  map[int]*ast.Ident                      // package names by offset in the pattern; nil for a dot import
	lits   map[*ast.CompositeLit]*ast.CompositeLit // keyed literals of the pattern
	pkg    *types.Package                          // of a family
	method string                                  // of a family: the plain side's method
}

// Matcher holds the parsed patterns of a catalog.
type Matcher struct {
	Catalog *rules.Catalog
	all     []*sides
	heads   map[string][]*sides // by the key of a pattern's head object
	family  []*sides
	bare    map[string]*sides // those whose plain side is a hole, by name
}

// sides are the two patterns of an idiom.
type sides struct {
	idiom       *rules.Idiom
	plain, xray *pattern
	suffix      string // of a family: what the traced method's name has behind the plain one's
}

// New parses a catalog's patterns.
func New(c *rules.Catalog) (*Matcher, error) {
	m := &Matcher{Catalog: c, heads: map[string][]*sides{}, bare: map[string]*sides{}}
	for _, d := range c.Idioms {
		s := &sides{idiom: d}
		var err error
		if s.plain, err = parse(d.Plain); err != nil {
			return nil, err
		}
		if s.xray, err = parse(d.XRay); err != nil {
			return nil, err
		}
		m.all = append(m.all, s)
		if d.Family != "" {
			s.suffix = suffix(s)
			m.family = append(m.family, s)
			continue
		}
		for _, p := range []*pattern{s.plain, s.xray} {
			if p.hole(p.node) != "" {
				m.bare[d.Name] = s
				continue
			}
			key := p.head()
			if list := m.heads[key]; len(list) == 0 || list[len(list)-1] != s {
				m.heads[key] = append(list, s)
			}
		}
	}
	return m, nil
}

// head returns the key of the object that a match must mention at its root.
func (p *pattern) head() string {
	if _, ok := p.node.(*ast.ValueSpec); ok {
		return "var"
	}
	if ref := p.headRef(); ref != nil {
		return normalKey(ref.Object)
	}
	if id := p.headName(); id != nil && id.Name == "new" {
		return "new"
	}
	return ""
}

// headName returns the identifier at a pattern's root: what is called, made or
// assigned to.
func (p *pattern) headName() *ast.Ident {
	switch n := p.node.(type) {
	case *ast.AssignStmt:
		return nameOf(n.Lhs[0])
	case ast.Expr:
		return nameOf(n)
	}
	return nil
}

// headRef returns what the identifier at a pattern's root stands for, or nil.
func (p *pattern) headRef() *rules.Ref {
	if id := p.headName(); id != nil {
		return p.ref(id)
	}
	return nil
}

// nameOf returns the identifier that names what an expression calls, makes or
// selects.
func nameOf(e ast.Expr) *ast.Ident {
	switch e := e.(type) {
	case *ast.Ident:
		return e
	case *ast.SelectorExpr:
		return e.Sel
	case *ast.CallExpr:
		return nameOf(ast.Unparen(e.Fun))
	case *ast.CompositeLit:
		if e.Type != nil {
			return nameOf(e.Type)
		}
	case *ast.UnaryExpr:
		return nameOf(e.X)
	case *ast.IndexExpr:
		return nameOf(e.X)
	}
	return nil
}

// suffix returns what a family's traced method has behind the plain one.
func suffix(s *sides) string {
	a, b := nameOf(s.plain.node.(ast.Expr)), nameOf(s.xray.node.(ast.Expr))
	rest, _ := strings.CutPrefix(b.Name, a.Name)
	return rest
}

// PlainHead returns the idiom whose plain side is about what an identifier names,
// or nil: the first in catalog order. Of families, those that name their members
// have such names.
func (m *Matcher) PlainHead(u *Unit, id *ast.Ident) *rules.Idiom {
	if fn, ok := u.Info.Uses[id].(*types.Func); ok && fn.Pkg() != nil && fn.Signature().Recv() != nil {
		for _, s := range m.family {
			if len(s.idiom.Members) > 0 && isMember(s.idiom, id.Name) && inFamily(s.idiom, fn.Pkg().Path()) && s.isAbout(fn) {
				return s.idiom
			}
		}
	}
	key := normalKey(rules.KeyOf(u.Info.Uses[id], u.Support))
	if key == "" || key == rootContext {
		return nil
	}
	for _, s := range m.heads[key] {
		if s.plain.body.Form == rules.Expr && s.plain.head() == key {
			return s.idiom
		}
	}
	return nil
}

// LiteralOf returns the idiom whose plain side is a literal of the type with a key,
// with as many of lit's keys as there is one for, or with isVar a variable of the
// type, or nil.
func (m *Matcher) LiteralOf(key string, isVar bool, lit *ast.CompositeLit) *rules.Idiom {
	if isVar {
		for _, s := range m.heads["var"] {
			if t := s.plain.node.(*ast.ValueSpec).Type; t != nil && s.plain.ref(nameOf(t)).Object == key {
				return s.idiom
			}
		}
		return nil
	}
	var best *rules.Idiom
	most := -1
	for _, s := range m.heads[key] {
		p, ok := s.plain.node.(*ast.CompositeLit)
		if !ok || len(p.Elts) <= most {
			continue
		}
		all := lit != nil || len(p.Elts) == 0
		for _, k := range keysOf(s.plain) {
			all = all && elementOf(lit, k) != nil
		}
		if all {
			best, most = s.idiom, len(p.Elts)
		}
	}
	return best
}

// AssignTo returns the idiom that is about assignments to the field which an
// expression selects, or nil.
func (m *Matcher) AssignTo(u *Unit, e ast.Expr) *rules.Idiom {
	if _, ok := e.(*ast.SelectorExpr); !ok {
		return nil
	}
	for _, s := range m.heads[u.keyOf(e)] {
		if s.plain.body.Form == rules.Assign {
			return s.idiom
		}
	}
	return nil
}

// At returns the matches of both sides at a node, traced ones first, in catalog
// order.
func (m *Matcher) At(u *Unit, n ast.Node) []*Match {
	candidates := m.candidates(u, n)
	var out []*Match
	for _, traced := range []bool{true, false} {
		for _, s := range candidates {
			if hit := s.match(u, n, traced); hit != nil {
				out = append(out, hit)
			}
		}
	}
	return out
}

// Bare returns the match of an idiom whose plain side is nothing but a hole, at an
// expression that the caller knows to be what the idiom is about, or nil.
func (m *Matcher) Bare(u *Unit, e ast.Expr, idiom string) *Match {
	s := m.bare[idiom]
	if s == nil {
		return nil
	}
	return s.match(u, e, false)
}

func (m *Matcher) candidates(u *Unit, n ast.Node) []*sides {
	switch n := n.(type) {
	case *ast.ValueSpec:
		return m.heads["var"]
	case *ast.AssignStmt:
		if len(n.Lhs) == 1 && len(n.Rhs) == 1 {
			return m.heads[u.keyOf(n.Lhs[0])]
		}
	case *ast.CallExpr, *ast.CompositeLit:
		e := n.(ast.Expr)
		id := nameOf(e)
		if id == nil {
			return nil
		}
		if b, ok := u.Info.Uses[id].(*types.Builtin); ok && b.Name() == "new" {
			return m.heads["new"]
		}
		found := m.heads[u.keyOf(e)]
		if _, isCall := n.(*ast.CallExpr); isCall {
			if obj := u.Info.Uses[id]; obj != nil && obj.Pkg() != nil {
				for _, s := range m.family {
					if inFamily(s.idiom, obj.Pkg().Path()) {
						found = append(found[:len(found):len(found)], s)
					}
				}
			}
		}
		return found
	case *ast.UnaryExpr:
		if lit, ok := n.X.(*ast.CompositeLit); ok && n.Op == token.AND {
			return m.heads[u.keyOf(lit)]
		}
	}
	return nil
}

// keyOf returns the key of the object that names an expression.
func (u *Unit) keyOf(e ast.Expr) string {
	id := nameOf(e)
	if id == nil {
		return ""
	}
	if sel, ok := e.(*ast.SelectorExpr); ok {
		if s := u.Info.Selections[sel]; s != nil && s.Kind() == types.FieldVal {
			if owner := rules.FieldOwner(s); owner != nil {
				return rules.FieldKey(owner, s.Obj().(*types.Var))
			}
		}
	}
	return normalKey(rules.KeyOf(u.Info.Uses[id], u.Support))
}

func (s *sides) match(u *Unit, n ast.Node, traced bool) *Match {
	p := s.plain
	if traced {
		p = s.xray
	}
	m := &Match{Idiom: s.idiom, Traced: traced, Node: n, Holes: map[string]*Hole{}, unit: u, pats: s,
		local: map[string]*ast.Ident{}, quals: map[int]*ast.Ident{}, lits: map[*ast.CompositeLit]*ast.CompositeLit{}}
	w := &walker{m: m, p: p}
	if !w.node(p.node, n) || !w.fits() {
		return nil
	}
	return m
}

// Package returns the package of a family whose member is called, or of the function
// that is.
func (m *Match) Package() *types.Package {
	if m.pkg != nil {
		return m.pkg
	}
	if call, ok := m.Node.(*ast.CallExpr); ok {
		if obj := m.unit.Info.Uses[nameOf(call)]; obj != nil {
			return obj.Pkg()
		}
	}
	return nil
}

// Names reports whether an element of a matched literal is one that the
// idiom names.
func (m *Match) Names(kv *ast.KeyValueExpr) bool {
	id, ok := kv.Key.(*ast.Ident)
	return ok && m.isNamed(id.Name)
}
