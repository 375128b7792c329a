package match

import (
	"go/ast"
	"strconv"
)

// elements emits what stands between the braces of a literal: for a keyed one
// the user's elements in the user's order, with those that the pattern does not
// name as single tokens, and behind them what only this side has.
func (e *emitter) elements(p *ast.CompositeLit) {
	if len(p.Elts) > 0 && !isKeyed(p) {
		for i, v := range p.Elts {
			if i > 0 {
				e.add(",", ",", "")
			}
			e.node(v)
		}
		return
	}
	u := e.userLiteral(p)
	if u == nil {
		if len(p.Elts) > 0 {
			e.element(p.Elts[0].(*ast.KeyValueExpr))
		}
		return
	}
	w := &listing{e: e, lines: e.m.onLines(u)}
	for i, elt := range u.Elts {
		kv := elt.(*ast.KeyValueExpr)
		name := kv.Key.(*ast.Ident).Name
		own := elementOf(p, name)
		switch {
		case own != nil:
			w.next(e.m.isAdded(name))
			e.element(own)
		case !e.m.isNamed(name):
			w.next(false)
			e.toks = append(e.toks, itok{id: "free:" + strconv.Itoa(i), hole: kv, end: kv})
		default: // a key that only the other side has
			continue
		}
		w.done()
	}
	for _, elt := range p.Elts {
		kv := elt.(*ast.KeyValueExpr)
		if elementOf(u, kv.Key.(*ast.Ident).Name) == nil {
			w.next(true)
			e.element(kv)
			w.done()
		}
	}
}

// listing separates elements: with a comma before each but the first, or, where
// the user ends lines with commas, behind each.
type listing struct {
	e     *emitter
	lines bool
	some  bool
	start int
	added bool
}

func (w *listing) next(added bool) {
	if w.some && !w.lines {
		w.e.add(",", ",", "")
	}
	w.start, w.added = len(w.e.toks), added
}

func (w *listing) done() {
	if w.added && w.lines {
		w.e.toks[w.start].line = true
	} else if w.some {
		w.e.toks[w.start].sep = " "
	}
	if w.lines {
		w.e.add(",", ",", "")
	}
	w.some = true
}

func (e *emitter) element(kv *ast.KeyValueExpr) {
	e.ident(kv.Key.(*ast.Ident))
	e.add(":", ":", "")
	e.spaced(kv.Value)
}

// userLiteral returns the user's literal that a keyed literal of this side
// stands for: the one that matched, also where this side is the other one.
func (e *emitter) userLiteral(p *ast.CompositeLit) *ast.CompositeLit {
	if u := e.m.lits[p]; u != nil {
		return u
	}
	if e.env == nil || !isQualified(p) {
		return nil
	}
	for _, u := range e.m.lits {
		return u // a pattern has one keyed literal at most
	}
	return nil
}

func isQualified(p *ast.CompositeLit) bool {
	_, ok := p.Type.(*ast.SelectorExpr)
	return ok
}

// isNamed reports whether either side of the idiom names a key.
func (m *Match) isNamed(key string) bool {
	for _, p := range []*pattern{m.pats.plain, m.pats.xray} {
		for _, k := range keysOf(p) {
			if k == key {
				return true
			}
		}
	}
	return false
}

// isAdded reports whether only the traced side names a key.
func (m *Match) isAdded(key string) bool {
	for _, k := range keysOf(m.pats.plain) {
		if k == key {
			return false
		}
	}
	return m.isNamed(key)
}

// onLines reports whether a literal's elements end with commas on lines before
// the closing brace.
func (m *Match) onLines(u *ast.CompositeLit) bool {
	file := m.unit.Fset.File(u.Pos())
	if len(u.Elts) == 0 {
		return file.Line(u.Lbrace) != file.Line(u.Rbrace)
	}
	return file.Line(u.Elts[len(u.Elts)-1].End()) != file.Line(u.Rbrace)
}
