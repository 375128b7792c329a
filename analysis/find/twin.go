package find

import (
	"go/ast"
	"go/types"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// twin is what database/sql and the libraries around it put behind a name for the
// function, method or interface that takes contexts.
const twin = "Context"

// takesContextArgs: the arguments of a library's function may also be given to its
// twin with a context, which wants methods with contexts of them.
func takesContextArgs(f *finder, s *Site) (Status, string) {
	call := s.Node.(*ast.CallExpr)
	fn := calleeOf(f.p.Info, call)
	other, ok := fn.Pkg().Scope().Lookup(fn.Name() + twin).(*types.Func)
	if !ok {
		return Traceable, ""
	}
	params := other.Signature().Params()
	for i := range min(len(call.Args), params.Len()-1) {
		want := params.At(i + 1).Type()
		t := f.p.Info.TypeOf(call.Args[i])
		if types.IsInterface(want) && !types.AssignableTo(t, want) {
			return Skipped, "its argument " + types.ExprString(call.Args[i]) + " is a " + f.typeName(t) + ", whose methods take no context: declare it as " + f.typeName(want)
		}
	}
	return Traceable, ""
}

// typeName returns a type as the package would write it.
func (f *finder) typeName(t types.Type) string {
	return types.TypeString(t, func(pkg *types.Package) string {
		if pkg == f.p.Types {
			return ""
		}
		return pkg.Name()
	})
}

// withoutTwin finds a call of a library's method that a family is about, through an
// interface of that library whose methods take no context: sqlx.Ext. The library has
// another one beside it whose methods do.
func (f *finder) withoutTwin(n ast.Node) *Site {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return nil
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	idiom := f.m.PlainHead(f.unit, sel.Sel)
	if idiom == nil || len(idiom.Members) == 0 {
		return nil
	}
	fn := f.p.Info.Uses[sel.Sel].(*types.Func)
	if !types.IsInterface(fn.Signature().Recv().Type()) {
		return nil
	}
	t := f.p.Info.TypeOf(sel.X)
	if obj, _, _ := types.LookupFieldOrMethod(t, true, f.p.Types, fn.Name()+twin); obj != nil {
		return nil
	}
	f.matched[call] = true
	s := &Site{Node: call, Pos: namePos(call), Kind: idiom.Kind, Rule: idiom.Name, Status: Skipped,
		Reason: "it is called through " + f.typeName(t) + ", whose " + fn.Name() + " takes no context"}
	if named := rules.Named(t); named != nil && named.Obj().Pkg() == fn.Pkg() && fn.Pkg().Scope().Lookup(named.Obj().Name()+twin) != nil {
		s.Reason += ": declare it as " + f.typeName(t) + twin
	} else {
		s.Reason += ": embed an interface whose methods do"
	}
	return s
}
