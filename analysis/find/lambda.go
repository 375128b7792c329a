package find

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// LambdaPath is the package that starts handlers of AWS Lambda.
const LambdaPath = "github.com/aws/aws-lambda-go/lambda"

// madeHandler: the handler is not one that the package makes by lambda.NewHandler,
// where it is traced.
func madeHandler(f *finder, s *Site) (Status, string) {
	h := s.Match.Holes["h"].Exprs[0]
	made := false
	f.flow.Origins(h, func(e ast.Expr) bool {
		if call, ok := e.(*ast.CallExpr); ok {
			if fn := calleeOf(f.p.Info, call); fn != nil {
				key := rules.KeyOf(fn, nil)
				made = made || key == LambdaPath+".NewHandler" || key == LambdaPath+".NewHandlerWithOptions"
			}
		}
		return made
	})
	if made {
		return "", ""
	}
	if f.dropsContext(h) {
		return Skipped, "its handler drops the context that AWS Lambda gives it: start its ProxyWithContext"
	}
	if at := f.beginsByHand(h); at != nil {
		return Already, "its handler begins a subsegment by hand at " + f.place(at)
	}
	s.Handler = f.handlerName(h)
	return Traceable, ""
}

// beginsByHand returns where a handler, a function of the package or a literal, begins a
// subsegment that is about the whole of it, or nil.
func (f *finder) beginsByHand(h ast.Expr) ast.Node {
	var body *ast.BlockStmt
	if lit, ok := ast.Unparen(h).(*ast.FuncLit); ok {
		body = lit.Body
	} else if id := scope.NameOf(ast.Unparen(h)); id != nil {
		f.eachFunc(func(d *ast.FuncDecl, fn *types.Func) {
			if fn == f.p.Info.Uses[id] {
				body = d.Body
			}
		})
	}
	if body == nil || len(body.List) == 0 {
		return nil
	}
	switch s := body.List[0].(type) {
	case *ast.AssignStmt:
		if len(s.Rhs) == 1 && f.isSDK(s.Rhs[0], "BeginSubsegment") {
			return s
		}
	case *ast.ReturnStmt:
		if len(s.Results) == 1 && f.isSDK(s.Results[0], "Capture") {
			return s
		}
	}
	return nil
}

// dropsContext reports whether a handler is Proxy of an adapter for a router.
func (f *finder) dropsContext(e ast.Expr) bool {
	sel, ok := ast.Unparen(e).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	fn, ok := f.p.Info.Uses[sel.Sel].(*types.Func)
	return ok && fn.Name() == "Proxy" && fn.Pkg() != nil && strings.HasPrefix(fn.Pkg().Path(), "github.com/awslabs/aws-lambda-go-api-proxy/")
}

// handlerName returns the name of the program's function that a handler is, or "".
func (f *finder) handlerName(e ast.Expr) string {
	var id *ast.Ident
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		id = e
	case *ast.SelectorExpr:
		id = e.Sel
	}
	fn, ok := f.p.Info.Uses[id].(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Pkg() != f.p.Types && !f.view.IsOwn(fn.Pkg().Path()) {
		return ""
	}
	return fn.Name()
}

// GivesLambda reports whether a function is given to AWS Lambda where an identifier
// names it: as the handler, which may be of any signature.
func GivesLambda(p *Package, parents map[ast.Node]ast.Node, id *ast.Ident) bool {
	var e ast.Node = id
	for {
		switch parent := parents[e].(type) {
		case *ast.SelectorExpr:
			if parent.Sel != e {
				return false
			}
			e = parent
			continue
		case *ast.ParenExpr:
			e = parent
			continue
		case *ast.CallExpr:
			return isAnyArgument(p, parent, e)
		}
		return false
	}
}

// isAnyArgument reports whether an argument of a call is a handler of AWS Lambda's
// library, or of the support code in front of that, given as any.
func isAnyArgument(p *Package, call *ast.CallExpr, arg ast.Node) bool {
	id := scope.NameOf(ast.Unparen(call.Fun))
	if id == nil {
		return false
	}
	fn, ok := p.Info.Uses[id].(*types.Func)
	if !ok || fn.Pkg() == nil {
		return false
	}
	if name, ok := p.SupportName(fn); fn.Pkg().Path() != LambdaPath && (!ok || name != "xrayLambda") {
		return false
	}
	params := fn.Signature().Params()
	for i, a := range call.Args {
		if a == arg && i < params.Len() {
			iface, ok := params.At(i).Type().Underlying().(*types.Interface)
			return ok && iface.Empty()
		}
	}
	return false
}
