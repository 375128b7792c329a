package resolve

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// also returns the idioms that one stands for beside itself: the same bodies about
// other functions or methods of the same type, whose names its directive lists.
// Info with InfoContext stands for Warn with WarnContext.
func also(p, x *dialect, plain, traced *ast.FuncDecl, idiom *rules.Idiom, names []string) ([]*rules.Idiom, error) {
	if len(names) == 0 {
		return nil, nil
	}
	object, twin := headObject(p, plain), headObject(x, traced)
	if object == nil || !strings.HasSuffix(idiom.Name, object.Name()) {
		return nil, p.errorf(plain, "idiom %s lists other names, so its own must end in that of the function or method which it calls", idiom.Name)
	}
	if twin == nil || !strings.HasPrefix(twin.Name(), object.Name()) {
		return nil, x.errorf(traced, "idiom %s lists other names, so its traced side must call a function or method whose name begins with %s", idiom.Name, object.Name())
	}
	more := strings.TrimPrefix(twin.Name(), object.Name())
	var out []*rules.Idiom
	for _, name := range names {
		if other := sibling(object, name); other == nil || !types.Identical(other.Signature(), object.Signature()) {
			return nil, p.errorf(plain, "idiom %s: %s has no sibling %s of the same signature", idiom.Name, object.Name(), name)
		}
		if other := sibling(twin, name+more); other == nil || !types.Identical(other.Signature(), twin.Signature()) {
			return nil, x.errorf(traced, "idiom %s: %s has no sibling %s of the same signature", idiom.Name, twin.Name(), name+more)
		}
		o := *idiom
		o.Name, o.Of = strings.TrimSuffix(idiom.Name, object.Name())+name, idiom.Name
		o.Plain, o.XRay = renamed(idiom.Plain, object, name), renamed(idiom.XRay, twin, name+more)
		out = append(out, &o)
	}
	return out, nil
}

// headObject returns the function or method that an idiom's body calls, or nil.
func headObject(d *dialect, fn *ast.FuncDecl) *types.Func {
	n, err := d.pattern(fn)
	if err != nil {
		return nil
	}
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return nil
	}
	switch fun := call.Fun.(type) {
	case *ast.SelectorExpr:
		f, _ := d.pkg.TypesInfo.Uses[fun.Sel].(*types.Func)
		return f
	case *ast.Ident:
		f, _ := d.pkg.TypesInfo.Uses[fun].(*types.Func)
		return f
	}
	return nil
}

// sibling returns the function of a name in the same package, or the method of the
// same type, or nil.
func sibling(of *types.Func, name string) *types.Func {
	var obj types.Object
	if recv := of.Signature().Recv(); recv != nil {
		obj, _, _ = types.LookupFieldOrMethod(recv.Type(), true, of.Pkg(), name)
	} else {
		obj = of.Pkg().Scope().Lookup(name)
	}
	f, _ := obj.(*types.Func)
	return f
}

// renamed returns a body that calls another function in place of one.
func renamed(b *rules.Body, of *types.Func, name string) *rules.Body {
	key := rules.KeyOf(of, nil)
	out := &rules.Body{Form: b.Form}
	var src strings.Builder
	end := 0
	for _, ref := range b.Refs { // in source order
		src.WriteString(b.Source[end:ref.Pos])
		end = ref.Pos
		ref.Pos = src.Len()
		if ref.Object == key {
			ref.Object = strings.TrimSuffix(key, of.Name()) + name
			src.WriteString(name)
			end += len(of.Name())
		}
		out.Refs = append(out.Refs, ref)
	}
	src.WriteString(b.Source[end:])
	out.Source = src.String()
	return out
}
