// Package analysis is the gate: it reports, as a go/analysis Analyzer, what the
// rewriter would change and what it would have to leave untraced.
//
// The problem is to never disagree with the rewriter although go vet shows one
// package at a time. So nothing is decided here: package find makes the same
// decisions for both, package edit makes the same edits, and what a decision needs
// of the rest of the program comes as facts of the imported packages and, where
// that cannot suffice because importers and tests matter too, from the files of
// the module. Diagnose turns the result into diagnostics; Analyzer runs it under
// go vet and its kin, and the command's -check with a view of the whole program.
//
// A diagnostic has a fix where the package's own files suffice for it, import lines
// included. Support code that the package does not have yet, the requirement of the
// SDK and the record that -remove needs are the command's.
//
// Importing this package has no side effects. It imports rules and its own
// subpackages.
package analysis

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"sort"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/analysis/misuse"
	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// Options say how a package is looked at.
type Options struct {
	Matcher *match.Matcher
	Rules   rules.Selection
	View    find.View
	Misuse  misuse.View
	Service string // the name of the segments of the package's requests; "": not known
	SDK     string // module path of the X-Ray SDK that fixes import
	Detach  bool   // fixes keep calls from being cancelled with the request
	// Import returns a package that fixed code may import, or nil.
	Import    func(path string) *types.Package
	Sizes     types.Sizes
	GoVersion string
}

// Diagnostic is a finding in a package.
type Diagnostic struct {
	File       *find.File
	Pos, End   token.Pos
	Kind       rules.Kind
	Rule       string
	Message    string
	URL        string
	Func, Call string // the declaration around it; what is called or made
	Fix        *Fix
	NoContext  bool // it is a site that only lacks a context
}

// Fix is a change of the diagnostic's file.
type Fix struct {
	Title string
	Edits []match.Edit
}

// The kinds of diagnostics that are no sites.
const (
	Misuse    rules.Kind = "misuse"    // code that uses the SDK and loses data or breaks
	Directive rules.Kind = "directive" // a comment that cannot be followed
)

// IgnoreRule is the rule of ignore directives.
const IgnoreRule = "Ignore"

// Words returns what ignore directives and rule lists may name: the rules and
// kinds of the catalog and those of the gate.
func Words(c *rules.Catalog) map[string]bool {
	words := c.Words(extraRules()...)
	return words
}

// Select reads a selection of rules and kinds, as the -rules flag gives it. more may
// be named too.
func Select(c *rules.Catalog, list string, more ...string) (rules.Selection, error) {
	return c.Select(list, append(extraRules(), more...)...)
}

// extraRules are the rules and kinds beside the catalog's.
func extraRules() []string {
	names := []string{
		find.RootContext, find.Uncovered, find.WorkItem, find.Goroutine, find.Capture, find.Annotate, find.Metadata, IgnoreRule,
		string(rules.Custom), string(rules.Capture), string(rules.Annotation), string(Misuse), string(Directive),
	}
	for _, r := range misuse.Rules() {
		names = append(names, r.Name)
	}
	return names
}

// Diagnose returns the diagnostics of a package in source order, and the facts for
// the packages that import it.
func Diagnose(p *find.Package, opts Options) ([]*Diagnostic, *find.Facts) {
	found := find.Sites(opts.Matcher, p, opts.View)
	var out []*Diagnostic
	var traceable []*find.Site
	for _, s := range found.Sites {
		if s.Status == find.Already || s.Ignored || s.File.Reason == find.Excluded || !opts.Rules.Has(s.Rule, s.Kind) {
			continue
		}
		out = append(out, ofSite(p, s))
		traceable = append(traceable, s)
	}
	fixSites(p, opts, out, traceable)
	out = append(out, misused(p, opts, found.Directives)...)
	out = append(out, unfollowed(opts, found.Directives)...)
	sort.SliceStable(out, func(i, j int) bool { return out[i].Pos < out[j].Pos })
	return out, found.Facts
}

// ofSite returns the diagnostic of a site that is not traced.
func ofSite(p *find.Package, s *find.Site) *Diagnostic {
	return &Diagnostic{
		File: s.File, Pos: s.Pos, End: endOf(s), Kind: s.Kind, Rule: s.Rule, Message: message(p, s), URL: urlOfSite(s),
		Func: s.Decl, Call: callText(p, s), NoContext: s.Status == find.Skipped && s.Reason == find.NoContext,
	}
}

// endOf returns the end of the name that a site's position is the start of, and of
// the call around it.
func endOf(s *find.Site) token.Pos {
	end := s.Node.End()
	if _, isFile := s.Node.(*ast.File); isFile || end < s.Pos { // a directive that stands above nothing
		return s.Pos
	}
	return end
}

// callText names what a site calls or makes, without its arguments: what stays
// the same when they are edited.
func callText(p *find.Package, s *find.Site) string {
	var e ast.Expr
	switch n := s.Node.(type) {
	case *ast.CallExpr:
		e = n.Fun
	case *ast.CompositeLit:
		e = n.Type
	case *ast.AssignStmt:
		e = n.Lhs[0]
	case *ast.ValueSpec:
		return n.Names[0].Name
	case *ast.UnaryExpr:
		if lit, ok := n.X.(*ast.CompositeLit); ok {
			e = lit.Type
		}
	case ast.Expr:
		e = n
	}
	if e == nil {
		return s.Rule
	}
	return types.ExprString(e)
}

// misused returns the diagnostics of code that uses the SDK wrongly, but for what
// directives silence.
func misused(p *find.Package, opts Options, directives []*find.Directive) []*Diagnostic {
	var out []*Diagnostic
	opts.Misuse.Carrier = find.Carriers(opts.Matcher.Catalog, p.Types, opts.View)
	for _, f := range misuse.Check(p, opts.Misuse) {
		if f.File.Reason == find.Excluded || !opts.Rules.Has(f.Rule, Misuse) || find.Silenced(p, directives, f.File, f.Pos, f.Rule, Misuse) {
			continue
		}
		d := &Diagnostic{File: f.File, Pos: f.Pos, End: f.End, Kind: Misuse, Rule: f.Rule, Message: f.Message, URL: urlOf(f.Rule), Func: find.DeclarationAt(f.File, f.Pos)}
		d.Call = string(f.File.Src[f.Pos-f.File.Syntax.FileStart : f.End-f.File.Syntax.FileStart])
		if f.Fix != nil && f.File.Reason == "" {
			d.Fix = &Fix{Title: f.FixTitle, Edits: f.Fix}
		}
		out = append(out, d)
	}
	return out
}

// unfollowed returns the diagnostics of ignore directives that cannot be followed
// or silence nothing. It comes last: by then it is known what they silence.
func unfollowed(opts Options, directives []*find.Directive) []*Diagnostic {
	words := Words(opts.Matcher.Catalog)
	var out []*Diagnostic
	for _, d := range directives {
		if d.File.Reason == find.Excluded {
			continue
		}
		text := d.Problem(func(word string) bool { return words[word] })
		if text == "" && !d.Used && opts.Rules.Has(d.Rule, rules.Kind(d.Rule)) {
			text = "//xray:ignore " + d.Rule + " silences nothing here: take it away, or put it on the line above what it is about"
		}
		if text != "" && opts.Rules.Has(IgnoreRule, Directive) {
			out = append(out, &Diagnostic{File: d.File, Pos: d.Pos, End: d.End, Kind: Directive, Rule: IgnoreRule, Message: text,
				URL: urlOf(IgnoreRule), Func: find.DeclarationAt(d.File, d.Pos), Call: d.Rule})
		}
	}
	return out
}

// fixSites gives the diagnostics of traceable sites their fixes: those that the
// package's own files suffice for and that type-check together.
func fixSites(p *find.Package, opts Options, ds []*Diagnostic, sites []*find.Site) {
	f := &fixer{p: p, opts: opts}
	var fixed []*Diagnostic
	for i, s := range sites {
		if s.Status != find.Traceable {
			continue
		}
		if edits := f.edits(s); edits != nil {
			ds[i].Fix = &Fix{Title: fixTitle(s), Edits: edits}
			fixed = append(fixed, ds[i])
		}
	}
	if len(fixed) == 0 || f.compiles(fixed) {
		return
	}
	for _, d := range fixed {
		if !f.compiles([]*Diagnostic{d}) {
			d.Fix = nil
		}
	}
	fixed = slices.DeleteFunc(fixed, func(d *Diagnostic) bool { return d.Fix == nil })
	if !f.compiles(fixed) { // alone they do, together they do not
		for _, d := range fixed {
			d.Fix = nil
		}
	}
}
