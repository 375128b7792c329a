package find

import (
	"go/ast"
	"go/types"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// The reasons of places that mention what an idiom is about, in a way that no
// idiom describes.
const (
	asValue  = "it is used as a value and called elsewhere: call it where it is used, or wrap it in a function that takes a context"
	oddShape = "it is written in a form that no idiom describes: write the call plainly, literals with keys"
)

// unusual finds a function or type that a plain side is about where no idiom
// matches: a method value, a function that is handed on, a call with a spread
// result, a literal without keys. Such a place stays and is reported.
func (f *finder) unusual(n ast.Node) *Site {
	var id *ast.Ident
	switch n := n.(type) {
	case *ast.Ident:
		id = n
	case *ast.CompositeLit:
		if n.Type == nil { // its type is said by the literal around it
			return f.ofType(n, f.p.Info.TypeOf(n))
		}
	case *ast.ValueSpec:
		if len(n.Values) == 0 && n.Type != nil {
			return f.zeroValue(n, f.p.Info.TypeOf(n.Type))
		}
	case *ast.CallExpr:
		if b, ok := f.p.Info.Uses[scope.IdentOf(n.Fun)].(*types.Builtin); ok && b.Name() == "new" {
			return f.zeroValue(n, f.p.Info.TypeOf(n.Args[0]))
		}
	case *ast.AssignStmt:
		return f.assignedTogether(n)
	}
	if id == nil {
		return nil
	}
	idiom := f.m.PlainHead(f.unit, id)
	if idiom == nil {
		return nil
	}
	whole, reason := f.wholeUse(id)
	if whole == nil || f.matched[whole] {
		return nil
	}
	return &Site{Node: whole, Pos: namePos(whole), Kind: idiom.Kind, Rule: idiom.Name, Status: Skipped, Reason: reason}
}

// zeroValue finds a variable or new value of a type that has an idiom for its
// literals. One whose fields are set later is the idiom's that sets them.
func (f *finder) zeroValue(n ast.Node, t types.Type) *Site {
	s := f.ofType(n, t)
	if s != nil && s.Rule == "ServerDefault" && f.fieldUse("net/http.Server.Handler") != nil {
		return nil
	}
	return s
}

// assignedTogether finds a field that an idiom is about among several that one
// statement sets.
func (f *finder) assignedTogether(n *ast.AssignStmt) *Site {
	if len(n.Lhs) < 2 {
		return nil
	}
	for _, l := range n.Lhs {
		if idiom := f.m.AssignTo(f.unit, l); idiom != nil {
			return &Site{Node: n, Pos: l.(*ast.SelectorExpr).Sel.Pos(), Kind: idiom.Kind, Rule: idiom.Name, Status: Skipped, Reason: oddShape}
		}
	}
	return nil
}

// ofType returns the site of a value of a type that a literal's idiom is about.
func (f *finder) ofType(n ast.Node, t types.Type) *Site {
	named := rules.Named(t)
	if named == nil {
		return nil
	}
	_, isVar := n.(*ast.ValueSpec)
	if _, isPointer := t.(*types.Pointer); isPointer && isVar {
		return nil // nil pointers
	}
	key := rules.KeyOf(named.Obj(), nil)
	lit, _ := n.(*ast.CompositeLit)
	idiom := f.m.LiteralOf(key, isVar, lit)
	if idiom == nil {
		idiom = f.m.LiteralOf(key, false, lit)
	}
	if idiom == nil {
		return nil
	}
	return &Site{Node: n, Pos: n.Pos(), Kind: idiom.Kind, Rule: idiom.Name, Status: Skipped, Reason: oddShape}
}

// wholeUse returns the call, literal or value that an identifier names, and what
// is unusual about it if no idiom matches. Types outside literals are nothing to
// trace.
func (f *finder) wholeUse(id *ast.Ident) (ast.Node, string) {
	var e ast.Expr = id
	if sel, ok := f.parents[id].(*ast.SelectorExpr); ok && sel.Sel == id {
		e = sel
	}
	e = f.scope.Parenthesized(e)
	isType := f.p.Info.Types[e].IsType()
	switch p := f.parents[e].(type) {
	case *ast.CallExpr:
		if p.Fun == e && !isType {
			return p, oddShape
		}
	case *ast.CompositeLit:
		if p.Type == e {
			return p, oddShape
		}
	case *ast.SelectorExpr:
		return nil, "" // a field or method of it is meant
	}
	if isType || f.isField(id) {
		return nil, ""
	}
	return e, asValue
}

func (f *finder) isField(id *ast.Ident) bool {
	obj := f.p.Info.Uses[id]
	return obj == nil || rules.KeyOf(obj, nil) == ""
}
