package find

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/flow"
	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// NoContext is the reason of a call that has no context in reach.
const NoContext = "no context in reach"

type finder struct {
	m       *match.Matcher
	p       *Package
	view    View
	facts   *Facts // of this package
	known   *Survey
	unit    *match.Unit
	scope   *scope.Package
	flow    *flow.Package
	parents map[ast.Node]ast.Node
	sites   []*Site
	taken   map[ast.Node]bool // nodes inside a site that are part of its pattern
	matched map[ast.Node]bool // nodes that some idiom matches
	ignores map[*File]*directiveSet
	needed  map[*rules.Idiom][]string
	imports map[string]*types.Package // by path, indirect ones included

	items []*scope.Item // of background work
}

func newFinder(m *match.Matcher, p *Package, view View) *finder {
	f := &finder{m: m, p: p, view: view, parents: Parents(p), facts: &Facts{}, ignores: map[*File]*directiveSet{}, needed: map[*rules.Idiom][]string{}}
	f.unit = &match.Unit{Fset: p.Fset, Pkg: p.Types, Info: p.Info, Support: p.SupportName}
	f.scope, f.items = NewScope(m.Catalog, p, view, func(rule string) bool { return view.Rules.Has(rule, rules.Capture) })
	f.scope.Mends = func() bool { return len(f.survey().Values) == 0 }
	syntax := make([]*ast.File, 0, len(p.Files))
	for _, file := range p.Files {
		syntax = append(syntax, file.Syntax)
	}
	f.flow = &flow.Package{Types: p.Types, Info: p.Info, Files: syntax}
	return f
}

func (f *finder) file(file *File) {
	if f.ignores[file] == nil {
		f.ignores[file] = directives(f.p.Fset, file)
	}
	f.taken, f.matched = map[ast.Node]bool{}, map[ast.Node]bool{}
	ast.Inspect(file.Syntax, func(n ast.Node) bool {
		if n == nil || f.taken[n] {
			return n != nil
		}
		if s := f.site(n); s != nil {
			s.File = file
			f.add(s)
		}
		return true
	})
	f.asked(file)
}

// add decides a site and keeps it, unless it turns out to be none.
func (f *finder) add(s *Site) {
	s.Decl = f.declaration(s.Node)
	if f.decide(s, f.ignores[s.File]); s.Status != "" {
		f.sites = append(f.sites, s)
	}
}

// survey returns what is known of the rest of the program. It is asked for only
// where a decision depends on it: to know it may mean to read the whole module.
func (f *finder) survey() *Survey {
	if f.known == nil {
		f.known = &Survey{}
		if f.view.Survey != nil {
			f.known = f.view.Survey()
		}
	}
	return f.known
}

// site returns the site that a node is, undecided.
func (f *finder) site(n ast.Node) *Site {
	if s := f.rootContext(n); s != nil {
		return s
	}
	matches := f.m.At(f.unit, n)
	if len(matches) == 0 {
		for _, find := range []func(ast.Node) *Site{f.given, f.throughInterface, f.withoutTwin, f.generatedOpen, f.openedByHand, f.ofUnsupported, f.unusual} {
			if s := find(n); s != nil {
				return s
			}
		}
		return nil
	}
	f.matched[n] = true
	hit := f.first(matches)
	f.take(n, hit)
	s := &Site{Node: n, Pos: namePos(n), Kind: hit.Idiom.Kind, Rule: hit.Idiom.Name, Match: hit}
	if f.isWithin(hit) {
		if hit.Traced {
			return nil // how the library itself is written
		}
		s.Status, s.Reason = Skipped, "the package is one that the sides of the rule at "+hit.Idiom.Own.At+" use: trace it there by hand"
	}
	if h := hit.Holes["ctx"]; h != nil && hit.Traced && len(h.Exprs) == 1 && opensContext(hit.Idiom) {
		if s.Root = f.rootOrBlind(h.Exprs[0]); s.Root != nil {
			s.Blind = f.scope.Blind(s.Root)
		} else if s.Reason = f.notRequests(h.Exprs[0]); s.Reason != "" {
			s.Status = Skipped
		}
	}
	if !hit.Traced && hit.Idiom.XRay.Source == hit.Idiom.Plain.Source {
		return nil
	}
	return s
}

// first returns the match that a site is: the first that means something here, or the
// first of all.
func (f *finder) first(matches []*match.Match) *match.Match {
	for _, m := range matches {
		if !f.isWithin(m) {
			return m
		}
	}
	return matches[0]
}

// isWithin reports whether the package is one of those in which a user's idiom means
// nothing.
func (f *finder) isWithin(m *match.Match) bool {
	return m.Idiom.Own != nil && slices.Contains(m.Idiom.Own.Within, f.p.Types.Path())
}

// take marks what of a match's own syntax would match again: the literal below
// an address operator or a variable, the call inside its traced form.
func (f *finder) take(n ast.Node, hit *match.Match) {
	holes := map[ast.Node]bool{}
	for _, h := range hit.Holes {
		for _, e := range h.Exprs {
			holes[e] = true
		}
	}
	ast.Inspect(n, func(c ast.Node) bool {
		switch c.(type) {
		case *ast.CallExpr, *ast.CompositeLit:
			if c != n && !holes[c] && f.isOwn(c, hit) {
				f.taken[c], f.matched[c] = true, true
			}
		}
		return c != nil && !holes[c]
	})
}

// isOwn reports whether a node inside a match belongs to its pattern: it is not
// a free element's.
func (f *finder) isOwn(c ast.Node, hit *match.Match) bool {
	for n := c; n != nil && n != hit.Node; n = f.parents[n] {
		if kv, ok := n.(*ast.KeyValueExpr); ok && !hit.Names(kv) {
			return false
		}
	}
	return true
}

// root returns the call of context.Background or context.TODO that e is.
func (f *finder) root(e ast.Expr) *ast.CallExpr {
	call, ok := e.(*ast.CallExpr)
	if !ok || len(call.Args) != 0 {
		return nil
	}
	fn := calleeOf(f.p.Info, call)
	if fn == nil || fn.Pkg() == nil || fn.Pkg().Path() != "context" || fn.Name() != "Background" && fn.Name() != "TODO" {
		return nil
	}
	return call
}

func calleeOf(info *types.Info, call *ast.CallExpr) *types.Func {
	var id *ast.Ident
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		id = fun
	case *ast.SelectorExpr:
		id = fun.Sel
	default:
		return nil
	}
	fn, _ := info.Uses[id].(*types.Func)
	return fn
}

// namePos returns the position that a report gives for a site: that of the name
// which is called or made.
func namePos(n ast.Node) token.Pos {
	switch n := n.(type) {
	case *ast.CallExpr:
		if sel, ok := n.Fun.(*ast.SelectorExpr); ok {
			if id, ok := sel.X.(*ast.Ident); ok {
				return id.Pos()
			}
			return sel.Sel.Pos()
		}
	case *ast.AssignStmt:
		if sel, ok := n.Lhs[0].(*ast.SelectorExpr); ok {
			return sel.Sel.Pos()
		}
	}
	return n.Pos()
}

// declaration returns the name of the declaration around a node.
func (f *finder) declaration(n ast.Node) string {
	for ; n != nil; n = f.parents[n] {
		switch d := n.(type) {
		case *ast.FuncDecl:
			return FuncName(d)
		case *ast.GenDecl:
			if _, ok := f.parents[d].(*ast.File); ok {
				return d.Tok.String()
			}
		}
	}
	return ""
}

// DeclarationAt returns the name of the declaration at a position, as Site.Decl
// has it.
func DeclarationAt(f *File, pos token.Pos) string {
	for _, d := range f.Syntax.Decls {
		if d.Pos() > pos || pos >= d.End() {
			continue
		}
		switch d := d.(type) {
		case *ast.FuncDecl:
			return FuncName(d)
		case *ast.GenDecl:
			return d.Tok.String()
		}
	}
	return ""
}

// FuncName returns a function's name as the report gives it: (*T).M, T.M or F.
func FuncName(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return d.Name.Name
	}
	t := types.ExprString(d.Recv.List[0].Type)
	t, _, _ = strings.Cut(t, "[")
	if strings.HasPrefix(t, "*") {
		t = "(" + t + ")"
	}
	return t + "." + d.Name.Name
}

// decide sets a site's status: one guard after the other, the first no with its
// reason.
func (f *finder) decide(s *Site, ignores *directiveSet) {
	if reason, ok := ignores.ignored(f.p.Fset, f.parents, s); ok {
		s.Status, s.Reason, s.Ignored = Skipped, "ignored: "+reason, true
		return
	}
	if s.Status != "" {
		return
	}
	if s.Match != nil && s.Match.Traced && s.Root == nil {
		s.Status = Already
		return
	}
	if s.Match != nil && !s.Match.Traced {
		if missing := f.lacks(s.Match.Idiom); missing != "" {
			s.Status, s.Reason = Skipped, missing
			return
		}
		for _, g := range s.Match.Idiom.Guards {
			if status, reason := guards[g](f, s); status != Traceable {
				s.Status, s.Reason = status, reason
				return
			}
		}
		if s.Kind == rules.InboundHTTP || s.Kind == rules.GRPCServer {
			if counted := f.counted(); counted != "" {
				s.Status, s.Reason = Skipped, counted
				return
			}
		}
	}
	if s.File.Reason != "" {
		s.Status, s.Reason = Skipped, s.File.Reason
		return
	}
	if f.needsContext(s) {
		c, ok := f.contextFor(s)
		if !ok {
			s.Status, s.Reason = Skipped, f.noContext(s.Node)
			return
		}
		s.Context = c
		s.Context.Detach = c.Detach || f.beginsTransaction(s)
		if s.Root != nil {
			f.rootLifetime(s)
		}
	}
	s.Status = Traceable
}

// contextFor returns the context that a site is to be given.
func (f *finder) contextFor(s *Site) (scope.Context, bool) {
	if s.Blind {
		return f.scope.Behind(s.Root)
	}
	return f.scope.At(s.Node)
}

// needsContext reports whether the site's idiom has a hole for a context that
// its plain side leaves open.
func (f *finder) needsContext(s *Site) bool {
	return s.Root != nil || opensContext(s.Match.Idiom)
}

// opensContext reports whether an idiom's traced side is given a context that
// its plain side is not.
func opensContext(d *rules.Idiom) bool { return !d.Plain.Mentions("ctx") && d.XRay.Mentions("ctx") }

// detachesItself reports whether a rule's traced side keeps the cancellation away
// by itself.
func detachesItself(d *rules.Idiom) bool {
	return strings.Contains(d.XRay.Source, "context.WithoutCancel(ctx)")
}

// Detached reports whether a site's context must come without cancellation.
func (s *Site) Detached(always bool) bool {
	if s.Root == nil && s.Match != nil && detachesItself(s.Match.Idiom) {
		return false
	}
	return s.Context.Detach || always
}
