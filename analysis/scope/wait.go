package scope

import (
	"go/ast"
	"go/token"
	"go/types"
)

// Waited reports whether the function around a go statement waits behind it for what
// it starts.
func (p *Package) Waited(s *ast.GoStmt) bool { return p.waitsAfter(s) }

// waitsAfter reports whether, behind n, the function around n calls Wait on a
// wait group or group, or receives from a channel that n mentions.
func (p *Package) waitsAfter(n ast.Node) bool {
	body := p.bodyAround(n)
	if body == nil {
		return false
	}
	used := p.variables(n)
	found := false
	ast.Inspect(body, func(m ast.Node) bool {
		if m == nil || found || m.End() <= n.Pos() && !isLoop(m) {
			return !found && m != nil
		}
		if m == n {
			return false
		}
		if m.Pos() < n.Pos() {
			return true
		}
		switch m := m.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			if sel, ok := m.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Wait" && used[p.Info.Uses[NameOf(sel.X)]] {
				found = true
			}
		case *ast.UnaryExpr:
			if id := RootOf(m.X); m.Op == token.ARROW && id != nil && used[p.Info.Uses[id]] {
				found = true
			}
		case *ast.RangeStmt:
			if id := RootOf(m.X); id != nil && isChan(p.Info.TypeOf(m.X)) && used[p.Info.Uses[id]] {
				found = true
			}
		}
		return true
	})
	return found
}

func isLoop(n ast.Node) bool {
	switch n.(type) {
	case *ast.ForStmt, *ast.RangeStmt:
		return true
	}
	return false
}

func isChan(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Chan)
	return ok
}

// variables returns the objects that n mentions.
func (p *Package) variables(n ast.Node) map[types.Object]bool {
	used := map[types.Object]bool{}
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && p.Info.Uses[id] != nil {
			used[p.Info.Uses[id]] = true
		}
		return true
	})
	return used
}
