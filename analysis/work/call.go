package work

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// A goroutine may be a call, and no function literal:
//
//	go s.notify(ctx, order.ID)
//
// It is put into one. What the go statement evaluates before the goroutine starts is
// evaluated there still, in the same order, and given to the literal; what is the same
// whenever it is evaluated stays in the call:
//
//	go func(ctx context.Context, id string) {
//		defer xrayDone(ctx)
//		s.notify(ctx, id)
//	}(xrayGo(ctx, "notify"), order.ID)

// passedCall is passed for a call: the context that it has, as the argument at, or what is
// in reach without its cancellation. A root context counts as none, and so does what
// passes for a context without having the request's values.
func (f *finder) passedCall(it *scope.Item, at int) bool {
	c, ok := f.p.Reach(it.Go)
	root, isCall := it.Own.(*ast.CallExpr)
	switch {
	case it.Own == nil || isCall && f.isRoot(root):
		ok = match.IsContext(c.Var.Type()) || c.Text != c.Var.Name() // not a library's own, which may be another request's later
	case f.p.Blind(it.Own):
		c, ok = f.p.Behind(it.Own)
	default:
		it.Refused = f.parameters(it, at)
		return f.p.Derives(it.Own)
	}
	it.From, it.Refused = "WithoutCancel("+c.Text+")", f.parameters(it, at)
	return ok
}

// contextOf returns the argument of a call that is its context, and which one that is;
// -1 and nil if it has none.
func (f *finder) contextOf(call *ast.CallExpr) (int, ast.Expr) {
	sig, ok := f.p.Info.TypeOf(call.Fun).Underlying().(*types.Signature)
	for i, a := range call.Args {
		if ok && i < sig.Params().Len() && match.IsContext(sig.Params().At(i).Type()) {
			return i, ast.Unparen(a)
		}
	}
	return -1, nil
}

// parameters chooses the parameters of the literal that an item's call is put into, the
// context's, for an argument, among them. It says why there can be none, or "".
func (f *finder) parameters(it *scope.Item, at int) string {
	call := it.Call
	if len(call.Args) == 1 {
		if _, ok := f.p.Info.TypeOf(call.Args[0]).(*types.Tuple); ok {
			return "it is given the results of another call: put them into variables first"
		}
	}
	value, t := f.evaluated(call)
	names := f.kept(call, value, at)
	add := func(e ast.Expr, t types.Type, wanted ...string) {
		p := scope.Param{Name: fresh(names, wanted...), Type: t, Expr: e}
		it.Params, names[p.Name] = append(it.Params, p), true
	}
	it.Ctx = fresh(names, "ctx", "goCtx")
	first := it.Own == nil || isPlain(it.Own)
	if first {
		add(it.Own, nil, it.Ctx)
	}
	if value != nil {
		if it.Own == nil && value == call.Fun {
			return "what it calls is evaluated before it starts: start it in a function literal"
		}
		add(value, t, nameOf(value), "run")
	}
	for i, a := range call.Args {
		switch {
		case i == at && !first:
			add(it.Own, nil, it.Ctx)
		case i != at && !f.p.IsFixed(a):
			p := f.param(call, i)
			add(a, p.Type(), cmp.Or(strings.Trim(p.Name(), "_"), nameOf(a)), "arg")
		}
	}
	for _, p := range it.Params {
		if p.Type != nil && holdsLock(p.Type) {
			return types.ExprString(p.Expr) + ", which is evaluated before it starts, would be copied once more, with the lock in it: give it a pointer"
		}
		if p.Type != nil && !f.isWritable(p.Type, call) {
			return types.ExprString(p.Expr) + ", which is evaluated before it starts, has a type that cannot be written here: start it in a function literal"
		}
	}
	return ""
}

// evaluated returns what of the function that a go statement calls is evaluated before
// the goroutine starts, with its type: a method's receiver, or the function's value where a
// receiver would not do; nil if it can be as well evaluated later.
func (f *finder) evaluated(call *ast.CallExpr) (ast.Expr, types.Type) {
	if f.p.IsFixed(call.Fun) {
		return nil, nil
	}
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if ok && f.p.Info.Selections[sel] != nil {
		s := f.p.Info.Selections[sel]
		fn, isMethod := s.Obj().(*types.Func)
		if _, isPointer := s.Recv().Underlying().(*types.Pointer); isMethod && s.Kind() == types.MethodVal && len(s.Index()) == 1 && takesPointer(fn) {
			id := scope.IdentOf(sel.X)
			if isPointer && f.p.IsFixed(sel.X) || !isPointer && id != nil && f.isLocal(id) { // the address of a variable stays the same
				return nil, nil
			}
			if isPointer {
				return sel.X, s.Recv()
			}
		}
	}
	return call.Fun, f.p.Info.TypeOf(call.Fun)
}

// takesPointer reports whether a method's receiver is a pointer.
func takesPointer(fn *types.Func) bool {
	_, ok := fn.Signature().Recv().Type().Underlying().(*types.Pointer)
	return ok
}

// isLocal reports whether an identifier is a variable of a function.
func (f *finder) isLocal(id *ast.Ident) bool {
	v, ok := f.p.Info.Uses[id].(*types.Var)
	return ok && v.Kind() != types.PackageVar && !v.IsField()
}

// param returns the parameter that an argument of a call is for. One of the elements of
// a variadic parameter has their type, and no name of its own.
func (f *finder) param(call *ast.CallExpr, i int) *types.Var {
	sig := f.p.Info.TypeOf(call.Fun).Underlying().(*types.Signature)
	last := sig.Params().Len() - 1
	if !sig.Variadic() || i < last || call.Ellipsis.IsValid() {
		return sig.Params().At(i)
	}
	p := sig.Params().At(last)
	if s, ok := p.Type().Underlying().(*types.Slice); ok {
		return types.NewParam(p.Pos(), p.Pkg(), "", s.Elem())
	}
	return p
}

// kept returns the names that are mentioned in what stays in a call: neither the value
// that is evaluated before, nor the context at an argument's place. What a function literal
// among it means by ctx must not change.
func (f *finder) kept(call *ast.CallExpr, value ast.Expr, at int) map[string]bool {
	names := map[string]bool{}
	note := func(e ast.Expr) {
		ast.Inspect(e, func(n ast.Node) bool {
			switch id, isIdent := n.(*ast.Ident); {
			case value != nil && n == ast.Node(value):
				return false
			case isIdent:
				names[id.Name] = names[id.Name] || !f.isMember(id)
			default:
				_, isLit := n.(*ast.FuncLit)
				names["ctx"] = names["ctx"] || isLit
			}
			return true
		})
	}
	note(call.Fun)
	for i, a := range call.Args {
		if i != at && f.p.IsFixed(a) {
			note(a)
		}
	}
	return names
}

// isMember reports whether an identifier names a field or method of what stands before it.
func (f *finder) isMember(id *ast.Ident) bool {
	sel, ok := f.p.Parents[id].(*ast.SelectorExpr)
	return ok && sel.Sel == id
}

// isPlain reports whether nothing can be told from when a context is evaluated: it is a
// variable, what one gives, or made of that.
func isPlain(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return scope.RootOf(e) != nil
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || scope.RootOf(sel) == nil || sel.Sel.Name != "Context" && scope.RootOf(sel).Name != "context" {
		return false
	}
	return !slices.ContainsFunc(call.Args, func(a ast.Expr) bool { return !isPlain(a) })
}

// nameOf returns a name for the value of an expression: the last of its own.
func nameOf(e ast.Expr) string {
	name := ""
	for name == "" {
		switch x := e.(type) {
		case *ast.Ident:
			name = x.Name
		case *ast.SelectorExpr:
			name = x.Sel.Name
		case *ast.CallExpr:
			e = x.Fun
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.UnaryExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.CompositeLit:
			e = x.Type
		default:
			return "arg"
		}
	}
	if strings.ToUpper(name) == name {
		name = strings.ToLower(name)
	}
	first, size := utf8.DecodeRuneInString(name)
	name = string(unicode.ToLower(first)) + name[size:]
	if token.IsKeyword(name) || types.Universe.Lookup(name) != nil {
		return "arg"
	}
	return name
}
