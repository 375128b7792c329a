package find

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/analysis/work"
)

// mayBeNil says why the expression of an annotation must not be evaluated where it
// would stand, or "": the program goes on to ask whether what it looks into is nil,
// and works on where that is so. What the program does not ask, neither is asked here.
func (f *finder) mayBeNil(a *Asked, e ast.Expr, info *types.Info) string {
	for _, x := range lookedInto(e, info) {
		text := types.ExprString(x)
		if a.Func != nil {
			if at := f.nilCheck(a.Func.Body, text); at.IsValid() {
				return "line " + strconv.Itoa(LineOf(f.p.Fset, at)) + " asks whether " + text + " is nil, which is later than on entry: annotate a statement behind that"
			}
			continue
		}
		if err := f.unchecked(a, scope.IdentOf(x), info); err != "" {
			return text + " may be nil where " + err + " is not: annotate a statement behind the check of " + err
		}
	}
	return ""
}

// lookedInto returns what an expression has a field or value of that it does not have
// if it is nil.
func lookedInto(e ast.Expr, info *types.Info) []ast.Expr {
	var out []ast.Expr
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.StarExpr:
			out = append(out, n.X)
		case *ast.SelectorExpr:
			if sel := info.Selections[n]; sel != nil && (sel.Indirect() || types.IsInterface(sel.Recv()) || scope.IsPointer(sel.Recv())) {
				out = append(out, n.X)
			}
		}
		return true
	})
	return out
}

// nilCheck returns the position of the first comparison of an expression with nil.
func (f *finder) nilCheck(body *ast.BlockStmt, text string) token.Pos {
	at := token.NoPos
	ast.Inspect(body, func(n ast.Node) bool {
		b, ok := n.(*ast.BinaryExpr)
		if !ok || at.IsValid() || b.Op != token.EQL && b.Op != token.NEQ {
			return !at.IsValid()
		}
		if f.isNil(b.Y) && types.ExprString(b.X) == text || f.isNil(b.X) && types.ExprString(b.Y) == text {
			at = b.Pos()
		}
		return true
	})
	return at
}

func (f *finder) isNil(e ast.Expr) bool { return f.p.Info.Types[e].IsNil() }

// unchecked returns the error that an annotated statement assigns together with a
// variable, if the annotation does not stand behind a check that leaves.
func (f *finder) unchecked(a *Asked, id *ast.Ident, info *types.Info) string {
	as, ok := a.Stmt.(*ast.AssignStmt)
	if !ok || id == nil || a.Behind != a.Stmt && f.leaves(a.Behind.(*ast.IfStmt).Body) {
		return ""
	}
	var err string
	assigned := false
	for _, l := range as.Lhs {
		obj := f.p.Info.ObjectOf(scope.IdentOf(l))
		switch {
		case obj == nil:
		case obj == info.Uses[id]:
			assigned = true
		case types.Identical(obj.Type(), types.Universe.Lookup("error").Type()):
			err = obj.Name()
		}
	}
	if !assigned || err == "_" {
		return ""
	}
	return err
}

// leaves reports whether nothing behind a block runs after it.
func (f *finder) leaves(body *ast.BlockStmt) bool {
	if work.Ends(body) || len(body.List) == 0 {
		return len(body.List) > 0
	}
	last, ok := body.List[len(body.List)-1].(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := last.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	fn := calleeOf(f.p.Info, call)
	return fn != nil && (strings.HasPrefix(fn.Name(), "Fatal") || strings.HasPrefix(fn.Name(), "Panic") || fn.Name() == "Exit" || fn.Name() == "Goexit")
}
