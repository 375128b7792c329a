package rules

import "go/types"

// KeyOf returns the key of a package-level object or method, or "" for an
// object that no key names (locals, fields, methods of unnamed types). own is
// the path of the package that is looked at: its support code is keyed under
// SupportPackage when isSupport says that the object belongs to it.
func KeyOf(obj types.Object, isSupport func(types.Object) (name string, ok bool)) string {
	if obj == nil || obj.Pkg() == nil {
		return ""
	}
	if isSupport != nil {
		if name, ok := isSupport(obj); ok {
			return Key(SupportPackage, "", name)
		}
	}
	if fn, ok := obj.(*types.Func); ok {
		fn = fn.Origin()
		if recv := fn.Signature().Recv(); recv != nil {
			name := TypeName(recv.Type())
			if name == "" {
				return ""
			}
			return Key(fn.Pkg().Path(), name, fn.Name())
		}
	}
	if obj.Parent() != obj.Pkg().Scope() {
		return ""
	}
	if name, ok := obj.(*types.TypeName); ok && name.IsAlias() {
		if named, ok := types.Unalias(name.Type()).(*types.Named); ok && named.Obj().Pkg() != nil {
			obj = named.Obj()
		}
	}
	return Key(obj.Pkg().Path(), "", obj.Name())
}

// FieldKey returns the key of a field that is selected from, or given in a
// literal of, the named type t or a pointer to it.
func FieldKey(t types.Type, field *types.Var) string {
	name := TypeName(t)
	if name == "" || field.Pkg() == nil {
		return ""
	}
	return Key(field.Pkg().Path(), name, field.Name())
}

// TypeName returns the name of a named type or of what a pointer to one points
// at, or "".
func TypeName(t types.Type) string {
	if named := Named(t); named != nil {
		return named.Obj().Name()
	}
	return ""
}

// Named returns the named type that t is or points at, or nil.
func Named(t types.Type) *types.Named {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	named, _ := t.(*types.Named)
	return named
}

// FieldOwner returns the type that declares the field or method which sel
// selects: the selector's own type or the embedded one on the way to it.
func FieldOwner(sel *types.Selection) types.Type {
	t := sel.Recv()
	index := sel.Index()
	for _, i := range index[:len(index)-1] {
		s := structOf(t)
		if s == nil {
			return nil
		}
		t = s.Field(i).Type()
	}
	return t
}

func structOf(t types.Type) *types.Struct {
	t = types.Unalias(t)
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	s, _ := t.Underlying().(*types.Struct)
	return s
}
