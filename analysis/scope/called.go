package scope

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/types/typeutil"
)

// livesOn reports whether a function literal may run after the function around
// it has returned.
func (p *Package) livesOn(lit *ast.FuncLit) bool {
	switch parent := p.Parents[lit].(type) {
	case *ast.CallExpr:
		if parent.Fun == ast.Expr(lit) {
			return false // called where it stands; go and defer are the caller's to see
		}
		return p.RunsLater(parent) || p.IsOnce(parent)
	case *ast.AssignStmt:
		for i, r := range parent.Rhs {
			if r == ast.Expr(lit) && len(parent.Lhs) == len(parent.Rhs) {
				return !p.onlyCalled(parent.Lhs[i])
			}
		}
	}
	return true
}

// IsOnce reports whether a call is one of (*sync.Once).Do, or of what does the same
// later: what runs in it must not end with the request that happens to be the first.
func (p *Package) IsOnce(call *ast.CallExpr) bool {
	fn, ok := typeutil.Callee(p.Info, call).(*types.Func)
	if !ok {
		return false
	}
	switch fn.FullName() {
	case "(*sync.Once).Do", "sync.OnceFunc", "sync.OnceValue", "sync.OnceValues":
		return true
	}
	return false
}

// Starts reports whether a call hands a function to something that runs it
// on its own: a timer, a group, a scheduler. Other callees run it before they
// return, as far as their names tell.
func (p *Package) Starts(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	switch sel.Sel.Name {
	case "AfterFunc", "AddFunc", "Go", "TryGo", "Submit", "Schedule", "Every", "OnShutdown", "RegisterOnShutdown", "Cleanup":
		return true
	}
	return false
}

// onlyCalled reports whether a function variable is only ever called, and not by
// go or defer.
func (p *Package) onlyCalled(l ast.Expr) bool {
	id, ok := l.(*ast.Ident)
	return ok && p.OnlyCalled(p.Info.ObjectOf(id), nil)
}

// OnlyCalled reports whether a local variable of function type is only ever called,
// and not by defer or by a go that nobody waits for. Within, if it is not nil, is
// where all its uses must be, outside of function literals.
func (p *Package) OnlyCalled(obj types.Object, within ast.Node) bool {
	if obj == nil || obj.Parent() == p.Types.Scope() {
		return false
	}
	for _, use := range p.Uses(obj) {
		if as, ok := p.Parents[use].(*ast.AssignStmt); ok && contains(as.Lhs, use) {
			continue
		}
		call, ok := p.Parents[use].(*ast.CallExpr)
		if !ok || call.Fun != ast.Expr(use) || within != nil && p.bodyAround(call) != within {
			return false
		}
		switch s := p.Parents[call].(type) {
		case *ast.DeferStmt:
			return false
		case *ast.GoStmt:
			if !p.waitsAfter(s) {
				return false
			}
		}
	}
	return true
}

// RunsLater reports whether a call hands functions to something that runs them on its
// own, and that nobody waits for.
func (p *Package) RunsLater(call *ast.CallExpr) bool {
	return p.Starts(call) && !p.waitsAfter(call)
}
