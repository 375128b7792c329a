package scope

import (
	"go/ast"
	"go/token"
	"go/types"
	"go/version"
)

// IsConstant reports whether a local variable keeps the value that it begins with.
func (p *Package) IsConstant(v *types.Var) bool {
	n := len(p.values()[v])
	if n > 1 || n > 0 && p.isParam(v) {
		return false
	}
	for _, id := range p.Uses(v) {
		switch parent := p.Parents[id].(type) {
		case *ast.UnaryExpr:
			if parent.Op == token.AND {
				return false
			}
		case *ast.RangeStmt:
			if parent.Key == ast.Expr(id) || parent.Value == ast.Expr(id) {
				return false
			}
		case *ast.AssignStmt:
			if n == 0 && contains(parent.Lhs, id) {
				return false
			}
		}
	}
	return true
}

// IsFixed reports whether an expression is the same, and without effects, whether it is
// evaluated at a place or later: a constant, a function, a local variable that keeps its
// one value and does not hold others in itself.
func (p *Package) IsFixed(e ast.Expr) bool {
	tv := p.Info.Types[e]
	if tv.Value != nil || tv.IsNil() {
		return true
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return p.IsFixed(e.X)
	case *ast.FuncLit:
		return true
	case *ast.IndexExpr:
		return p.IsFixed(e.X) && p.isFunc(e.X)
	case *ast.IndexListExpr:
		return p.IsFixed(e.X) && p.isFunc(e.X)
	case *ast.SelectorExpr:
		return p.isFunc(e) && p.Info.Selections[e] == nil
	case *ast.Ident:
		v, ok := p.Info.Uses[e].(*types.Var)
		return p.isFunc(e) || ok && isFlat(v.Type()) && p.keeps(v)
	}
	return false
}

// isFunc reports whether an expression names a declared function.
func (p *Package) isFunc(e ast.Expr) bool {
	_, ok := p.Info.Uses[NameOf(e)].(*types.Func)
	return ok
}

// isFlat reports whether a variable of a type changes by assignment alone.
func isFlat(t types.Type) bool {
	switch t.Underlying().(type) {
	case *types.Struct, *types.Array:
		return false
	}
	_, isParam := types.Unalias(t).(*types.TypeParam)
	return !isParam
}

// keeps reports whether a local variable, once declared, is never given another value.
func (p *Package) keeps(v *types.Var) bool {
	if v.IsField() || v.Kind() == types.PackageVar || v.Kind() == types.ResultVar || v.Pkg() != p.Types || !p.IsConstant(v) {
		return false
	}
	for _, id := range p.Uses(v) {
		switch parent := p.Parents[id].(type) {
		case *ast.IncDecStmt:
			return false
		case *ast.SelectorExpr: // a method of its address may change it
			if fn, ok := p.Info.Uses[parent.Sel].(*types.Func); ok && IsPointer(recvOf(fn)) && !IsPointer(v.Type()) {
				return false
			}
		}
	}
	for _, e := range p.values()[v] { // a declaration without a value, and a value behind it, are two
		if as, ok := p.Parents[e].(*ast.AssignStmt); ok && !declaredBy(p.Info, as, v) {
			return false
		}
	}
	return !p.isShared(v)
}

// recvOf returns the type of a function's receiver, or nil.
func recvOf(fn *types.Func) types.Type {
	if recv := fn.Signature().Recv(); recv != nil {
		return recv.Type()
	}
	return nil
}

// IsPointer reports whether a type, which may be nil, is a pointer's.
func IsPointer(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}

// declaredBy reports whether an assignment declares a variable.
func declaredBy(info *types.Info, as *ast.AssignStmt, v *types.Var) bool {
	for _, l := range as.Lhs {
		if id := IdentOf(l); id != nil && info.Defs[id] == v {
			return true
		}
	}
	return false
}

// isShared reports whether the rounds of a loop share a variable, as they do before Go
// 1.22.
func (p *Package) isShared(v *types.Var) bool {
	if lang := version.Lang(p.Types.GoVersion()); lang != "" && version.Compare(lang, "go1.22") >= 0 {
		return false
	}
	for n := range p.Parents {
		var body *ast.BlockStmt
		switch n := n.(type) {
		case *ast.RangeStmt:
			body = n.Body
		case *ast.ForStmt:
			body = n.Body
		}
		if body != nil && n.Pos() <= v.Pos() && v.Pos() < body.Pos() {
			return true
		}
	}
	return false
}
