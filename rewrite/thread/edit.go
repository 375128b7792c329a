package thread

import (
	"bytes"
	"go/ast"
	"go/token"
	"go/types"
	"go/version"
	"strconv"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/edit"
	"github.com/seed-4257438c/xray-instrument/analysis/edit/splice"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// File is a file's edits.
type File struct {
	Path   string
	Before []byte
	Edits  []match.Edit
	Keys   []string // the function that each edit is made for; "" for import lines
}

// Text returns the file after its edits, laid out as before.
func (f *File) Text() ([]byte, error) {
	after, err := f.raw()
	if err != nil {
		return nil, err
	}
	return splice.Layout(f.Before, after), nil
}

// raw returns the text that offsets of further edits refer to.
func (f *File) raw() ([]byte, error) { return splice.Apply(f.Before, f.Edits) }

// Files are the edits of files, by path.
type Files map[string]*File

// Raw returns the texts with the edits made and nothing laid out anew.
func (fs Files) Raw() (map[string][]byte, error) {
	out := map[string][]byte{}
	for path, f := range fs {
		text, err := f.raw()
		if err != nil {
			return nil, err
		}
		out[path] = text
	}
	return out, nil
}

// editor makes the edits of one package.
type editor struct {
	plan  *Plan
	p     *find.Package
	names *edit.Package
	keys  map[*find.File][]string
}

func (plan *Plan) editor(p *find.Package) *editor {
	return &editor{plan: plan, p: p, names: edit.New(p, nil), keys: map[*find.File][]string{}}
}

// take adds edits for a function to a file.
func (ed *editor) take(f *find.File, e *edit.Env, key string, edits []match.Edit) error {
	if err := ed.names.File(f).Take(nil, e, edits); err != nil {
		return err
	}
	for range edits {
		ed.keys[f] = append(ed.keys[f], key)
	}
	return nil
}

// files returns what was taken, with the import lines that it needs.
func (ed *editor) files(into Files) {
	for _, f := range ed.p.Files {
		fl := ed.names.Edited(f)
		if fl == nil {
			continue
		}
		lines, _ := fl.ImportEdits()
		out := &File{Path: f.Path, Before: f.Src, Edits: append(append([]match.Edit(nil), fl.Edits...), lines...), Keys: ed.keys[f]}
		for range lines {
			out.Keys = append(out.Keys, "")
		}
		into[f.Path] = out
	}
}

// Declare adds the edits of a package's declarations to files.
func (plan *Plan) Declare(p *find.Package, into Files) error {
	ed := plan.editor(p)
	for _, f := range p.Files {
		for _, d := range f.Syntax.Decls {
			if d, ok := d.(*ast.FuncDecl); ok {
				if err := ed.function(f, d); err != nil {
					return err
				}
			}
		}
		var failed error
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			if iface, ok := n.(*ast.InterfaceType); ok && failed == nil {
				failed = ed.methods(f, iface)
			}
			return failed == nil
		})
		if failed != nil {
			return failed
		}
	}
	ed.files(into)
	return nil
}

func (ed *editor) function(f *find.File, d *ast.FuncDecl) error {
	fn, ok := ed.p.Info.Defs[d.Name].(*types.Func)
	if !ok {
		return nil
	}
	key := keyOf(fn)
	file := ed.names.File(f)
	e := file.Env(d.Pos(), nil)
	switch {
	case ed.plan.Named[key] != nil:
		return ed.take(f, e, key, ed.name(file, d))
	case ed.plan.Changed[key] == nil:
		return nil
	}
	name := "_"
	if ed.plan.Needs[key] {
		name = ed.free(d)
	}
	edits, err := ed.parameter(f, e, d.Type, name)
	if err == nil && ed.plan.Twins[key] {
		var twin []match.Edit
		twin, err = ed.twin(f, e, d)
		edits = append(edits, twin...)
	}
	if err != nil {
		return err
	}
	return ed.take(f, e, key, edits)
}

func (ed *editor) methods(f *find.File, iface *ast.InterfaceType) error {
	for _, m := range iface.Methods.List {
		t, ok := m.Type.(*ast.FuncType)
		if !ok || len(m.Names) != 1 {
			continue
		}
		fn, ok := ed.p.Info.Defs[m.Names[0]].(*types.Func)
		if !ok || ed.plan.Changed[keyOf(fn)] == nil {
			continue
		}
		e := ed.names.File(f).Env(m.Pos(), nil)
		name := "ctx"
		if len(t.Params.List) > 0 && len(t.Params.List[0].Names) == 0 {
			name = ""
		}
		edits, err := ed.parameter(f, e, t, name)
		if err == nil {
			err = ed.take(f, e, keyOf(fn), edits)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// parameter puts a context in front of a function's parameters:
//
//	func f(a int)          func f(ctx context.Context, a int)
//	func f(int)            func f(ctx context.Context, _ int)
//
// Where the name would be blank and the others have none, it has none either.
func (ed *editor) parameter(f *find.File, e *edit.Env, t *ast.FuncType, name string) ([]match.Edit, error) {
	pkg, err := e.Package("context", "context")
	if err != nil {
		return nil, err
	}
	text := "Context"
	if pkg != "" {
		text = pkg + ".Context"
	}
	unnamed := len(t.Params.List) > 0 && len(t.Params.List[0].Names) == 0
	var edits []match.Edit
	file := ed.names.File(f)
	switch {
	case name == "" || name == "_" && unnamed:
	case unnamed:
		text = name + " " + text
		edits = ed.blanks(file, t, nil)
	default:
		text = name + " " + text
	}
	var first ast.Node
	if len(t.Params.List) > 0 {
		first = t.Params.List[0]
	}
	return append(edits, ed.inFront(f, t.Params.Opening, t.Params.Closing, first, text)), nil
}

// blanks names the unnamed parameters of a function "_", but for one.
func (ed *editor) blanks(file *edit.File, t *ast.FuncType, but *ast.Field) []match.Edit {
	var edits []match.Edit
	for _, field := range t.Params.List {
		if field != but {
			at := file.Offset(field.Type.Pos())
			edits = append(edits, match.Edit{Start: at, End: at, New: "_ ", Lead: true})
		}
	}
	return edits
}

// inFront inserts an element into a parenthesised list: in front of its first, on a
// line of its own behind the parenthesis where the list is written so.
func (ed *editor) inFront(f *find.File, opening, closing token.Pos, first ast.Node, text string) match.Edit {
	offset := func(pos token.Pos) int { return int(pos - f.Syntax.FileStart) }
	if first == nil {
		at := offset(closing)
		return match.Edit{Start: at, End: at, New: text}
	}
	at, start := offset(opening)+1, offset(first.Pos())
	between := f.Src[at:start]
	if nl := bytes.LastIndexByte(between, '\n'); nl >= 0 {
		eol := "\n"
		if bytes.Contains(f.Src, []byte("\r\n")) {
			eol = "\r\n"
		}
		return match.Edit{Start: at, End: at, New: eol + string(indentOf(between[nl+1:])) + text + ","}
	}
	return match.Edit{Start: start, End: start, New: text + ", ", Lead: true, Size: int(first.End() - first.Pos())}
}

// indentOf returns the white space that a line begins with.
func indentOf(line []byte) []byte {
	return line[:len(line)-len(bytes.TrimLeft(line, " \t"))]
}

// name gives a function's context parameter a name.
func (ed *editor) name(file *edit.File, d *ast.FuncDecl) []match.Edit {
	field := contextParam(ed.p.Info, d.Type)
	name := ed.free(d)
	if len(field.Names) == 1 {
		start, end := file.Offset(field.Names[0].Pos()), file.Offset(field.Names[0].End())
		return []match.Edit{{Start: start, End: end, New: name, Size: end - start}}
	}
	at := file.Offset(field.Type.Pos())
	return append(ed.blanks(file, d.Type, field), match.Edit{Start: at, End: at, New: name + " ", Lead: true})
}

// free returns a name for a context that nothing in a function is called, nor is
// meant by it there.
func (ed *editor) free(d *ast.FuncDecl) string {
	taken := map[string]bool{}
	ast.Inspect(d, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		obj := ed.p.Info.Defs[id]
		if obj == nil {
			obj = ed.p.Info.Uses[id]
		}
		if _, isLabel := obj.(*types.Label); isLabel {
			return true
		}
		if obj == nil || obj.Parent() != nil { // not a field or method
			taken[id.Name] = true
		}
		return true
	})
	name := "ctx"
	for i := 1; taken[name]; i++ {
		name = "reqCtx"
		if i > 1 {
			name += strconv.Itoa(i)
		}
	}
	return name
}

// Pass adds to files the arguments of the calls in a package, whose declarations
// have been edited already: what is in scope at a call is then to be seen.
func (plan *Plan) Pass(p *find.Package, goVersion string, into Files) error {
	ed := plan.editor(p)
	sc := &scope.Package{Types: p.Types, Info: p.Info, Parents: find.Parents(p)}
	for _, f := range p.Files {
		var failed error
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || failed != nil {
				return failed == nil
			}
			if key := ed.callee(call); key != "" {
				if _, has := sc.At(call); has || !plan.Twins[key] { // without one, the wrapper is called
					failed = ed.argument(f, sc, call, key, goVersion)
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

// callee returns the key of the changed function that a call calls, or "".
func (ed *editor) callee(call *ast.CallExpr) string {
	id := calleeIdent(call.Fun)
	if id == nil {
		return ""
	}
	fn, ok := ed.p.Info.Uses[id].(*types.Func)
	if !ok || ed.plan.Changed[keyOf(fn)] == nil {
		return ""
	}
	return keyOf(fn)
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

// context returns the context that a call is to be given: the one in reach, a
// test's, or a root.
func (ed *editor) context(sc *scope.Package, e *edit.Env, call *ast.CallExpr, f *find.File, goVersion string) (string, error) {
	fromPackage := func(name string) (string, error) {
		pkg, err := e.Package("context", "context")
		if pkg != "" {
			name = pkg + "." + name
		}
		return name, err
	}
	if c, ok := sc.At(call); ok {
		if !c.Detach {
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

// testing returns the name of the test, benchmark or helper's testing.TB that a
// call stands in, or "". A test's context has ended when its clean-up functions run.
func (ed *editor) testing(sc *scope.Package, call *ast.CallExpr) string {
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
func (ed *editor) visible(id *ast.Ident, call *ast.CallExpr) bool {
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

// Origin returns the offset, before the edits, of an offset in the file's text after
// them. Laying out moves white space alone, so that what is counted is the rest.
func (f *File) Origin(text []byte, offset int) int {
	raw, err := f.raw()
	if err != nil {
		return min(offset, len(f.Before))
	}
	solid := 0
	for _, c := range text[:offset] {
		if !isSpace(c) {
			solid++
		}
	}
	at := 0
	for ; at < len(raw); at++ {
		if isSpace(raw[at]) {
			continue
		}
		if solid == 0 {
			break
		}
		solid--
	}
	return splice.Unmap(f.Edits, at)
}

// isSpace reports whether laying out may add or take away a byte: white space, and
// the semicolons that stand for line ends.
func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ';' }

// Blame returns the function whose edit is nearest to an offset of a file's new
// text, or "".
func (f *File) Blame(offset int) string {
	at := splice.Unmap(f.Edits, offset)
	best, distance := "", -1
	for i, e := range f.Edits {
		if f.Keys[i] == "" {
			continue
		}
		if d := max(e.Start-at, at-e.End); distance < 0 || d < distance {
			best, distance = f.Keys[i], d
		}
	}
	return best
}
