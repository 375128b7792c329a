package edit

import (
	"errors"
	"go/ast"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// asked returns the edits for a directive. Those of a function's directives stand in
// one place, and are made with the first.
func (p *Package) asked(f *File, e *Env, s *find.Site, ctx string) ([]match.Edit, error) {
	a, l := s.Asked, lines{f}
	switch {
	case a.Done != nil:
		return again(l, e, a), nil
	case a.Lead != nil:
		return nil, a.Lead.Refused
	case a.Stmt != nil:
		return []match.Edit{l.behind(a.Behind, annotation(e, a))}, nil
	}
	var edits []match.Edit
	edits, a.Refused = p.entry(l, e, a, ctx)
	return edits, a.Refused
}

// entry returns the edits of what a function begins with.
func (p *Package) entry(l lines, e *Env, a *find.Asked, ctx string) ([]match.Edit, error) {
	var texts []string
	if a.Rule == find.Capture {
		texts = captureTexts(e, a, ctx)
	} else {
		texts = []string{annotation(e, a)}
	}
	for _, more := range a.Led {
		texts = append(texts, annotation(e, more))
	}
	edits, body := l.results(a.Results), a.Func.Body
	if l.isOneLine(body) {
		opened, err := l.open(body, texts...)
		return append(edits, opened...), err
	}
	if rest := body.List[len(a.Prologue):]; len(rest) > 0 {
		return append(edits, l.before(rest[0], texts...)), nil
	}
	return append(edits, l.behind(body.List[len(body.List)-1], texts...)), nil
}

// captureTexts returns what a captured function begins with:
//
//	func validate(ctx context.Context, id string) (err error) {
//		ctx, end := xrayCapture(ctx, "validate_order")
//		defer end(&err)
func captureTexts(e *Env, a *find.Asked, ctx string) []string {
	var errs []string
	for _, name := range a.Results.Errors {
		errs = append(errs, "&"+name)
	}
	texts := []string{
		a.Ctx + ", " + a.End + " := " + e.Support(find.CaptureCode) + "(" + ctx + ", " + strconv.Quote(a.Name) + ")",
		"defer " + a.End + "(" + strings.Join(errs, ", ") + ")",
	}
	if a.Onward != "" {
		texts = append(texts, a.Onward)
	}
	return texts
}

// annotation returns the statement that annotates.
func annotation(e *Env, a *find.Asked) string {
	code := find.AnnotateCode
	if a.Rule == find.Metadata {
		code = find.MetadataCode
	}
	return e.Support(code) + "(" + a.Text + ", " + strconv.Quote(a.Key) + ", " + valueText(e, a.Value) + ")"
}

// valueText returns an annotation's expression, with the name that the support code
// has in this package.
func valueText(e *Env, value string) string {
	if rest, ok := strings.CutPrefix(value, find.TextCall); ok {
		return e.Support(find.TextCode) + "(" + rest
	}
	return value
}

// again returns the edit that makes a statement of an earlier run say what its
// directive says now.
func again(l lines, e *Env, a *find.Asked) []match.Edit {
	at, text := a.Call.Args[1], strconv.Quote(a.Name)
	if a.Rule != find.Capture {
		at, text = a.Call.Args[2], valueText(e, a.Value)
	}
	start, end := l.Offset(at.Pos()), l.Offset(at.End())
	return []match.Edit{{Start: start, End: end, New: text, Size: end - start}}
}

// results gives a function's results the names that they need.
func (l lines) results(r *find.Results) []match.Edit {
	if r == nil {
		return nil
	}
	var edits []match.Edit
	for _, in := range r.Insert {
		at := l.Offset(in.Pos)
		edits = append(edits, match.Edit{Start: at, End: at, New: in.Text})
	}
	for id, name := range r.Rename {
		start, end := l.Offset(id.Pos()), l.Offset(id.End())
		edits = append(edits, match.Edit{Start: start, End: end, New: name, Size: end - start})
	}
	slices.SortFunc(edits, func(a, b match.Edit) int { return a.Start - b.Start })
	return edits
}

// errUsed refuses to take out a captured function's context or end that the program
// uses otherwise.
var errUsed = errors.New("what it declares is used for something else")

// WithoutAsked returns the edits that take out what a directive put into a function.
// results is what its results read before, or "". A body that had one line gets it
// again, without the statements join.
func (f *File) WithoutAsked(c *find.Captured, results string, oneLine bool, join []ast.Stmt) ([]match.Edit, error) {
	if c.Odd || c.File.Reason != "" {
		return nil, errUsed
	}
	l := lines{f}
	edits := l.oldResults(c, results)
	switch {
	case !oneLine:
		for _, s := range c.Stmts {
			edits = append(edits, l.without(s))
		}
	case len(join) > 0:
		edits = append(edits, l.join(c.Body, join)...)
	}
	return edits, nil
}

func (l lines) oldResults(c *find.Captured, old string) []match.Edit {
	if old == "" || c.Type.Results == nil {
		return nil
	}
	start, end := l.Offset(c.Type.Results.Pos()), l.Offset(c.Type.Results.End())
	return []match.Edit{{Start: start, End: end, New: old, Size: end - start}}
}

// Text returns the text of a node.
func (f *File) Text(n ast.Node) string { return string(f.f.Src[f.Offset(n.Pos()):f.Offset(n.End())]) }
