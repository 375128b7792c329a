package thread

import (
	"go/ast"
	"go/types"

	"github.com/seed-4257438c/xray-instrument/analysis/edit"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// blank returns the parameter of a function that has a request's context but no
// name, or nil where there is none, or another one that has a name.
func (s *summarizer) blank(t *ast.FuncType) *Blank {
	var ctx, req *Blank
	for _, field := range t.Params.List {
		tt := s.p.Info.TypeOf(field.Type)
		if tt == nil || !match.IsContext(tt) && (s.scope.Carrier == nil || s.scope.Carrier(tt) == nil) {
			continue
		}
		if !isBlank(field) {
			return nil
		}
		switch b := (&Blank{Place: s.place(field.Type.Pos()), Name: "ctx", Other: "reqCtx"}); {
		case match.IsContext(tt) && ctx == nil:
			ctx = b
		case req == nil:
			req = b
			if types.TypeString(tt, nil) == "*net/http.Request" {
				b.Name, b.Other = "r", "req"
			}
		}
	}
	if ctx != nil {
		return ctx
	}
	return req
}

// isBlank reports whether a parameter has no name that could be used.
func isBlank(field *ast.Field) bool {
	return len(field.Names) == 0 || len(field.Names) == 1 && field.Names[0].Name == "_"
}

// name gives the parameters of a plan that have no name one, in a declaration and the
// function literals below it. That changes no type.
func (ed *editor) name(f *find.File, d ast.Decl) error {
	file := ed.names.File(f)
	wanted := map[int]Blank{}
	for b := range ed.plan.Blanks {
		if b.Place.File == f.Path {
			wanted[b.Place.Offset] = b
		}
	}
	var failed error
	ast.Inspect(d, func(n ast.Node) bool {
		t, ok := n.(*ast.FuncType)
		if !ok || failed != nil || len(wanted) == 0 {
			return failed == nil && len(wanted) > 0
		}
		for _, field := range t.Params.List {
			if b, ok := wanted[file.Offset(field.Type.Pos())]; ok && isBlank(field) {
				name := ed.free(d, b.Name, b.Other)
				failed = ed.take(f, file.Env(d.Pos(), nil), ed.keyAround(d), ed.nameOf(file, t, field, name))
			}
		}
		return true
	})
	return failed
}

// keyAround returns the key of a function declaration, or "".
func (ed *editor) keyAround(d ast.Decl) string {
	if d, ok := d.(*ast.FuncDecl); ok {
		if fn, ok := ed.p.Info.Defs[d.Name].(*types.Func); ok {
			return keyOf(fn)
		}
	}
	return ""
}

// nameOf gives a parameter a name, and "_" to the others that have none.
func (ed *editor) nameOf(file *edit.File, t *ast.FuncType, field *ast.Field, name string) []match.Edit {
	if len(field.Names) == 1 {
		start, end := file.Offset(field.Names[0].Pos()), file.Offset(field.Names[0].End())
		return []match.Edit{{Start: start, End: end, New: name, Size: end - start}}
	}
	at := file.Offset(field.Type.Pos())
	return append(ed.blanks(file, t, field), match.Edit{Start: at, End: at, New: name + " ", Lead: true})
}
