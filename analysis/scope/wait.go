package scope

import (
	"go/ast"
	"go/token"
	"go/types"
)

// Waited reports whether the function around a go statement waits behind it for what
// it starts.
func (p *Package) Waited(s *ast.GoStmt) bool { return p.waitsAfter(s) }

// waitsAfter reports whether the function around n waits behind n for what n starts.
func (p *Package) waitsAfter(n ast.Node) bool {
	body := p.bodyAround(n)
	return body != nil && p.WaitFor(n, body) != nil
}

// WaitFor returns where, behind n, code calls Wait on a wait group or group that n mentions, or
// receives from a channel that it does; or nil.
func (p *Package) WaitFor(n, code ast.Node) ast.Node {
	used := p.variables(n)
	var found ast.Node
	ast.Inspect(code, func(m ast.Node) bool {
		if m == nil || found != nil || m.End() <= n.Pos() && !isLoop(m) {
			return found == nil && m != nil
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
				found = m
			}
		case *ast.UnaryExpr:
			if id := RootOf(m.X); m.Op == token.ARROW && id != nil && used[p.Info.Uses[id]] {
				found = m
			}
		case *ast.RangeStmt:
			if id := RootOf(m.X); id != nil && isChan(p.Info.TypeOf(m.X)) && used[p.Info.Uses[id]] {
				found = m
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
