package find

import (
	"go/ast"
	"go/types"
	"path/filepath"
	"strconv"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// fieldUse returns the first place of the package that reads or sets a field, or
// nil.
func (f *finder) fieldUse(key string) ast.Node {
	return f.fieldUseBut(key, func(ast.Node) bool { return false })
}

// fieldUseBut is fieldUse without the places that are fine.
func (f *finder) fieldUseBut(key string, fine func(ast.Node) bool) ast.Node {
	var at ast.Node
	for sel, selection := range f.p.Info.Selections {
		v, ok := selection.Obj().(*types.Var)
		if ok && !f.p.inSupport(sel.Pos()) && rules.FieldKey(rules.FieldOwner(selection), v) == key && (at == nil || sel.Pos() < at.Pos()) && !fine(sel) {
			at = sel
		}
	}
	return at
}

// anyOrigin reports whether a value comes, at any place, from one of the named
// functions of the SDK or of the package's support code.
func (f *finder) anyOrigin(e ast.Expr, names ...string) bool {
	found := false
	f.flow.Origins(e, func(e ast.Expr) bool {
		for _, name := range names {
			found = found || f.isSDK(e, name)
		}
		return found
	})
	return found
}

// isSDK reports whether e calls a function of the X-Ray SDK, or one of another
// package that forwards to it, or makes or calls support code of that name.
func (f *finder) isSDK(e ast.Expr, name string) bool {
	var id *ast.Ident
	switch e := e.(type) {
	case *ast.CallExpr:
		if fn := ast.Unparen(e.Fun); fn != nil {
			id = scope.NameOf(fn)
		}
	case *ast.CompositeLit:
		id = scope.NameOf(e.Type)
	}
	if id == nil {
		return false
	}
	obj := f.p.Info.Uses[id]
	if obj == nil || obj.Pkg() == nil {
		return false
	}
	if own, ok := f.p.SupportName(obj); ok {
		return own == name
	}
	if rules.IsSDK(obj.Pkg().Path()) {
		return obj.Name() == name
	}
	fn, ok := obj.(*types.Func)
	if !ok || obj.Pkg() == f.p.Types {
		return false
	}
	to := f.forward(fn)
	return to != nil && to.SDK == name
}

func (f *finder) place(n ast.Node) string {
	p := f.p.Fset.PositionFor(n.Pos(), false)
	name := filepath.Base(p.Filename)
	if rel, err := filepath.Rel(f.view.Dir, p.Filename); err == nil && f.view.Dir != "" {
		name = filepath.ToSlash(rel)
	}
	return name + ":" + strconv.Itoa(p.Line)
}
