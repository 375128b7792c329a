package thread

import (
	"bytes"
	"go/ast"
	"go/token"
	"go/types"
	"strconv"

	"github.com/seed-4257438c/xray-instrument/analysis/edit"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// Declare adds the edits of a package's declarations to files.
func (plan *Plan) Declare(p *find.Package, into Files) error {
	ed := plan.editor(p)
	for _, f := range p.Files {
		for _, d := range f.Syntax.Decls {
			if err := ed.name(f, d); err != nil {
				return err
			}
			if d, ok := d.(*ast.FuncDecl); ok {
				if err := ed.function(f, d); err != nil {
					return err
				}
				if err := ed.aliases(f, d); err != nil {
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
	if ed.plan.Changed[key] == nil {
		return nil
	}
	name := "_"
	if ed.plan.Needs[key] {
		name = ed.free(d, "ctx", "reqCtx")
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
		if in := unnamed(fn); in != nil {
			ed.plan.changed[keyIn(in, fn, ed.plan)] = keyOf(fn)
		}
		e := ed.names.File(f).Env(m.Pos(), nil)
		name := ""
		if len(t.Params.List) == 0 || len(t.Params.List[0].Names) > 0 {
			name = ed.free(t, "ctx", "reqCtx")
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
		return match.Edit{Start: at, End: at, New: eol(f.Src) + string(indentOf(between[nl+1:])) + text + ","}
	}
	return match.Edit{Start: start, End: start, New: text + ", ", Lead: true, Size: int(first.End() - first.Pos())}
}

// eol returns how the lines of a file end.
func eol(src []byte) string {
	if bytes.Contains(src, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

// indentOf returns the white space that a line begins with.
func indentOf(line []byte) []byte {
	return line[:len(line)-len(bytes.TrimLeft(line, " \t"))]
}

// free returns a name that nothing in a declaration is called, nor is meant by it
// there: one of two, or the other with a number.
func (ed *editor) free(d ast.Node, name, other string) string {
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
	for i := 1; taken[name]; i++ {
		name = other
		if i > 1 {
			name += strconv.Itoa(i)
		}
	}
	return name
}
