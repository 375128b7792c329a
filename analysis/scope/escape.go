package scope

import (
	"go/ast"
	"go/types"
)

// escapes reports whether the result of a call at n is returned while v is ended
// by a cancel function of its own: rows read after that would be cut off.
func (p *Package) escapes(n ast.Node, v *types.Var) bool {
	if !p.ended(v) {
		return false
	}
	var results []types.Object
	for m := n; m != nil; m = p.Parents[m] {
		switch s := m.(type) {
		case *ast.ReturnStmt:
			return !p.isPlain(n)
		case *ast.AssignStmt:
			for _, l := range s.Lhs {
				if id, ok := l.(*ast.Ident); ok && p.Info.ObjectOf(id) != nil && isOpen(p.Info.ObjectOf(id).Type(), 0) {
					results = append(results, p.Info.ObjectOf(id))
				}
			}
			return p.returned(p.bodyAround(s), results)
		case ast.Stmt:
			return false
		}
	}
	return false
}

// isPlain reports whether the result of a call is read to its end when the call
// returns: it holds neither rows nor a body nor anything else that is to be closed.
func (p *Package) isPlain(n ast.Node) bool {
	e, ok := n.(ast.Expr)
	if !ok {
		return false
	}
	switch t := p.Info.TypeOf(e).(type) {
	case nil:
		return false
	case *types.Tuple:
		for v := range t.Variables() {
			if isOpen(v.Type(), 0) {
				return false
			}
		}
		return true
	default:
		return !isOpen(t, 0)
	}
}

// isOpen reports whether a value of a type may depend on its context after the call
// that made it: it can be closed, scanned or read, or holds something that can.
func isOpen(t types.Type, depth int) bool {
	if isError(t) || depth > 3 {
		return false
	}
	methods := types.NewMethodSet(t)
	if _, isPointer := t.Underlying().(*types.Pointer); !isPointer && !types.IsInterface(t) {
		methods = types.NewMethodSet(types.NewPointer(t))
	}
	for _, name := range []string{"Close", "Scan", "Next", "Read", "Rollback", "Recv", "Wait"} {
		if methods.Lookup(nil, name) != nil {
			return true
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return isOpen(u.Elem(), depth)
	case *types.Slice:
		return isOpen(u.Elem(), depth+1)
	case *types.Array:
		return isOpen(u.Elem(), depth+1)
	case *types.Map:
		return isOpen(u.Elem(), depth+1)
	case *types.Struct:
		for v := range u.Fields() {
			if isOpen(v.Type(), depth+1) {
				return true
			}
		}
		return false
	case *types.Chan, *types.Signature, *types.Interface:
		return true
	}
	return false
}

// ended reports whether v comes from WithTimeout or its kin.
func (p *Package) ended(v *types.Var) bool {
	for _, e := range p.values()[v] {
		call, ok := ast.Unparen(e).(*ast.CallExpr)
		if !ok {
			continue
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
			fn, ok := p.Info.Uses[sel.Sel].(*types.Func)
			if ok && fn.Pkg() != nil && fn.Pkg().Path() == "context" && fn.Signature().Results().Len() == 2 {
				return true
			}
		}
	}
	return false
}

func isError(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }

func (p *Package) returned(body *ast.BlockStmt, objs []types.Object) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		if r, ok := n.(*ast.ReturnStmt); ok {
			for _, e := range r.Results {
				for _, o := range objs {
					found = found || p.holds(e, o)
				}
			}
		}
		return !found
	})
	return found
}

// holds reports whether e is obj or is built around it; what a call makes of it
// does not count.
func (p *Package) holds(e ast.Expr, obj types.Object) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			return false
		case *ast.Ident:
			found = found || p.Info.Uses[n] == obj
		}
		return !found
	})
	return found
}
