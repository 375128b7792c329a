package thread

import (
	"go/ast"
	"go/types"
	"go/version"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/edit"
	"github.com/seed-4257438c/xray-instrument/analysis/edit/splice"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// Pass adds to files the arguments of the calls in a package, whose declarations
// have been edited already: what is in scope at a call is then to be seen.
func (plan *Plan) Pass(p *find.Package, sc *scope.Package, goVersion string, into Files) error {
	ed := plan.editor(p)
	called := map[*ast.Ident]bool{}
	for _, f := range p.Files {
		var failed error
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			if failed != nil {
				return false
			}
			switch n := n.(type) {
			case *ast.CallExpr:
				id := calleeIdent(n.Fun)
				called[id] = true
				if key := ed.changed(id); key != "" {
					if _, has := sc.At(n); has || !plan.Twins[key] { // without one, the wrapper is called
						failed = ed.argument(f, sc, n, key, goVersion)
					}
				}
			case *ast.Ident:
				if key := ed.changed(n); key != "" && !called[n] && !plan.Twins[key] && !find.GivesLambda(p, sc.Parents, n) {
					failed = ed.wrap(f, sc, n, key, goVersion)
				}
			}
			return failed == nil
		})
		if failed != nil {
			return failed
		}
	}
	passed := Files{}
	ed.files(passed)
	for path, b := range passed {
		a := into[path]
		if a == nil {
			into[path] = b
			continue
		}
		declared := append([]match.Edit(nil), a.Edits...)
		for i, e := range b.Edits {
			size := e.End - e.Start
			e.Start = splice.Unmap(declared, e.Start)
			e.End = e.Start + size
			a.Edits, a.Keys = append(a.Edits, e), append(a.Keys, b.Keys[i])
		}
	}
	return nil
}

// changed returns the key of the changed function that an identifier names, or "".
func (ed *editor) changed(id *ast.Ident) string {
	if id == nil {
		return ""
	}
	fn, ok := ed.p.Info.Uses[id].(*types.Func)
	if !ok {
		return ""
	}
	key := keyOf(fn)
	if unnamed(fn) != nil {
		key = ed.plan.changed[key]
	}
	if ed.plan.Changed[key] == nil {
		return ""
	}
	return key
}

// argument puts a context in front of a call's arguments.
func (ed *editor) argument(f *find.File, sc *scope.Package, call *ast.CallExpr, key, goVersion string) error {
	e := ed.names.File(f).Env(call.Pos(), nil)
	text, err := ed.context(sc, e, call, f, goVersion)
	if err != nil {
		return err
	}
	var first ast.Node
	if len(call.Args) > 0 {
		first = call.Args[0]
	}
	edits := []match.Edit{ed.inFront(f, call.Lparen, call.Rparen, first, text)}
	if ed.plan.Twins[key] {
		at := int(calleeIdent(call.Fun).End() - f.Syntax.FileStart)
		edits = append(edits, match.Edit{Start: at, End: at, New: twinSuffix})
	}
	return ed.take(f, e, key, edits)
}

// context returns the context that a call, or a function given to one, is to be given: the one in reach, a
// test's, or a root.
func (ed *editor) context(sc *scope.Package, e *edit.Env, call ast.Node, f *find.File, goVersion string) (string, error) {
	fromPackage := func(name string) (string, error) {
		pkg, err := e.Package("context", "context")
		if pkg != "" {
			name = pkg + "." + name
		}
		return name, err
	}
	if c, ok := reached(sc, call); ok {
		if outer, ok := sc.Parents[call].(*ast.CallExpr); !c.Detach && !(ok && sc.IsOnce(outer)) {
			return c.Text, nil
		}
		name, err := fromPackage("WithoutCancel")
		return name + "(" + c.Text + ")", err
	}
	if isTest(f.Path) && version.Compare("go"+strings.TrimPrefix(goVersion, "go"), "go1.24") >= 0 {
		if t := ed.testing(sc, call); t != "" {
			return t + ".Context()", nil
		}
	}
	name, err := fromPackage("Background")
	return name + "()", err
}

// reached returns the context in reach of a call, as a variable that is there before an
// item of work begins its segment, or a goroutine its subsegment: what takes its place
// then is a root context, which theirs replaces.
func reached(sc *scope.Package, call ast.Node) (scope.Context, bool) {
	c, ok := sc.At(call)
	it := c.Item
	switch {
	case it == nil:
		return c, ok
	case it.Go != nil:
		c, ok = sc.Reach(call)
		return c, ok && (it.Call != nil || it.Base != nil || match.IsContext(c.Var.Type()))
	}
	return c, it.Base != nil || it.Plain != nil && it.Plain.End() <= call.Pos()
}

// testing returns the name of the test, benchmark or helper's testing.TB that a
// call stands in, or "". A test's context has ended when its clean-up functions run.
func (ed *editor) testing(sc *scope.Package, call ast.Node) string {
	for n := ast.Node(call); n != nil; n = sc.Parents[n] {
		var params *ast.FieldList
		switch d := n.(type) {
		case *ast.FuncLit:
			params = d.Type.Params
			if c, ok := sc.Parents[d].(*ast.CallExpr); ok {
				if id := calleeIdent(c.Fun); id != nil && id.Name == "Cleanup" {
					return ""
				}
			}
		case *ast.FuncDecl:
			params = d.Type.Params
		default:
			continue
		}
		for _, field := range params.List {
			for _, id := range field.Names {
				if isTesting(ed.p.Info.TypeOf(field.Type)) && id.Name != "_" && ed.visible(id, call) {
					return id.Name
				}
			}
		}
	}
	return ""
}

// visible reports whether a parameter's name means it at a call.
func (ed *editor) visible(id *ast.Ident, call ast.Node) bool {
	inner := ed.p.Types.Scope().Innermost(call.Pos())
	if inner == nil {
		return false
	}
	_, obj := inner.LookupParent(id.Name, call.Pos())
	return obj != nil && obj == ed.p.Info.Defs[id]
}

func isTesting(t types.Type) bool {
	named := rules.Named(t)
	if named == nil || named.Obj().Pkg() == nil || named.Obj().Pkg().Path() != "testing" {
		return false
	}
	switch named.Obj().Name() {
	case "T", "B", "F", "TB":
		return true
	}
	return false
}
