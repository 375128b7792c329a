package match

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// fits verifies by types what syntax cannot show: that the selectors which the
// other side has in place of this one's exist on the user's receiver and are
// the catalog's objects, and that a family's member has its twin.
func (w *walker) fits() bool {
	if w.m.method != "" && !w.m.pats.chained() {
		return w.hasTwin()
	}
	other := w.m.pats.xray
	if w.m.Traced {
		other = w.m.pats.plain
	}
	ok := true
	ast.Inspect(other.node, func(n ast.Node) bool {
		sel, isSel := n.(*ast.SelectorExpr)
		if !isSel {
			return true
		}
		if hole := w.m.Holes[other.hole(sel.X)]; hole != nil && len(hole.Exprs) == 1 {
			name, key := sel.Sel.Name, ""
			if ref := other.ref(sel.Sel); ref != nil {
				key = ref.Object
			}
			if w.m.method != "" && other.ref(sel.Sel) == other.headRef() {
				name, key = w.m.method, strings.TrimSuffix(key, name)+w.m.method
			}
			ok = ok && (key == "" || w.m.unit.selects(hole.Exprs[0], name, key))
		}
		return true
	})
	return ok
}

// selects reports whether e.name is the object of a key: a promoted method may
// be hidden by one of the embedding type.
func (u *Unit) selects(e ast.Expr, name, key string) bool {
	t := u.Info.TypeOf(e)
	if t == nil {
		return false
	}
	obj, _, _ := types.LookupFieldOrMethod(t, true, u.Pkg, name)
	switch obj := obj.(type) {
	case *types.Func:
		return rules.KeyOf(obj, nil) == key
	case *types.Var:
		return obj.IsField()
	}
	return false
}

// chained reports whether the traced side of a family calls the same methods as the
// plain one, on what another method returns: x.WithContext(ctx).First().
func (s *sides) chained() bool {
	call, ok := s.xray.node.(*ast.CallExpr)
	if !ok || s.suffix != "" {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	_, ok = sel.X.(*ast.CallExpr)
	return ok
}

// mayBeOf reports whether a method's type may be a family's: any that has a twin, or,
// where the traced side calls the same method, the type that the pattern names.
func (s *sides) mayBeOf(fn *types.Func) bool {
	return !s.chained() || strings.Contains(s.plain.headRef().Object, "."+rules.TypeName(fn.Signature().Recv().Type())+".")
}

// isAbout reports whether a member of a family is one without a context: its type has a
// twin of it, or is an interface that the library has another one beside for.
func (s *sides) isAbout(fn *types.Func) bool {
	sig := fn.Signature()
	if sig.Params().Len() > 0 && IsContext(sig.Params().At(0).Type()) || !s.mayBeOf(fn) {
		return false
	}
	if s.chained() {
		return true
	}
	recv := sig.Recv().Type()
	if twin, _, _ := types.LookupFieldOrMethod(recv, true, fn.Pkg(), fn.Name()+s.suffix); twin != nil {
		return true
	}
	return types.IsInterface(recv) && fn.Pkg().Scope().Lookup(rules.TypeName(recv)+s.suffix) != nil
}

// hasTwin reports whether the receiver of a family's method has the method of
// the other side, with a context in front, the same parameters and results, and
// at most a variadic parameter more.
func (w *walker) hasTwin() bool {
	call, ok := w.m.Node.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	t := w.m.unit.Info.TypeOf(sel.X)
	plain := w.familyMethod(t, w.m.method)
	traced := w.familyMethod(t, w.m.method+w.m.pats.suffix)
	if plain == nil || traced == nil {
		return false
	}
	if w.m.pats.suffix == "" { // the same method, called with another context
		return rules.TypeName(plain.Recv().Type()) == "Client" && plain.Params().Len() > 0 && IsContext(plain.Params().At(0).Type())
	}
	return isTwin(plain, traced)
}

// familyMethod returns the signature of a type's method that a package of the family
// declares, or nil: a type of the program may have one of that name in its place.
func (w *walker) familyMethod(t types.Type, name string) *types.Signature {
	if t == nil {
		return nil
	}
	obj, _, _ := types.LookupFieldOrMethod(t, true, w.m.unit.Pkg, name)
	if fn, ok := obj.(*types.Func); ok && fn.Pkg() != nil && inFamily(w.m.Idiom, fn.Pkg().Path()) {
		return fn.Signature()
	}
	return nil
}

func isTwin(plain, traced *types.Signature) bool {
	n, m := plain.Params().Len(), traced.Params().Len()
	if m < n+1 || m > n+2 || !IsContext(traced.Params().At(0).Type()) {
		return false
	}
	for i := range n {
		if !types.Identical(plain.Params().At(i).Type(), traced.Params().At(i+1).Type()) {
			return false
		}
	}
	return (m == n+1 || traced.Variadic()) && types.Identical(plain.Results(), traced.Results())
}

// IsContext reports whether t is context.Context.
func IsContext(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "context" && named.Obj().Name() == "Context"
}
