package thread

import (
	"go/ast"
	"go/types"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// value notes a function that is given to another which calls it at once, and reports
// whether it is such a one. If it changes, a literal of its old type takes its place:
//
//	once.Do(s.load)    once.Do(func() { s.load(ctx) })
//
// A method's receiver is evaluated where the method is named, and in the literal each
// time it is called; so it must be a pointer in a variable that keeps its value.
func (s *summarizer) value(id *ast.Ident, fn *types.Func, key string) bool {
	e := mention(s.scope, id)
	call, ok := s.scope.Parents[e].(*ast.CallExpr)
	if !ok || s.fileOf(id.Pos()).Reason != "" || !s.isSteady(e, fn) || !s.isSpelled(e) {
		return false
	}
	i := slices.Index(call.Args, e)
	callee, ok := typeutil.Callee(s.p.Info, call).(*types.Func)
	if !ok || i < 0 || callee.Pkg() == nil {
		return false
	}
	if _, isFunc := paramType(callee.Signature(), i).(*types.Signature); !isFunc {
		return false
	}
	c := Call{Around: s.around(e), To: key, Place: s.place(id.Pos()), Value: true}
	if to := s.own(callee); to != "" {
		via := Via{To: to, Arg: i}
		c.Via = append(c.Via, via)
		use := s.asValue(id, key)
		use.Via = &via
		s.out.Uses = append(s.out.Uses, use)
	} else if !callsAtOnce(callee) || s.scope.RunsLater(call) {
		return false
	}
	if _, c.Has = s.scope.At(e); !c.Has {
		c.Hidden = s.hidden(e, s.declaration(e))
	}
	s.out.Calls = append(s.out.Calls, c)
	return true
}

// mention returns the expression that names a function: f, or x.f where id is f.
func mention(sc *scope.Package, id *ast.Ident) ast.Expr {
	if sel, ok := sc.Parents[id].(*ast.SelectorExpr); ok && sel.Sel == id {
		return sel
	}
	return id
}

// paramType returns the type below that of an argument's parameter, or nil.
func paramType(sig *types.Signature, i int) types.Type {
	last := sig.Params().Len() - 1
	if i < last || i == last && !sig.Variadic() {
		return sig.Params().At(i).Type().Underlying()
	}
	return nil
}

// isSteady reports whether an expression that names a function means the same when it
// is evaluated later.
func (s *summarizer) isSteady(e ast.Expr, fn *types.Func) bool {
	if fn.Signature().TypeParams().Len() > 0 {
		return false
	}
	recv := fn.Signature().Recv()
	if recv == nil {
		return true
	}
	sel, ok := e.(*ast.SelectorExpr)
	if !ok || s.p.Info.Selections[sel] == nil || s.p.Info.Selections[sel].Kind() != types.MethodVal {
		return false
	}
	v, ok := s.p.Info.Uses[scope.IdentOf(sel.X)].(*types.Var)
	if !ok || v.IsField() || v.Parent() == s.p.Types.Scope() || len(s.p.Info.Selections[sel].Index()) > 1 {
		return false
	}
	_, isPointer := recv.Type().(*types.Pointer)
	return isPointer && types.Identical(v.Type(), s.p.Info.Selections[sel].Recv()) && isPointerTo(v.Type()) && s.scope.IsConstant(v)
}

func isPointerTo(t types.Type) bool {
	_, ok := types.Unalias(t).(*types.Pointer)
	return ok
}

// isSpelled reports whether the types of a function can be written where it is named.
func (s *summarizer) isSpelled(e ast.Expr) bool {
	sig, ok := s.p.Info.TypeOf(e).(*types.Signature)
	if !ok {
		return false
	}
	spelled := true
	types.TypeString(sig, func(pkg *types.Package) string {
		spelled = spelled && (pkg == s.p.Types || !strings.Contains("/"+pkg.Path()+"/", "/internal/"))
		return ""
	})
	inner := s.p.Types.Scope().Innermost(e.Pos())
	ok = true
	visit(sig, func(obj *types.TypeName) {
		if obj.Pkg() != nil && obj.Pkg() != s.p.Types {
			ok = ok && obj.Exported()
		} else if _, seen := inner.LookupParent(obj.Name(), e.Pos()); seen != obj {
			ok = false
		}
	})
	return spelled && ok
}

// visit calls f for the named types that a type is written with.
func visit(t types.Type, f func(*types.TypeName)) {
	switch t := t.(type) {
	case *types.Alias:
		f(t.Obj())
		visitAll(t.TypeArgs(), f)
	case *types.Named:
		f(t.Obj())
		visitAll(t.TypeArgs(), f)
	case *types.TypeParam:
		f(t.Obj())
	case *types.Basic:
		if obj, ok := types.Universe.Lookup(t.Name()).(*types.TypeName); ok {
			f(obj)
		}
	case *types.Pointer:
		visit(t.Elem(), f)
	case *types.Slice:
		visit(t.Elem(), f)
	case *types.Array:
		visit(t.Elem(), f)
	case *types.Chan:
		visit(t.Elem(), f)
	case *types.Map:
		visit(t.Key(), f)
		visit(t.Elem(), f)
	case *types.Signature:
		for v := range t.Params().Variables() {
			visit(v.Type(), f)
		}
		for v := range t.Results().Variables() {
			visit(v.Type(), f)
		}
	}
}

func visitAll(list *types.TypeList, f func(*types.TypeName)) {
	for t := range list.Types() {
		visit(t, f)
	}
}

// wrap puts a literal of its old type around a changed function that is given to
// another.
func (ed *editor) wrap(f *find.File, sc *scope.Package, id *ast.Ident, key, goVersion string) error {
	e := mention(sc, id)
	start, end := ed.names.File(f).Offset(e.Pos()), ed.names.File(f).Offset(e.End())
	sig, ok := ed.p.Info.TypeOf(e).(*types.Signature)
	if !ok || sig.Params().Len() == 0 {
		return nil // the proof will tell
	}
	env := ed.names.File(f).Env(e.Pos(), nil)
	ctx, err := ed.context(sc, env, e, f, goVersion)
	if err != nil {
		return err
	}
	var failed error
	spell := func(t types.Type) string {
		return types.TypeString(t, func(pkg *types.Package) string {
			if pkg == ed.p.Types {
				return ""
			}
			name, err := env.Package(pkg.Path(), pkg.Name())
			if err != nil {
				failed = err
			}
			return name
		})
	}
	params, args := literalParams(sig, spell, ctx+" "+string(f.Src[start:end]))
	results := ""
	switch n := sig.Results().Len(); {
	case n == 1:
		results = spell(sig.Results().At(0).Type()) + " "
	case n > 1:
		var list []string
		for v := range sig.Results().Variables() {
			list = append(list, spell(v.Type()))
		}
		results = "(" + strings.Join(list, ", ") + ") "
	}
	if failed != nil {
		return failed
	}
	begin := "func(" + strings.Join(params, ", ") + ") " + results + "{ "
	if results != "" {
		begin += "return "
	}
	return ed.take(f, env, key, []match.Edit{
		{Start: start, End: start, New: begin, Lead: true, Size: end - start},
		{Start: end, End: end, New: "(" + strings.Join(append([]string{ctx}, args...), ", ") + ") }"},
	})
}

// literalParams returns the parameters of the literal that stands for a function, and
// how it passes them on, by names that none of the words in taken is.
func literalParams(sig *types.Signature, spell func(types.Type) string, taken string) (params, args []string) {
	used := map[string]bool{"_": true, "": true}
	for _, word := range strings.FieldsFunc(taken, func(r rune) bool { return r == '.' || r == '(' || r == ')' || r == ' ' }) {
		used[word] = true
	}
	for i := 1; i < sig.Params().Len(); i++ {
		v := sig.Params().At(i)
		name := v.Name()
		for n := i; used[name]; n++ {
			name = "v" + strconv.Itoa(n)
		}
		used[name] = true
		if sig.Variadic() && i == sig.Params().Len()-1 {
			params = append(params, name+" ..."+spell(v.Type().(*types.Slice).Elem()))
			args = append(args, name+"...")
			continue
		}
		params, args = append(params, name+" "+spell(v.Type())), append(args, name)
	}
	return params, args
}
