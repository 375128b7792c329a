package find

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// contextRunner: a builder of squirrel is run with what takes contexts. With anything
// else, what was sent without one would fail.
func contextRunner(f *finder, s *Site) (Status, string) {
	const remedy = ": give the builder a database that does by RunWith, in the same chain"
	given := f.runner(s.Node.(*ast.CallExpr), 4)
	if given == nil {
		return Skipped, "what it is run with is not in sight, and may take no context" + remedy
	}
	obj := s.Match.Package().Scope().Lookup("StdSqlCtx") // what squirrel looks for at run time
	if obj == nil {
		return Skipped, "the program's version of squirrel takes no context: update it"
	}
	if iface, ok := obj.Type().Underlying().(*types.Interface); !ok || !types.Implements(f.p.Info.TypeOf(given), iface) {
		return Skipped, "it is run with " + types.ExprString(given) + ", which takes no context" + remedy
	}
	return Traceable, ""
}

// runner returns what the chain of builders that a call ends is given by RunWith, or
// nil. A chain may begin in a variable or field that is assigned once.
func (f *finder) runner(e ast.Expr, left int) ast.Expr {
	for {
		switch x := ast.Unparen(e).(type) {
		case *ast.CallExpr:
			sel, ok := ast.Unparen(x.Fun).(*ast.SelectorExpr)
			if !ok {
				return nil
			}
			if sel.Sel.Name == "RunWith" && len(x.Args) == 1 {
				return x.Args[0]
			}
			e = sel.X
		case *ast.Ident:
			v, ok := f.p.Info.Uses[x].(*types.Var)
			if !ok || left == 0 || v.Kind() == types.ParamVar {
				return nil
			}
			values := f.scope.Assigned(v)
			if len(values) != 1 {
				return nil
			}
			return f.runner(values[0], left-1)
		default:
			return nil
		}
	}
}

// generatedOpen finds a call of the function that ent generates for opening a database,
// inside code that is not to be edited.
func (f *finder) generatedOpen(n ast.Node) *Site {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return nil
	}
	fn := calleeOf(f.p.Info, call)
	if fn == nil || fn.Name() != "Open" || fn.Pkg() == nil || fn.Pkg() == f.p.Types || fn.Signature().Recv() != nil || fn.Signature().Results().Len() != 2 {
		return nil
	}
	client := rules.Named(fn.Signature().Results().At(0).Type())
	if client == nil || client.Obj().Name() != "Client" || client.Obj().Pkg() != fn.Pkg() || !importsEnt(fn.Pkg()) {
		return nil
	}
	name := fn.Pkg().Name()
	if id := scope.IdentOf(call.Fun); id == nil {
		name = types.ExprString(call.Fun.(*ast.SelectorExpr).X)
	}
	return &Site{Node: call, Pos: namePos(call), Kind: rules.SQLOpen, Rule: "EntOpen", Status: Skipped,
		Reason: "it opens the database inside generated code: open it by sql.Open of entgo.io/ent/dialect/sql and give it to " + name + ".NewClient(" + name + ".Driver(driver))"}
}

func importsEnt(pkg *types.Package) bool {
	for _, p := range pkg.Imports() {
		if strings.HasPrefix(p.Path(), "entgo.io/ent") {
			return true
		}
	}
	return false
}
