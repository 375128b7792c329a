package work

import (
	"go/ast"
	"go/token"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
)

// Ways returns the statements in a part of an item's list by which control leaves
// the item: in front of each of them its segment has to end.
func Ways(list []ast.Stmt) []ast.Stmt {
	w := &ways{labels: map[string]bool{}}
	w.list(list, false, false)
	return w.out
}

type ways struct {
	out    []ast.Stmt
	labels map[string]bool // of statements inside
	jumps  bool            // there is a goto
}

func (w *ways) list(list []ast.Stmt, inLoop, inBreakable bool) {
	for _, s := range list {
		w.stmt(s, inLoop, inBreakable)
	}
}

// stmt looks at a statement. inLoop says that a loop of the item's own is around it,
// inBreakable that a statement is which a break leaves.
func (w *ways) stmt(s ast.Stmt, inLoop, inBreakable bool) {
	switch s := s.(type) {
	case *ast.ReturnStmt:
		w.out = append(w.out, s)
	case *ast.BranchStmt:
		if w.branch(s, inLoop, inBreakable) {
			w.out = append(w.out, s)
		}
	case *ast.BlockStmt:
		w.list(s.List, inLoop, inBreakable)
	case *ast.IfStmt:
		w.stmt(s.Body, inLoop, inBreakable)
		if s.Else != nil {
			w.stmt(s.Else, inLoop, inBreakable)
		}
	case *ast.ForStmt:
		w.stmt(s.Body, true, true)
	case *ast.RangeStmt:
		w.stmt(s.Body, true, true)
	case *ast.SwitchStmt:
		w.stmt(s.Body, inLoop, true)
	case *ast.TypeSwitchStmt:
		w.stmt(s.Body, inLoop, true)
	case *ast.SelectStmt:
		w.stmt(s.Body, inLoop, true)
	case *ast.CaseClause:
		w.list(s.Body, inLoop, inBreakable)
	case *ast.CommClause:
		w.list(s.Body, inLoop, inBreakable)
	case *ast.LabeledStmt:
		w.labels[s.Label.Name] = true
		w.stmt(s.Stmt, inLoop, inBreakable)
	}
}

func (w *ways) branch(s *ast.BranchStmt, inLoop, inBreakable bool) bool {
	switch {
	case s.Tok == token.GOTO:
		w.jumps = true
		return true
	case s.Tok == token.FALLTHROUGH:
		return false
	case s.Label != nil:
		return !w.labels[s.Label.Name]
	case s.Tok == token.BREAK:
		return !inBreakable
	}
	return !inLoop
}

// unclear says why it cannot be told where an item ends, or "". A function ends
// where it returns.
func (f *finder) unclear(it *scope.Item) string {
	if it.Func != nil {
		return f.redeclared(it)
	}
	w := &ways{labels: map[string]bool{}}
	w.list(it.List, false, false)
	if w.jumps {
		return "it is left by goto: leave it by continue, break or return"
	}
	if it.Base != nil && f.assigned(it) {
		return "it assigns to " + it.Base.Name() + ", which is declared outside of it: declare one of its own"
	}
	return ""
}

// redeclared says that a function declares its context's name anew among its
// parameters and outermost statements, where the segment's context is declared too.
func (f *finder) redeclared(it *scope.Item) string {
	for _, s := range it.List {
		as, ok := s.(*ast.AssignStmt)
		if ok && as.Tok == token.DEFINE && len(as.Lhs) == 1 && s != ast.Stmt(it.Plain) {
			if id, ok := as.Lhs[0].(*ast.Ident); ok && id.Name == it.Ctx {
				return "it declares " + it.Ctx + " anew: give that another name"
			}
		}
	}
	return ""
}

// assigned reports whether an item gives the variable that its own context hides
// a new value.
func (f *finder) assigned(it *scope.Item) bool {
	found := false
	for _, s := range it.List {
		ast.Inspect(s, func(n ast.Node) bool {
			if as, ok := n.(*ast.AssignStmt); ok {
				for _, l := range as.Lhs {
					id, ok := l.(*ast.Ident)
					found = found || ok && f.p.Info.Uses[id] == it.Base
				}
			}
			return !found
		})
	}
	return found
}

// Ends reports whether control never goes on behind a statement, as far as go vet
// can tell: nothing may stand there then.
func Ends(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.BranchStmt:
		return s.Tok != token.FALLTHROUGH
	case *ast.ExprStmt:
		return isPanic(s.X)
	case *ast.BlockStmt:
		return len(s.List) > 0 && Ends(s.List[len(s.List)-1])
	case *ast.IfStmt:
		return s.Else != nil && Ends(s.Body) && Ends(s.Else)
	case *ast.LabeledStmt:
		return Ends(s.Stmt)
	case *ast.ForStmt:
		return s.Cond == nil && !isLeft(s.Body)
	case *ast.SwitchStmt:
		return allEnd(s.Body, false)
	case *ast.TypeSwitchStmt:
		return allEnd(s.Body, false)
	case *ast.SelectStmt:
		return allEnd(s.Body, true)
	}
	return false
}

func isPanic(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	id, ok := call.Fun.(*ast.Ident)
	return ok && id.Name == "panic"
}

// isLeft reports whether a loop's body may break out of it.
func isLeft(body *ast.BlockStmt) bool {
	left := false
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.BranchStmt:
			left = left || n.Tok == token.BREAK || n.Tok == token.GOTO
		}
		return !left
	})
	return left
}

// allEnd reports whether no clause of a switch or select goes on behind it.
func allEnd(body *ast.BlockStmt, isSelect bool) bool {
	hasDefault := isSelect
	for _, c := range body.List {
		var list []ast.Stmt
		switch c := c.(type) {
		case *ast.CaseClause:
			list, hasDefault = c.Body, hasDefault || c.List == nil
		case *ast.CommClause:
			list = c.Body
		}
		if len(list) == 0 || !Ends(list[len(list)-1]) || isLeft(&ast.BlockStmt{List: list}) {
			return false
		}
	}
	return hasDefault
}
