package plan

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/edit"
	"github.com/seed-4257438c/xray-instrument/analysis/edit/imports"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/record"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// record returns the record of a package whose traceable sites are traced: what
// the old one says that still holds, and the new sites.
func (p *plan) record(sites []*find.Site) *record.Record {
	rec := &record.Record{Imports: append([]imports.Change(nil), p.old.Imports...)}
	translated := map[ast.Node]*find.Site{}
	for _, s := range sites {
		if s.Status == find.Traceable && s.Root == nil && s.Match != nil {
			translated[s.Node] = s
		}
	}
	for _, s := range p.old.Sites {
		if s.Rule == opened || p.elsewhere(s.File) {
			rec.Sites = append(rec.Sites, s)
		}
	}
	oldIndex := index(p.old.Sites)
	before, after := newCounter(), newCounter()
	for _, s := range find.Matches(p.opts.Matcher, p.pkg) {
		isNew := translated[s.Node] != nil && translated[s.Node].Match.Idiom == s.Match.Idiom && !s.Match.Traced
		if !s.Match.Traced && !isNew {
			continue
		}
		id, ok := p.identity(s)
		if !ok {
			continue
		}
		if isNew {
			rec.Sites = append(rec.Sites, after.number(s, id))
			continue
		}
		was := before.number(s, id)
		now := after.number(s, id)
		if _, ok := oldIndex[was]; ok {
			rec.Sites = append(rec.Sites, now)
		}
	}
	p.recordRoots(rec, sites)
	p.recordAsked(rec, sites)
	p.recordWork(rec, sites)
	return rec
}

// numbered returns a site's identity with its number among those alike.
func numbered(id record.Site, seen map[record.Site]int) record.Site {
	n := id
	n.Index = seen[id]
	seen[id]++
	return n
}

// counter numbers sites. Those of idioms with the same support code may have the same traced
// form, as http.Get and http.DefaultClient.Get have it: they are counted together, for the
// record to tell which was which.
type counter struct {
	seen map[record.Site]int
	at   map[coded]int
}

// coded is a node that uses support code.
type coded struct {
	node ast.Node
	code string
}

func newCounter() *counter { return &counter{map[record.Site]int{}, map[coded]int{}} }

// number returns a site's identity with its number. Of several matches at a node all have the same.
func (c *counter) number(s *find.Site, id record.Site) record.Site {
	code := strings.Join(s.Match.Idiom.XRay.Support(), " ")
	if code == "" {
		return numbered(id, c.seen)
	}
	at := coded{s.Node, code}
	n, ok := c.at[at]
	if !ok {
		n = numbered(record.Site{File: id.File, Decl: id.Decl, Rule: code}, c.seen).Index
		c.at[at] = n
	}
	id.Index = n
	return id
}

func index(sites []record.Site) map[record.Site]record.Site {
	out := map[record.Site]record.Site{}
	for _, s := range sites {
		key := s
		key.Old = ""
		out[key] = s
	}
	return out
}

// identity names a matched site by its plain form.
func (p *plan) identity(s *find.Site) (record.Site, bool) {
	var e match.Env
	if s.Match.Traced {
		e = p.edit.File(s.File).Env(s.Node.Pos(), map[string]string{"ctx": "", "service": "", "handler": ""})
	}
	text, err := s.Match.Text(e, p.before)
	if err != nil {
		return record.Site{}, false
	}
	return record.Site{File: filepath.Base(s.File.Path), Decl: s.Decl, Rule: s.Rule, Digest: record.Digest(text)}, true
}

// slot is a place that takes a context: an argument, or what a context variable
// is assigned.
type slot struct {
	id   record.Site
	expr ast.Expr
	file *find.File
}

// slots returns the places of the package that take a context, in source order,
// but for the holes of sites in skip.
func (p *plan) slots(skip map[ast.Expr]bool) []slot {
	var out []slot
	kept := p.keptContexts()
	for _, f := range p.pkg.Files {
		if f == p.pkg.Support {
			continue
		}
		for _, d := range f.Syntax.Decls {
			decl := "var"
			switch d := d.(type) {
			case *ast.FuncDecl:
				decl = find.FuncName(d)
			case *ast.GenDecl:
				decl = d.Tok.String()
			}
			add := func(where string, e ast.Expr) {
				if t := p.pkg.Info.TypeOf(e); t == nil || skip[e] || !match.IsContext(t) && !p.isBlind(t) {
					return
				}
				if name := kept[e]; name != "" {
					where = name
				}
				out = append(out, slot{record.Site{File: filepath.Base(f.Path), Decl: decl, Rule: find.RootContext, Digest: record.Digest(where)}, e, f})
			}
			ast.Inspect(d, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					for i, a := range n.Args {
						add(calleeName(n)+"#"+strconv.Itoa(i), a)
					}
				case *ast.AssignStmt:
					if len(n.Lhs) == 1 && len(n.Rhs) == 1 {
						add(nameText(n.Lhs[0])+"=", n.Rhs[0])
					}
				case *ast.ValueSpec:
					if len(n.Names) == 1 && len(n.Values) == 1 {
						add(n.Names[0].Name+"=", n.Values[0])
					}
				}
				return true
			})
		}
	}
	return out
}

// keptContexts returns the context arguments of idioms that have one on either side,
// with the idiom's name: what is called, and the argument's place, may differ
// between the sides.
func (p *plan) keptContexts() map[ast.Expr]string {
	kept := map[ast.Expr]string{}
	for _, s := range find.Matches(p.opts.Matcher, p.pkg) {
		if h := s.Match.Holes["ctx"]; h != nil && len(h.Exprs) == 1 && s.Match.Idiom.Plain.Mentions("ctx") {
			kept[h.Exprs[0]] = s.Match.Idiom.Name
		}
	}
	return kept
}

// isBlind reports whether values of a type give way to the request's context where
// they are given as one.
func (p *plan) isBlind(t types.Type) bool {
	c := p.opts.Matcher.Catalog.CarrierOf(t)
	return c != nil && c.Blind
}

func calleeName(call *ast.CallExpr) string { return nameText(ast.Unparen(call.Fun)) }

func nameText(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return "~"
}

// contextHoles returns the context arguments of the sites that the record says
// were translated: they were not there before.
func (p *plan) contextHoles(rec *record.Record) map[ast.Expr]bool {
	known, seen := index(rec.Sites), newCounter()
	skip := map[ast.Expr]bool{}
	for _, s := range find.Matches(p.opts.Matcher, p.pkg) {
		if !s.Match.Traced {
			continue
		}
		id, ok := p.identity(s)
		if !ok {
			continue
		}
		_, ours := known[seen.number(s, id)]
		if s.Match.Idiom.Plain.Mentions("ctx") {
			continue
		}
		if h := s.Match.Holes["ctx"]; ours && h != nil && len(h.Exprs) == 1 {
			skip[h.Exprs[0]] = true
		}
	}
	return skip
}

// recordRoots records the root contexts that give way to the request's, old and
// new.
func (p *plan) recordRoots(rec *record.Record, sites []*find.Site) {
	replaced := map[ast.Expr]string{}
	holes := p.contextHoles(p.old)
	for _, s := range sites {
		if s.Status == find.Traceable && s.Work != nil && s.Work.Item.Plain != nil {
			holes[s.Work.Item.Plain.Rhs[0]] = true // its statement is recorded as a whole
		}
		if s.Status == find.Traceable && s.Root != nil {
			replaced[s.Root] = p.text(s.Root, s.File)
		}
	}
	known, seen := index(p.old.Sites), map[record.Site]int{}
	for _, sl := range p.slots(holes) {
		id := numbered(sl.id, seen)
		if old, ok := replaced[sl.expr]; ok {
			id.Old = old
			rec.Sites = append(rec.Sites, id)
		} else if was, ok := known[id]; ok {
			rec.Sites = append(rec.Sites, was)
		}
	}
}

// specOf reads an import line.
func specOf(line string) (name, imported string, ok bool) {
	for _, prefix := range []string{"package p; import ", "package p; "} {
		f, err := parser.ParseFile(token.NewFileSet(), "", prefix+line, parser.ImportsOnly)
		if err != nil || len(f.Imports) != 1 {
			continue
		}
		imported = edit.PathOf(f.Imports[0])
		name = baseName(imported)
		if n := f.Imports[0].Name; n != nil {
			name = n.Name
		}
		return name, imported, true
	}
	return "", "", false
}

// baseName returns the name that a package of the catalog has, which is the last
// element of its path.
func baseName(imported string) string { return path.Base(imported) }
