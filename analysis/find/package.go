// Package analysis finds the sites of a package: the places where a request
// enters the program, leaves it, asks a database or calls AWS. Each site comes
// with what is to be done about it: it is traced already, it can be traced with
// a given context, or it is left alone for a reason.
//
// The same decisions serve the rewriter, which carries them out, and checks,
// which report them; so they are made here and nowhere else. A site is matched
// by the catalog's patterns, traced side first; then the idiom's guards, one
// precondition each, and the search for its context (package scope) say no with
// a reason or let it pass.
//
// It looks at one package at a time. What must be known of the others, which is
// little, comes in as a View. It imports rules and its own subpackages; it
// edits nothing.
package find

import (
	"bytes"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/config"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// Package is a type-checked package with its source.
type Package struct {
	Fset  *token.FileSet
	Types *types.Package
	Info  *types.Info
	Files []*File
	// Support is the file that an earlier run made, or nil.
	Support *File

	seen *seen
}

// File is a source file of the package.
type File struct {
	Path   string
	Src    []byte
	Syntax *ast.File
	// Reason says why the file cannot be edited, or is "".
	Reason string
}

// Line returns the line of a position in the file's own text.
func (f *File) Line(pos token.Pos) int {
	return 1 + bytes.Count(f.Src[:pos-f.Syntax.FileStart], []byte("\n"))
}

// Status says what becomes of a site.
type Status string

// The statuses of sites.
const (
	Traceable Status = "instrumented" // to be traced by Site.Match's translation
	Already   Status = "already"
	Skipped   Status = "skipped"
)

// Site is a place that an idiom describes.
type Site struct {
	File   *File
	Node   ast.Node
	Pos    token.Pos // of the name that is called, made or set
	Kind   rules.Kind
	Rule   string
	Decl   string // the declaration around it
	Status Status
	Reason string
	// Handler is the name of the function that a handler is, or "": the service's
	// name stands for it.
	Handler string
	// Ignored says that a directive leaves the site alone.
	Ignored bool
	// Forwards is the key of the untraced helper that a site calls, or "".
	Forwards string

	Match   *match.Match
	Context scope.Context // where Status is Traceable and the idiom needs one
	// Root is a root context that the site is given and that Context replaces, or
	// a library's that does not have the request's values; nil where the idiom's plain side is translated.
	Root  ast.Expr
	Blind bool // Root is a library's
	// Asked is what a directive asks for, or nil.
	Asked *Asked
	// Work is what is to be done about an item of background work, or nil.
	Work *Work
}

// Forget drops what only decisions and edits need: syntax and types, which keep the whole
// package in memory. What remains is what a report says of the site.
func (s *Site) Forget() {
	s.File = &File{Path: s.File.Path, Reason: s.File.Reason, Syntax: &ast.File{FileStart: s.File.Syntax.FileStart, FileEnd: s.File.Syntax.FileEnd}}
	if s.Match != nil {
		s.Match = &match.Match{Idiom: s.Match.Idiom, Traced: s.Match.Traced}
	}
	if s.Root != nil {
		s.Root = &ast.BadExpr{From: s.Root.Pos(), To: s.Root.End()}
	}
	s.Node, s.Context, s.Asked, s.Work = nil, scope.Context{}, nil, nil
}

// View is what the decisions about one package need to know of the rest of the
// program.
type View struct {
	Module string         // the main module's path; packages at and below it are the program's own
	Dir    string         // its folder
	File   *config.File   // what the module's file says, or nil
	Survey func() *Survey // nil: nothing is known
	Facts  func(pkg *types.Package) *Facts
	Filter *Filter // of the catalog; nil: it is made where it is needed
	// Rules are those that are wanted: a segment begins only where one of them makes use
	// of it.
	Rules rules.Selection
}

// IsOwn reports whether a package belongs to the program's module.
func (v *View) IsOwn(path string) bool {
	return v.Module != "" && (path == v.Module || strings.HasPrefix(path, v.Module+"/"))
}

// Result is what is found in a package.
type Result struct {
	Sites      []*Site // in source order
	Directives []*Directive
	Facts      *Facts // for the packages that import it
}

// Sites finds a package's sites, and decides what becomes of each.
func Sites(m *match.Matcher, p *Package, view View) *Result {
	f := newFinder(m, p, view)
	f.reach()
	for again := true; again; {
		f.sites = nil
		for _, file := range p.Files {
			if file != p.Support {
				f.file(file)
			}
		}
		again = f.workItems()
	}
	f.refusedItems()
	f.earlierWork()
	f.wrappers()
	res := &Result{Sites: f.sites, Facts: f.facts.exported()}
	for _, file := range p.Files {
		if set := f.ignores[file]; set != nil {
			res.Directives = append(res.Directives, set.all...)
		}
	}
	return res
}

// SupportName returns the catalog's name of an object that the package's
// support file declares.
func (p *Package) SupportName(obj types.Object) (string, bool) {
	if obj.Pkg() != p.Types || obj.Parent() != p.Types.Scope() || !p.inSupport(obj.Pos()) {
		return "", false
	}
	return CanonicalName(obj.Name()), true
}

// inSupport reports whether a position lies in the support file.
func (p *Package) inSupport(pos token.Pos) bool {
	return p.Support != nil && p.Support.Syntax.FileStart <= pos && pos <= p.Support.Syntax.FileEnd
}

// CanonicalName returns the catalog's name of support code that was renamed, by
// digits at its end, to be free in its package.
func CanonicalName(name string) string {
	end := len(name)
	for end > 0 && name[end-1] >= '0' && name[end-1] <= '9' {
		end--
	}
	return name[:end]
}
