package thread

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/types/typeutil"
)

// anything stands for the interfaces whose values anyone may get: the empty one, and
// those of other modules.
const anything = "any"

// boxer finds what other modules can call on a value without naming its type:
// templates and reflection by a method's name, libraries by an interface of their
// own. They see a value only after the program has put it into an interface, and go
// on from there through exported fields and methods, elements and results.
type boxer struct {
	*summarizer
	seen typeutil.Map
}

// boxed notes what is put into interfaces.
func (s *summarizer) boxed() {
	b := &boxer{summarizer: s}
	for _, f := range s.p.Files {
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			b.node(n)
			return true
		})
	}
	for _, inst := range s.p.Info.Instances { // generic code may put it into one
		for t := range inst.TypeArgs.Types() {
			b.hold(anything, t)
		}
	}
}

// node looks at what a node assigns, in the wide sense.
func (b *boxer) node(n ast.Node) {
	info := b.p.Info
	switch n := n.(type) {
	case *ast.CallExpr:
		b.call(n)
	case *ast.CompositeLit:
		b.literal(n)
	case *ast.AssignStmt:
		b.list(n.Rhs, len(n.Lhs), func(i int) types.Type { return info.TypeOf(n.Lhs[i]) })
	case *ast.ValueSpec:
		b.list(n.Values, len(n.Names), func(i int) types.Type { return info.TypeOf(n.Names[i]) })
	case *ast.ReturnStmt:
		if results := b.results(n); results != nil {
			b.list(n.Results, results.Len(), func(i int) types.Type { return results.At(i).Type() })
		}
	case *ast.SendStmt:
		if ch, ok := underlying(info.TypeOf(n.Chan)).(*types.Chan); ok {
			b.put(ch.Elem(), info.TypeOf(n.Value))
		}
	case *ast.IndexExpr:
		if m, ok := underlying(info.TypeOf(n.X)).(*types.Map); ok {
			b.put(m.Key(), info.TypeOf(n.Index))
		}
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			b.ranged(n)
		}
	case *ast.TypeAssertExpr:
		if n.Type != nil {
			b.put(info.TypeOf(n.Type), info.TypeOf(n.X)) // it holds what the other one held
		}
	case *ast.TypeSwitchStmt:
		b.switched(n)
	}
}

// underlying is Underlying for a type that may be nil.
func underlying(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	return t.Underlying()
}

// list puts values, or the results of one call, into what they are assigned to.
func (b *boxer) list(values []ast.Expr, n int, to func(i int) types.Type) {
	if len(values) == 1 && n > 1 {
		if tuple, ok := b.p.Info.TypeOf(values[0]).(*types.Tuple); ok {
			for i := range min(n, tuple.Len()) {
				b.put(to(i), tuple.At(i).Type())
			}
		}
		return
	}
	for i, v := range values {
		if i < n {
			b.put(to(i), b.p.Info.TypeOf(v))
		}
	}
}

// call looks at the arguments of a call, or at a conversion.
func (b *boxer) call(call *ast.CallExpr) {
	tv := b.p.Info.Types[call.Fun]
	if tv.IsType() {
		b.list(call.Args, 1, func(int) types.Type { return tv.Type })
		return
	}
	sig, ok := underlying(tv.Type).(*types.Signature)
	if !ok {
		return
	}
	n := len(call.Args)
	if n == 1 {
		if tuple, ok := b.p.Info.TypeOf(call.Args[0]).(*types.Tuple); ok {
			n = tuple.Len()
		}
	}
	b.list(call.Args, n, func(i int) types.Type {
		last := sig.Params().Len() - 1
		if sig.Variadic() && i >= last && !call.Ellipsis.IsValid() {
			if s, ok := sig.Params().At(last).Type().Underlying().(*types.Slice); ok {
				return s.Elem()
			}
		}
		if i > last {
			return nil
		}
		return sig.Params().At(i).Type()
	})
}

// literal looks at the elements of a composite literal.
func (b *boxer) literal(lit *ast.CompositeLit) {
	t := underlying(b.p.Info.TypeOf(lit))
	if ptr, ok := t.(*types.Pointer); ok { // an element of a literal without a type of its own
		t = ptr.Elem().Underlying()
	}
	for i, e := range lit.Elts {
		kv, keyed := e.(*ast.KeyValueExpr)
		if keyed {
			e = kv.Value
		}
		var to types.Type
		switch t := t.(type) {
		case *types.Struct:
			if keyed {
				to = b.p.Info.TypeOf(kv.Key)
				if id, ok := kv.Key.(*ast.Ident); ok && b.p.Info.Uses[id] != nil {
					to = b.p.Info.Uses[id].Type()
				}
			} else if i < t.NumFields() {
				to = t.Field(i).Type()
			}
		case *types.Map:
			to = t.Elem()
			if keyed {
				b.put(t.Key(), b.p.Info.TypeOf(kv.Key))
			}
		case *types.Slice:
			to = t.Elem()
		case *types.Array:
			to = t.Elem()
		}
		b.put(to, b.p.Info.TypeOf(e))
	}
}

// results returns the result types of the function that a return statement ends.
func (b *boxer) results(n ast.Node) *types.Tuple {
	for ; n != nil; n = b.scope.Parents[n] {
		switch f := n.(type) {
		case *ast.FuncLit:
			return b.p.Info.TypeOf(f).Underlying().(*types.Signature).Results()
		case *ast.FuncDecl:
			if fn, ok := b.p.Info.Defs[f.Name].(*types.Func); ok {
				return fn.Signature().Results()
			}
			return nil
		}
	}
	return nil
}

// ranged looks at a range statement that assigns to variables declared before it:
// all that its operand holds may go there.
func (b *boxer) ranged(n *ast.RangeStmt) {
	from := b.p.Info.TypeOf(n.X)
	for _, e := range []ast.Expr{n.Key, n.Value} {
		if e == nil || isBlankExpr(e) || !types.IsInterface(b.p.Info.TypeOf(e)) {
			continue
		}
		b.hold(anything, from)
		if seq, ok := underlying(from).(*types.Signature); ok && seq.Params().Len() == 1 {
			if yield, ok := seq.Params().At(0).Type().Underlying().(*types.Signature); ok {
				for v := range yield.Params().Variables() {
					b.hold(anything, v.Type())
				}
			}
		}
	}
}

// isBlankExpr reports whether what is assigned to is the blank identifier, which has no type.
func isBlankExpr(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "_"
}

// switched looks at the cases of a type switch as at assertions.
func (b *boxer) switched(n *ast.TypeSwitchStmt) {
	var x ast.Expr
	switch s := n.Assign.(type) {
	case *ast.ExprStmt:
		x = s.X
	case *ast.AssignStmt:
		x = s.Rhs[0]
	}
	assert, ok := ast.Unparen(x).(*ast.TypeAssertExpr)
	if !ok {
		return
	}
	for _, c := range n.Body.List {
		for _, t := range c.(*ast.CaseClause).List {
			b.put(b.p.Info.TypeOf(t), b.p.Info.TypeOf(assert.X))
		}
	}
}

// put notes that a value of one type becomes one of another, which may be an
// interface.
func (b *boxer) put(to, value types.Type) {
	if to == nil || value == nil || !types.IsInterface(to) || types.Identical(to, value) {
		return
	}
	if _, isParam := types.Unalias(to).(*types.TypeParam); isParam {
		return
	}
	b.hold(b.box(to), value)
}

// box returns what stands for an interface among the types of Summary.Holds.
func (b *boxer) box(iface types.Type) string {
	if iface.Underlying().(*types.Interface).NumMethods() == 0 {
		return anything
	}
	named, ok := types.Unalias(iface).(*types.Named)
	if ok && !b.isOwn(named.Obj().Pkg()) {
		return anything
	}
	return types.TypeString(iface, nil)
}

// hold notes that what has a value of one type gets at one of another.
func (b *boxer) hold(from string, t types.Type) {
	t = types.Unalias(t)
	if types.IsInterface(t) {
		if _, isParam := t.(*types.TypeParam); !isParam {
			b.edge(from, b.box(t))
		}
		return
	}
	node := types.TypeString(t, nil)
	b.edge(from, node)
	if b.seen.Set(t, true) == nil {
		b.expand(node, t)
	}
}

func (b *boxer) edge(from, to string) {
	if from != to && to != anything {
		b.out.Holds = append(b.out.Holds, Bind{from, to})
	}
}

// expand notes what a value of a type gives.
func (b *boxer) expand(node string, t types.Type) {
	if named, ok := t.(*types.Named); ok && named.TypeArgs().Len() == 0 && !b.isOwn(named.Obj().Pkg()) {
		return // of another module: it knows none of the program's types
	}
	b.methods(node, t)
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		b.hold(node, u.Elem())
	case *types.Slice:
		b.hold(node, u.Elem())
	case *types.Array:
		b.hold(node, u.Elem())
	case *types.Chan:
		b.hold(node, u.Elem())
	case *types.Map:
		b.hold(node, u.Key())
		b.hold(node, u.Elem())
	case *types.Struct:
		for f := range u.Fields() {
			if f.Exported() || f.Embedded() {
				b.hold(node, f.Type())
			}
		}
	case *types.Signature:
		for v := range u.Results().Variables() {
			b.hold(node, v.Type())
		}
	}
}

// methods notes the methods that a value of a type has, also by its address, and
// their results.
func (b *boxer) methods(node string, t types.Type) {
	if _, isPointer := t.(*types.Pointer); !isPointer {
		t = types.NewPointer(t)
	}
	set := types.NewMethodSet(t)
	for i := range set.Len() {
		fn, ok := set.At(i).Obj().(*types.Func)
		if !ok || !fn.Exported() {
			continue
		}
		if key := b.own(fn); key != "" {
			b.edge(node, key)
		}
		for v := range set.At(i).Type().(*types.Signature).Results().Variables() {
			b.hold(node, v.Type())
		}
	}
}
