package match

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// walker compares one pattern with one piece of user code.
type walker struct {
	m *Match
	p *pattern
}

func (w *walker) node(p, u ast.Node) bool {
	switch p := p.(type) {
	case *ast.AssignStmt:
		u, ok := u.(*ast.AssignStmt)
		return ok && u.Tok == token.ASSIGN && len(u.Lhs) == 1 && len(u.Rhs) == 1 &&
			w.expr(p.Lhs[0], u.Lhs[0]) && w.expr(p.Rhs[0], u.Rhs[0])
	case *ast.ValueSpec:
		u, ok := u.(*ast.ValueSpec)
		return ok && w.spec(p, u)
	case ast.Expr:
		u, ok := u.(ast.Expr)
		return ok && w.expr(p, u)
	}
	return false
}

func (w *walker) spec(p, u *ast.ValueSpec) bool {
	if len(u.Names) != 1 || len(u.Values) != len(p.Values) || (u.Type == nil) != (p.Type == nil) || u.Names[0].Name == "_" {
		return false
	}
	w.m.local[p.Names[0].Name] = u.Names[0]
	if p.Type != nil && !w.expr(p.Type, u.Type) {
		return false
	}
	return len(p.Values) == 0 || w.expr(p.Values[0], u.Values[0])
}

func (w *walker) expr(p, u ast.Expr) bool {
	if name := w.p.hole(p); name != "" {
		return w.bind(name, u)
	}
	switch p := p.(type) {
	case *ast.Ident:
		return w.ident(p, u)
	case *ast.SelectorExpr:
		return w.selector(p, u)
	case *ast.CallExpr:
		u, ok := u.(*ast.CallExpr)
		return ok && w.expr(p.Fun, u.Fun) && w.args(p, u)
	case *ast.CompositeLit:
		u, ok := u.(*ast.CompositeLit)
		return ok && w.literal(p, u)
	case *ast.UnaryExpr:
		u, ok := u.(*ast.UnaryExpr)
		return ok && p.Op == u.Op && w.expr(p.X, u.X)
	case *ast.StarExpr:
		u, ok := u.(*ast.StarExpr)
		return ok && w.expr(p.X, u.X)
	case *ast.BasicLit:
		u, ok := u.(*ast.BasicLit)
		return ok && p.Kind == u.Kind && p.Value == u.Value
	case *ast.FuncLit:
		u, ok := u.(*ast.FuncLit)
		return ok && w.function(p, u)
	}
	return false
}

// bind gives a hole its expression. No hole stands twice in a pattern.
func (w *walker) bind(name string, u ast.Expr) bool {
	if w.m.unit.Info.Types[u].IsType() {
		return false
	}
	w.m.Holes[name] = &Hole{Exprs: []ast.Expr{u}}
	return true
}

// ident matches a name that is not qualified in the pattern: a builtin, nil,
// support code, or a local name of the pattern.
func (w *walker) ident(p *ast.Ident, u ast.Expr) bool {
	id, ok := u.(*ast.Ident)
	if !ok {
		return false
	}
	if ref := w.p.ref(p); ref != nil {
		return w.same(ref, id)
	}
	obj := w.m.unit.Info.ObjectOf(id)
	if types.Universe.Lookup(p.Name) != nil {
		return obj == types.Universe.Lookup(id.Name) && id.Name == p.Name
	}
	if known := w.m.local[p.Name]; known != nil {
		return w.m.unit.Info.ObjectOf(known) == obj
	}
	w.m.local[p.Name] = id
	return true
}

// same reports whether a user's identifier is the object of a pattern's.
func (w *walker) same(ref *rules.Ref, id *ast.Ident) bool {
	obj := w.m.unit.Info.Uses[id]
	if obj == nil {
		return false
	}
	key := normalKey(rules.KeyOf(obj, w.m.unit.Support))
	if key != "" && key == normalKey(ref.Object) {
		return true
	}
	return obj.Pkg() != nil && inFamily(w.m.Idiom, objectPath(ref.Object)) && w.familyMember(ref, obj)
}

// familyMember matches an object of a family's package that stands for the
// one that the pattern names: the same function or type of another package, or
// any method.
func (w *walker) familyMember(ref *rules.Ref, obj types.Object) bool {
	if !inFamily(w.m.Idiom, obj.Pkg().Path()) || w.m.pkg != nil && w.m.pkg != obj.Pkg() {
		return false
	}
	name := ref.Object[strings.LastIndex(ref.Object, ".")+1:]
	fn, isFunc := obj.(*types.Func)
	isMethod := isFunc && fn.Signature().Recv() != nil
	typ := strings.TrimPrefix(ref.Object, objectPath(ref.Object)+".")
	switch {
	case isMethod != strings.Contains(typ, "."):
		return false
	case !isMethod && obj.Name() != name:
		return false
	case isMethod && (ref != w.p.headRef() || !w.methodName(fn)):
		return false
	}
	w.m.pkg = obj.Pkg()
	return true
}

// methodName notes the plain side's name of a family's method.
func (w *walker) methodName(fn *types.Func) bool {
	name := fn.Name()
	if !fn.Exported() || rules.TypeName(fn.Signature().Recv().Type()) == "" {
		return false
	}
	if w.p == w.m.pats.xray && w.m.pats.suffix != "" {
		var ok bool
		if name, ok = strings.CutSuffix(name, w.m.pats.suffix); !ok {
			return false
		}
	}
	if !isMember(w.m.Idiom, name) || !w.m.pats.mayBeOf(fn) {
		return false
	}
	w.m.method = name
	return true
}

// isMember reports whether a method may share the idiom of a family.
func isMember(d *rules.Idiom, method string) bool {
	return len(d.Members) == 0 || slices.Contains(d.Members, method)
}

// objectPath returns the package's path of a key.
func objectPath(key string) string {
	slash := strings.LastIndex(key, "/")
	dot := strings.Index(key[slash+1:], ".")
	if dot < 0 {
		return key
	}
	return key[:slash+1+dot]
}

func (w *walker) selector(p *ast.SelectorExpr, u ast.Expr) bool {
	ref := w.p.ref(p.Sel)
	if id, ok := p.X.(*ast.Ident); ok {
		if q := w.p.ref(id); q != nil && q.Path != "" {
			return w.qualified(p, id, ref, u)
		}
	}
	sel, ok := u.(*ast.SelectorExpr)
	if !ok || ref == nil {
		return false
	}
	selection := w.m.unit.Info.Selections[sel]
	if selection == nil || selection.Kind() == types.MethodExpr {
		return false
	}
	if selection.Kind() == types.FieldVal {
		if w.m.unit.keyOf(sel) != ref.Object && !w.familyField(ref, selection) {
			return false
		}
	} else if !w.same(ref, sel.Sel) {
		return false
	}
	if !w.expr(p.X, sel.X) {
		return false
	}
	if name := w.p.hole(p.X); name != "" {
		w.m.Holes[name].Receiver = true
	}
	return true
}

// familyField matches a field of a family's type by its name.
func (w *walker) familyField(ref *rules.Ref, sel *types.Selection) bool {
	path := objectPath(ref.Object)
	f := sel.Obj()
	return inFamily(w.m.Idiom, path) && f.Pkg() != nil && (w.m.pkg == nil || w.m.pkg == f.Pkg()) &&
		inFamily(w.m.Idiom, f.Pkg().Path()) && strings.HasSuffix(ref.Object, "."+f.Name())
}

// qualified matches pkg.Name, under whatever name the package is imported.
func (w *walker) qualified(p *ast.SelectorExpr, pkg *ast.Ident, ref *rules.Ref, u ast.Expr) bool {
	var id, qual *ast.Ident
	switch u := u.(type) {
	case *ast.Ident: // a dot import
		id = u
	case *ast.SelectorExpr:
		x, ok := u.X.(*ast.Ident)
		if !ok {
			return false
		}
		if _, ok := w.m.unit.Info.Uses[x].(*types.PkgName); !ok {
			return false
		}
		id, qual = u.Sel, x
	default:
		return false
	}
	if ref == nil || !w.same(ref, id) {
		return false
	}
	w.m.quals[w.p.offset(pkg.Pos())] = qual
	return true
}

// args matches a call's arguments. The last of the pattern's may be a variadic
// hole, "append(hole, more...)..." on a traced side.
func (w *walker) args(p, u *ast.CallExpr) bool {
	name, more := w.p.variadic(p)
	if name == "" {
		return len(p.Args) == len(u.Args) && p.Ellipsis.IsValid() == u.Ellipsis.IsValid() && w.each(p.Args, u.Args)
	}
	fixed := p.Args[:len(p.Args)-1]
	if len(u.Args) < len(fixed) || !w.each(fixed, u.Args[:len(fixed)]) {
		return false
	}
	rest := u.Args[len(fixed):]
	if len(rest) == 1 && w.m.unit.isTuple(rest[0]) {
		return false
	}
	if u.Ellipsis.IsValid() {
		if len(more) == 0 { // a family's member may have parameters before the variadic one
			w.m.Holes[name] = &Hole{Exprs: rest, Spread: true}
			return true
		}
		return len(rest) == 1 && w.spread(name, more, rest[0])
	}
	if len(rest) < len(more) {
		return false
	}
	n := len(rest) - len(more)
	w.m.Holes[name] = &Hole{Exprs: rest[:n]}
	return w.each(more, rest[n:])
}

// isTuple reports whether an expression is a call of several results, which are the
// arguments of the call around it.
func (u *Unit) isTuple(e ast.Expr) bool {
	_, ok := u.Info.TypeOf(e).(*types.Tuple)
	return ok
}

// spread matches a slice that is given for a variadic hole and that a traced side
// has appended something to.
func (w *walker) spread(name string, more []ast.Expr, u ast.Expr) bool {
	call, ok := u.(*ast.CallExpr)
	if !ok || len(call.Args) != 1+len(more) || call.Ellipsis.IsValid() {
		return false
	}
	if b, ok := w.m.unit.Info.Uses[nameOf(call)].(*types.Builtin); !ok || b.Name() != "append" {
		return false
	}
	if !w.each(more, call.Args[1:]) {
		return false
	}
	slice, clip := w.clipped(call.Args[0])
	w.m.Holes[name] = &Hole{Exprs: []ast.Expr{slice}, Spread: true, clip: clip}
	return slice != nil
}

// clipped returns the slice in s[:len(s):len(s)] or slices.Clip(s), and the
// latter's name.
func (w *walker) clipped(e ast.Expr) (s, clip ast.Expr) {
	switch e := e.(type) {
	case *ast.SliceExpr:
		if e.Slice3 && e.Low == nil {
			return e.X, nil
		}
	case *ast.CallExpr:
		if len(e.Args) == 1 && rules.KeyOf(w.m.unit.Info.Uses[nameOf(e.Fun)], nil) == "slices.Clip" {
			return e.Args[0], e.Fun
		}
	}
	return nil, nil
}

func (w *walker) each(ps, us []ast.Expr) bool {
	for i := range ps {
		if !w.expr(ps[i], us[i]) {
			return false
		}
	}
	return true
}

// variadic returns the variadic hole that ends a pattern's arguments, with what
// the pattern appends to it.
func (p *pattern) variadic(call *ast.CallExpr) (name string, more []ast.Expr) {
	if !call.Ellipsis.IsValid() || len(call.Args) == 0 {
		return "", nil
	}
	last := call.Args[len(call.Args)-1]
	if inner, ok := last.(*ast.CallExpr); ok {
		return p.hole(inner.Args[0]), inner.Args[1:]
	}
	return p.hole(last), nil
}

// literal matches a composite literal. Keys that the pattern does not name are
// free; one that only the other side names must be absent on the plain side.
func (w *walker) literal(p, u *ast.CompositeLit) bool {
	if u.Type == nil || !w.expr(p.Type, u.Type) {
		return false
	}
	if len(p.Elts) > 0 && !isKeyed(p) {
		return len(p.Elts) == len(u.Elts) && w.each(p.Elts, u.Elts)
	}
	if len(u.Elts) > 0 && !isKeyed(u) {
		return false
	}
	if len(p.Elts) == 0 && !w.mayBeKeyed(p) {
		return len(u.Elts) == 0
	}
	if w.p == w.m.pats.xray && !hasLiteral(w.m.pats.plain) && len(u.Elts) != len(p.Elts) {
		return false // free keys would be lost on the way back
	}
	w.m.lits[p] = u
	for _, e := range p.Elts {
		kv := e.(*ast.KeyValueExpr)
		found := elementOf(u, kv.Key.(*ast.Ident).Name)
		if found == nil || !w.expr(kv.Value, found.Value) {
			return false
		}
	}
	if w.p == w.m.pats.plain {
		for _, key := range keysOf(w.m.pats.xray) {
			if elementOf(p, key) == nil && elementOf(u, key) != nil {
				return false
			}
		}
	}
	return true
}

func hasLiteral(p *pattern) bool {
	found := false
	ast.Inspect(p.node, func(n ast.Node) bool {
		_, isLit := n.(*ast.CompositeLit)
		found = found || isLit
		return true
	})
	return found
}

// mayBeKeyed tells a keyed literal without keys, http.Server{}, from a literal
// of support code that has no elements.
func (w *walker) mayBeKeyed(p *ast.CompositeLit) bool {
	_, qualified := p.Type.(*ast.SelectorExpr)
	return qualified
}

func isKeyed(lit *ast.CompositeLit) bool {
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			return false
		}
		if _, ok := kv.Key.(*ast.Ident); !ok {
			return false
		}
	}
	return len(lit.Elts) > 0
}

func elementOf(lit *ast.CompositeLit, key string) *ast.KeyValueExpr {
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok && id.Name == key {
				return kv
			}
		}
	}
	return nil
}

// keysOf returns the keys of a pattern's keyed literal.
func keysOf(p *pattern) []string {
	var keys []string
	ast.Inspect(p.node, func(n ast.Node) bool {
		if lit, ok := n.(*ast.CompositeLit); ok && isKeyed(lit) {
			for _, e := range lit.Elts {
				keys = append(keys, e.(*ast.KeyValueExpr).Key.(*ast.Ident).Name)
			}
		}
		return true
	})
	return keys
}

// function matches a function literal of a single call.
func (w *walker) function(p, u *ast.FuncLit) bool {
	if len(p.Body.List) != 1 || len(u.Body.List) != 1 || u.Type.Params.NumFields() != 1 || len(u.Type.Params.List[0].Names) != 1 || u.Type.Results != nil {
		return false
	}
	param := p.Type.Params.List[0]
	w.m.local[param.Names[0].Name] = u.Type.Params.List[0].Names[0]
	a, ok := p.Body.List[0].(*ast.ExprStmt)
	b, ok2 := u.Body.List[0].(*ast.ExprStmt)
	return ok && ok2 && w.expr(param.Type, u.Type.Params.List[0].Type) && w.expr(a.X, b.X)
}
