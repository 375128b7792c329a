package work

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"
)

// isWritable reports whether a type can be written where a node stands: what it names is
// visible there, or can be imported.
func (f *finder) isWritable(t types.Type, at ast.Node) bool {
	writable := func(ts ...types.Type) bool {
		return !slices.ContainsFunc(ts, func(t types.Type) bool { return !f.isWritable(t, at) })
	}
	switch t := t.(type) {
	case *types.Basic:
		return f.isVisible(types.Universe.Lookup(t.Name()), at)
	case *types.Named:
		return f.isVisible(t.Obj(), at) && writable(slices.Collect(t.TypeArgs().Types())...)
	case *types.Alias:
		return f.isVisible(t.Obj(), at) && writable(slices.Collect(t.TypeArgs().Types())...)
	case *types.TypeParam:
		return f.isVisible(t.Obj(), at)
	case *types.Pointer:
		return writable(t.Elem())
	case *types.Slice:
		return writable(t.Elem())
	case *types.Array:
		return writable(t.Elem())
	case *types.Chan:
		return writable(t.Elem())
	case *types.Map:
		return writable(t.Key(), t.Elem())
	case *types.Tuple:
		return !slices.ContainsFunc(slices.Collect(t.Variables()), func(v *types.Var) bool { return !writable(v.Type()) })
	case *types.Signature:
		return writable(t.Params(), t.Results())
	case *types.Struct:
		return t.NumFields() == 0
	case *types.Interface:
		return t.Empty()
	}
	return false
}

// isVisible reports whether the name of a type means it at a node, or would if its
// package were imported.
func (f *finder) isVisible(obj types.Object, at ast.Node) bool {
	switch {
	case obj == nil: // unsafe.Pointer
		return false
	case obj.Pkg() != nil && obj.Pkg() != f.p.Types:
		return obj.Exported() && isImportable(obj.Pkg().Path(), f.p.Types.Path())
	}
	inner := f.p.Types.Scope().Innermost(at.Pos())
	if inner == nil {
		return false
	}
	_, seen := inner.LookupParent(obj.Name(), at.Pos())
	return seen == obj
}

// isImportable reports whether a package may import another, which is internal
// perhaps.
func isImportable(imported, by string) bool {
	if imported == "main" || strings.HasPrefix(imported, "vendor/") {
		return false
	}
	above, _, isInternal := strings.Cut("/"+imported+"/", "/internal/")
	return !isInternal || strings.HasPrefix("/"+by+"/", above+"/") && above != ""
}
