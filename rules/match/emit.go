package match

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// itok is a token of a pattern for one match: as the user wrote it on the side
// that matched, as it would be written on the other.
type itok struct {
	id   string // what it is, whatever it is called: equal ids align
	text string
	sep  string   // white space before it
	hole ast.Node // set for a hole, a free element: kept as the user wrote it
	end  ast.Node // the last expression of a variadic hole
	line bool     // begins an element on a line of its own
	pair string   // for a bracket: what it is the bracket of
}

// Env says how things are written in the user's file on the side to come.
type Env interface {
	// Package returns the name under which the file refers to a package: "" for
	// a dot import, name if it can be.
	Package(path, name string) (qualifier string, err error)
	// Support returns the name of support code in the user's package.
	Support(name string) string
	// Fill returns the text of a hole that only the other side has.
	Fill(hole string) (string, error)
}

// emitter lists the tokens of one side of a match.
type emitter struct {
	m    *Match
	p    *pattern
	env  Env // nil on the side that matched
	toks []itok
	err  error
}

// emit returns the tokens of the side that matched (env nil) or of the other.
func (m *Match) emit(env Env) ([]itok, error) {
	p := m.pats.plain
	if m.Traced == (env == nil) {
		p = m.pats.xray
	}
	e := &emitter{m: m, p: p, env: env}
	e.node(p.node)
	return e.toks, e.err
}

func (e *emitter) add(id, text, sep string) {
	e.toks = append(e.toks, itok{id: id, text: text, sep: sep})
}

func (e *emitter) fail(format string, args ...any) {
	if e.err == nil {
		e.err = fmt.Errorf(format, args...)
	}
}

// sepNext sets the white space before the token that was added at index i.
func (e *emitter) sepNext(i int, sep string) {
	if i < len(e.toks) {
		e.toks[i].sep = sep
	}
}

func (e *emitter) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.AssignStmt:
		e.node(n.Lhs[0])
		e.add("=", "=", " ")
		e.spaced(n.Rhs[0])
	case *ast.ValueSpec:
		e.node(n.Names[0])
		if n.Type != nil {
			e.spaced(n.Type)
		}
		if len(n.Values) > 0 {
			e.add("=", "=", " ")
			e.spaced(n.Values[0])
		}
	case *ast.Ident:
		e.ident(n)
	case *ast.SelectorExpr:
		e.selector(n)
	case *ast.CallExpr:
		e.node(n.Fun)
		e.bracket("(", n.Fun)
		e.args(n)
		e.bracket(")", n.Fun)
	case *ast.CompositeLit:
		e.node(n.Type)
		e.bracket("{", n.Type)
		e.elements(n)
		e.bracket("}", n.Type)
	case *ast.UnaryExpr:
		e.add(n.Op.String(), n.Op.String(), "")
		e.node(n.X)
	case *ast.StarExpr:
		e.add("*", "*", "")
		e.node(n.X)
	default:
		e.raw(n)
	}
}

// bracket emits a bracket of a call or literal of what of names.
func (e *emitter) bracket(text string, of ast.Expr) {
	pair := ""
	if id := nameOf(of); id != nil {
		pair = id.Name
		if ref := e.p.ref(id); ref != nil {
			pair = ref.Object
		}
	}
	e.toks = append(e.toks, itok{id: text, text: text, pair: pair})
}

// spaced emits n with a blank before it.
func (e *emitter) spaced(n ast.Node) {
	i := len(e.toks)
	e.node(n)
	e.sepNext(i, " ")
}

func (e *emitter) ident(id *ast.Ident) {
	ref := e.p.ref(id)
	switch {
	case ref == nil:
		text := id.Name
		if own := e.m.local[id.Name]; own != nil {
			text = own.Name
		}
		e.add("local:"+id.Name, text, "")
	case ref.Hole != "":
		e.hole(ref.Hole)
	case strings.HasPrefix(ref.Object, rules.SupportPackage+"."):
		name := strings.TrimPrefix(ref.Object, rules.SupportPackage+".")
		if e.env != nil {
			e.add(ref.Object, e.env.Support(name), "")
		} else {
			e.add(ref.Object, "", "")
		}
	default:
		e.object(id, ref)
	}
}

// object emits the name of a package's object, of a method or of a field.
func (e *emitter) object(id *ast.Ident, ref *rules.Ref) {
	text := id.Name
	if e.m.method != "" && ref == e.p.headRef() {
		text = e.m.method
		if e.p == e.m.pats.xray {
			text += e.m.pats.suffix
		}
	}
	if normalKey(ref.Object) == rootContext {
		if e.env == nil {
			text = "" // either of the two
		}
		e.add(rootContext, text, "")
		return
	}
	e.add(text+"="+ref.Object, text, "")
}

// hole emits what a hole is bound to, or what fills it.
func (e *emitter) hole(name string) {
	h := e.m.Holes[name]
	if h == nil {
		if e.env == nil {
			e.fail("hole %s is not bound", name)
			return
		}
		text, err := e.env.Fill(name)
		if err != nil {
			e.fail("%w", err)
		}
		e.add("fill:"+name, text, "")
		return
	}
	core, addr, err := e.m.core(name)
	if err != nil {
		e.fail("%w", err)
		return
	}
	if addr && !e.isReceiver(name) {
		e.add("&", "&", "")
	}
	e.toks = append(e.toks, itok{id: "hole:" + name, hole: core, end: core})
}

func (e *emitter) isReceiver(name string) bool { return e.p.receiver(name) }

// receiver reports whether a hole of the pattern stands before a selector.
func (p *pattern) receiver(name string) bool {
	found := false
	ast.Inspect(p.node, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && p.hole(sel.X) == name {
			found = true
		}
		return true
	})
	return found
}

// core returns the expression of a hole without the & that it needs where it
// is an argument, and whether it needs one. A method's receiver takes its address
// implicitly; where the other side hands it to a function, that becomes explicit.
func (m *Match) core(name string) (e ast.Expr, addr bool, err error) {
	e = m.Holes[name].Exprs[0]
	moved := m.pats.plain.receiver(name) != m.pats.xray.receiver(name) && mentions(m.pats.plain, name) && mentions(m.pats.xray, name)
	if !moved {
		return e, false, nil
	}
	if !m.Holes[name].Receiver {
		if u, ok := e.(*ast.UnaryExpr); ok && u.Op == token.AND {
			return u.X, true, nil
		}
		return e, false, nil
	}
	t := m.unit.Info.TypeOf(e)
	want := m.param(name).Type
	switch types.TypeString(types.Unalias(t), nil) {
	case want:
		return e, false, nil
	case strings.TrimPrefix(want, "*"):
		return e, true, nil
	}
	return nil, false, fmt.Errorf("the method is promoted from an embedded %s: call it on the embedded field", want)
}

func (m *Match) param(name string) *rules.Param {
	for i := range m.Idiom.Params {
		if m.Idiom.Params[i].Name == name {
			return &m.Idiom.Params[i]
		}
	}
	return &rules.Param{}
}

func mentions(p *pattern, hole string) bool {
	for _, ref := range p.refs {
		if ref.Hole == hole {
			return true
		}
	}
	return false
}

func (e *emitter) selector(n *ast.SelectorExpr) {
	if id, ok := n.X.(*ast.Ident); ok {
		if ref := e.p.ref(id); ref != nil && ref.Path != "" {
			e.pkg(id, ref)
			e.ident(n.Sel)
			return
		}
	}
	e.node(n.X)
	e.add(".", ".", "")
	e.ident(n.Sel)
}

// pkg emits a package's qualifier with its dot, or nothing for a dot import.
func (e *emitter) pkg(id *ast.Ident, ref *rules.Ref) {
	path := ref.Path
	if e.m.pkg != nil && inFamily(e.m.Idiom, path) {
		path = e.m.pkg.Path()
	}
	qual := ""
	if e.env == nil {
		if q := e.m.quals[e.p.offset(id.Pos())]; q != nil {
			qual = q.Name
		}
	} else {
		var err error
		name := id.Name
		if e.m.pkg != nil && path == e.m.pkg.Path() {
			name = e.m.pkg.Name()
		}
		used, ok := e.m.qualifier(path)
		if ok {
			name = used
		}
		if qual, err = e.env.Package(path, name); err != nil {
			e.fail("%w", err)
		}
		if ok && used == "" { // an alias or a dot import stands for the qualified name
			qual = ""
		}
	}
	if qual != "" {
		e.add("pkg:"+rules.NormalSDK(path), qual, "")
		e.add(".", ".", "")
	}
}

// qualifier returns the name under which the side that matched mentions a
// package, which the other side keeps; "" where it does without.
func (m *Match) qualifier(path string) (string, bool) {
	p := m.pats.plain
	if m.Traced {
		p = m.pats.xray
	}
	found := false
	for offset, id := range m.quals {
		if ref := p.refs[offset]; ref != nil && rules.NormalSDK(ref.Path) == rules.NormalSDK(path) {
			if found = true; id != nil {
				return id.Name, true
			}
		}
	}
	return "", found
}

// args emits a call's arguments; a variadic hole is one token, and what a traced
// side appends to it follows it.
func (e *emitter) args(call *ast.CallExpr) {
	name, more := e.p.variadic(call)
	fixed := call.Args
	if name != "" {
		fixed = call.Args[:len(call.Args)-1]
	}
	first := true
	comma := func() int {
		if !first {
			e.add(",", ",", "")
		}
		first = false
		return len(e.toks)
	}
	sep := func(i int) {
		if i > 0 && e.toks[i-1].id == "," {
			e.sepNext(i, " ")
		}
	}
	for _, a := range fixed {
		i := comma()
		e.node(a)
		sep(i)
	}
	if name == "" {
		return
	}
	h := e.m.Holes[name]
	if h == nil {
		h = &Hole{}
	}
	spread := h.Spread && len(more) > 0
	if len(h.Exprs) > 0 {
		i := comma()
		if spread {
			e.add("append", "append", "")
			e.add("(", "(", "")
			e.clipCall(h)
		}
		e.toks = append(e.toks, itok{id: "hole:" + name, hole: h.Exprs[0], end: h.Exprs[len(h.Exprs)-1]})
		sep(i)
		if spread {
			e.clip(h.Exprs[0])
		}
	}
	for _, a := range more {
		i := comma()
		e.node(a)
		sep(i)
	}
	if spread {
		e.add(")", ")", "")
	}
	if h.Spread {
		e.add("...", "...", "")
	}
}

// clip emits what keeps append from writing to the array behind a slice that is
// the caller's: s[:len(s):len(s)], or the end of slices.Clip(s).
func (e *emitter) clip(s ast.Expr) {
	text := "[:len(" + types.ExprString(s) + "):len(" + types.ExprString(s) + ")]"
	if !isPath(s) {
		text = ")"
	}
	scan([]byte(text), func(_ int, _ token.Token, lit string) { e.add("clip:"+lit, lit, "") })
}

// clipCall emits what stands before a spread slice: nothing, or for one that must
// not be evaluated twice "slices.Clip(".
func (e *emitter) clipCall(h *Hole) {
	if isPath(h.Exprs[0]) {
		return
	}
	qual := ""
	if e.env != nil {
		var err error
		if qual, err = e.env.Package("slices", "slices"); err != nil {
			e.fail("%w", err)
		}
	} else if sel, ok := h.clip.(*ast.SelectorExpr); ok {
		qual = types.ExprString(sel.X)
	}
	if qual != "" {
		e.add("pkg:slices", qual, "")
		e.add(".", ".", "")
	}
	e.add("clip:Clip", "Clip", "")
	e.add("clip:(", "(", "")
}

// isPath reports whether an expression is a variable or a field of one.
func isPath(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return true
	case *ast.SelectorExpr:
		return isPath(e.X)
	}
	return false
}

// raw emits a node token by token, as the pattern has it.
func (e *emitter) raw(n ast.Node) {
	from, to := e.p.offset(n.Pos()), e.p.offset(n.End())
	ids := map[int]*ast.Ident{}
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			ids[e.p.offset(id.Pos())] = id
		}
		return true
	})
	skipDot := false
	for i, t := range e.p.toks {
		if t.start < from || t.start >= to {
			continue
		}
		if skipDot {
			skipDot = false
			continue
		}
		before := len(e.toks)
		id := ids[t.start]
		switch {
		case id == nil:
			e.add(t.text, t.text, t.sep)
		case e.p.ref(id) != nil && e.p.ref(id).Path != "":
			e.pkg(id, e.p.ref(id))
			skipDot = true
		default:
			e.ident(id)
		}
		if i > 0 && t.start > from {
			e.sepNext(before, t.sep)
		}
	}
}
