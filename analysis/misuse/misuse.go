// Package misuse reports code that already uses the X-Ray SDK and loses data by
// it, or breaks.
//
// The problem: the SDK compiles with almost anything. An annotation of a type
// that it does not take is dropped without a word, a handler that is wrapped
// twice splits each request into two traces, an error that is nil makes it
// panic. The approach: one rule for each such mistake, over the calls of the SDK
// that a package makes. A rule says yes only to what it can see: values are
// followed through variables whose assignments are known, and through the
// control flow of one function, and what cannot be followed is no finding.
//
// It deliberately does not look for calls that should be traced and are not;
// that is what package find is for. It never reports the tool's own support
// file, nor the code that the tool puts into others. Handlers, transports and
// connectors of the support file leave a segment that is open alone, so that
// they double nothing when they stand inside the SDK's.
//
// It sees one package at a time; what must be known of the whole program comes
// in as a View. It may import rules, and find, flow and scope of analysis. It
// edits nothing.
package misuse

import (
	"go/ast"
	"go/token"
	"go/types"
	"sort"
	"strconv"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/analysis/flow"
	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// Rule is one kind of mistake. docs/misuse.md has a heading of its name.
type Rule struct {
	Name string
	Doc  string // one line
}

// Finding is a mistake in the package.
type Finding struct {
	File     *find.File
	Pos, End token.Pos
	Rule     string
	Message  string       // what is lost or breaks, and how to mend it
	Fix      []match.Edit // of File alone; nil: no fix is known to be safe
	FixTitle string
}

// View is what a package does not show by itself.
type View struct {
	// SDKs are the import paths of the X-Ray SDK's packages, or of its modules,
	// that the package's build reaches.
	SDKs []string
	// Lambda says that the package belongs to a program of AWS Lambda. A main
	// package that starts a Lambda handler need not be told.
	Lambda bool
	// Carrier tells how the values of a type carry a request's context.
	Carrier func(types.Type) *rules.Carrier
}

// rule is a rule with what finds it.
type rule struct {
	Rule
	find  func(*checker)
	tests bool // test files are looked at, too
}

// table has the rules in the order of their documentation.
var table = []rule{
	{Rule{"DoubledHandler", "a handler that gives requests a segment wraps one that does so already"}, (*checker).doubledHandlers, true},
	{Rule{"DoubledClient", "xray.Client or xray.RoundTripper wraps a client or transport that is traced already"}, (*checker).doubledClients, true},
	{Rule{"DoubledInterceptor", "a gRPC server or client has the X-Ray interceptor twice"}, (*checker).doubledInterceptors, true},
	{Rule{"DoubledAWS", "an AWS configuration, session or client is instrumented twice"}, (*checker).doubledAWS, true},
	{Rule{"UnguardedInterceptor", "xray.UnaryClientInterceptor does not send calls whose context has no segment"}, (*checker).unguardedInterceptors, false},
	{Rule{"DroppedAnnotation", "an annotation's value is of a type that the SDK drops"}, (*checker).droppedAnnotations, true},
	{Rule{"AnnotationKey", "an annotation's key has characters that X-Ray does not allow"}, (*checker).annotationKeys, true},
	{Rule{"NilError", "AddError panics when the error is nil"}, (*checker).nilErrors, true},
	{Rule{"UnclosedSegment", "a segment or subsegment is not closed on every path"}, (*checker).unclosedSegments, false},
	{Rule{"LostError", "a segment is closed with nil although an error is at hand"}, (*checker).lostErrors, false},
	{Rule{"LateClose", "a goroutine that nobody waits for closes its subsegment with Close instead of CloseAndStream"}, (*checker).lateCloses, false},
	{Rule{"NilHandler", "xray.Handler is given a nil handler or namer and panics at the first request"}, (*checker).nilHandlers, true},
	{Rule{"LambdaSegment", "a program under AWS Lambda begins segments of its own"}, (*checker).lambdaSegments, false},
	{Rule{"LambdaDetach", "xray.DetachContext in a Lambda handler loses the trace"}, (*checker).lambdaDetaches, false},
	{Rule{"NoSegment", "a traced call is given a context that cannot hold a segment"}, (*checker).withoutSegment, false},
	{Rule{"MixedSDKs", "a build contains both majors of the X-Ray SDK"}, (*checker).mixedSDKs, true},
}

// Rules returns the rules in the order of their documentation.
func Rules() []Rule {
	list := make([]Rule, len(table))
	for i, r := range table {
		list[i] = r.Rule
	}
	return list
}

// Check returns the mistakes of a package in source order.
func Check(p *find.Package, v View) []Finding {
	c := &checker{p: p, view: v}
	if !c.usesSDK() {
		c.only("MixedSDKs")
		return c.findings
	}
	c.prepare()
	for i := range table {
		c.rule = &table[i]
		c.rule.find(c)
	}
	c.sort()
	return c.findings
}

// checker holds what the rules ask of one package.
type checker struct {
	p        *find.Package
	view     View
	parents  map[ast.Node]ast.Node
	scope    *scope.Package
	flow     *flow.Package
	calls    map[string][]*ast.CallExpr // by the key of what they call, see index
	graphs   map[ast.Node]*graph        // of functions, lazily
	defined  map[types.Object]*ast.Ident
	rule     *rule // that is being looked for
	findings []Finding
}

func (c *checker) prepare() {
	c.parents = find.Parents(c.p)
	c.scope = &scope.Package{Types: c.p.Types, Info: c.p.Info, Parents: c.parents, Carrier: c.view.Carrier}
	var syntax []*ast.File
	for _, f := range c.p.Files {
		syntax = append(syntax, f.Syntax)
	}
	c.flow = &flow.Package{Types: c.p.Types, Info: c.p.Info, Files: syntax}
	c.graphs = map[ast.Node]*graph{}
	c.index()
}

// only looks for one rule, which needs no syntax.
func (c *checker) only(name string) {
	for i := range table {
		if table[i].Name == name {
			c.rule = &table[i]
			c.rule.find(c)
		}
	}
}

// usesSDK reports whether a rule can have anything to say: some file imports the
// SDK. The support file alone does not count, whose users are never at fault.
func (c *checker) usesSDK() bool {
	for _, f := range c.files() {
		if sdkImport(f.Syntax) != nil {
			return true
		}
	}
	return false
}

// sdkImport returns a file's first import of the SDK, of its first major if it
// has both.
func sdkImport(f *ast.File) *ast.ImportSpec {
	var first *ast.ImportSpec
	for _, s := range f.Imports {
		if !rules.IsSDK(importPath(s)) {
			continue
		}
		if isFirstMajor(s) {
			return s
		}
		if first == nil {
			first = s
		}
	}
	return first
}

func importPath(s *ast.ImportSpec) string {
	path, _ := strconv.Unquote(s.Path.Value)
	return path
}

// files returns the files that are looked at.
func (c *checker) files() []*find.File {
	var list []*find.File
	for _, f := range c.p.Files {
		if f != c.p.Support {
			list = append(list, f)
		}
	}
	return list
}

// file returns the file that a position lies in.
func (c *checker) file(pos token.Pos) *find.File {
	for _, f := range c.p.Files {
		if f.Syntax.FileStart <= pos && pos <= f.Syntax.FileEnd {
			return f
		}
	}
	return nil
}

// report notes a finding of the rule that is being looked for. The fix is left
// out where its file cannot be edited.
func (c *checker) report(n ast.Node, message, title string, edits []match.Edit) {
	f := c.file(n.Pos())
	if f == nil || f == c.p.Support || !c.rule.tests && strings.HasSuffix(f.Path, "_test.go") {
		return
	}
	if f.Reason != "" || len(edits) == 0 {
		title, edits = "", nil
	}
	c.findings = append(c.findings, Finding{File: f, Pos: n.Pos(), End: n.End(), Rule: c.rule.Name, Message: message, Fix: edits, FixTitle: title})
}

// sort orders the findings by file, then position, then rule.
func (c *checker) sort() {
	sort.SliceStable(c.findings, func(i, j int) bool {
		a, b := c.findings[i], c.findings[j]
		if a.Pos != b.Pos {
			return c.less(a.Pos, b.Pos)
		}
		return a.Rule < b.Rule
	})
}

// less reports whether one position comes before another one in the package: in
// an earlier file, or in the same. Files that were parsed side by side lie in any
// order in the file set.
func (c *checker) less(a, b token.Pos) bool {
	for _, f := range c.p.Files {
		inA := f.Syntax.FileStart <= a && a <= f.Syntax.FileEnd
		inB := f.Syntax.FileStart <= b && b <= f.Syntax.FileEnd
		if inA || inB {
			return inA && (!inB || a < b)
		}
	}
	return a < b
}
