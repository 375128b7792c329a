package find

import (
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"strconv"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// Carriers returns what tells how the values of a type carry a request's context in
// a package. Where tests call handlers with a framework's context that holds no
// request, it carries none: to ask it for one would panic there.
func Carriers(c *rules.Catalog, pkg *types.Package, view View) func(types.Type) *rules.Carrier {
	known := map[types.Type]*rules.Carrier{}
	return func(t types.Type) *rules.Carrier {
		carrier, ok := known[t]
		if !ok {
			if carrier = c.CarrierOf(t); carrier != nil && view.bare(carrier, pkg) != "" {
				carrier = nil
			}
			known[t] = carrier
		}
		return carrier
	}
}

// bare returns a place where tests of a package make a framework's context that
// holds no request, or "".
func (v View) bare(c *rules.Carrier, pkg *types.Package) string {
	framework := ""
	for name, paths := range frameworks {
		if strings.Contains(c.Type, paths) {
			framework = name
		}
	}
	if framework == "" || v.Survey == nil {
		return ""
	}
	own := strings.TrimSuffix(pkg.Path(), "_test")
	for _, b := range v.Survey().Bare {
		if b.Framework == framework && (path.Join(v.Module, b.Dir) == own || b.Imports[own]) {
			return b.Place
		}
	}
	return ""
}

// noContext returns the reason of a call without a context: there is none in reach,
// or the one in reach must not be used.
func (f *finder) noContext(n ast.Node) string {
	if text := f.scope.Reused(n); text != "" {
		return text + " may be another request's when this runs: take context.WithoutCancel(" + text + ") before, where the handler runs, and use that here"
	}
	inner := f.p.Types.Scope().Innermost(n.Pos())
	for s := inner; s != nil && s != f.p.Types.Scope(); s = s.Parent() {
		for _, name := range s.Names() {
			v, ok := s.Lookup(name).(*types.Var)
			if !ok || v.Kind() != types.ParamVar {
				continue
			}
			carrier := f.m.Catalog.CarrierOf(v.Type())
			if carrier == nil {
				continue
			}
			if at := f.view.bare(carrier, f.p.Types); at != "" {
				return name + carrier.Get + " would panic in tests, which make a context without a request at " + at + ": give it one there"
			}
		}
	}
	return NoContext
}

// frameworks are those whose contexts tests make by hand, by the name of their
// package.
var frameworks = map[string]string{"gin": "github.com/gin-gonic/gin.", "echo": "github.com/labstack/echo/"}

// Bare is a place in a test that makes a framework's context without a request.
type Bare struct {
	Framework string
	Dir       string          // of the test, from the module's folder
	Imports   map[string]bool // of the test's file
	Place     string
}

// mayMakeBare reports whether a file may make a framework's context by hand.
func mayMakeBare(text string) bool {
	return strings.Contains(text, "CreateTestContext") || strings.Contains(text, "gin.Context{") || strings.Contains(text, "new(gin.Context)") || strings.Contains(text, "NewContext(nil")
}

// bares notes, in each function of a file, a framework's context that is made and
// given no request.
func (s *Survey) bares(name string, f *ast.File, at func(ast.Node) string) {
	imports := map[string]bool{}
	for _, spec := range f.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			imports[p] = true
		}
	}
	note := func(framework string, n ast.Node) {
		s.Bare = append(s.Bare, Bare{framework, strings.TrimPrefix(path.Dir(name), "."), imports, at(n)})
	}
	inFile := setsRequest(f)
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		made, without := madeContexts(fn)
		if sets := setsRequest(fn); len(made) > sets && !(inFile > 0 && returnsContext(fn)) {
			note("gin", made[0])
		}
		if without != nil {
			note("echo", without)
		}
	}
}

// madeContexts returns where a function makes gin contexts, which have no request
// until it is set, and where it makes an echo context of none.
func madeContexts(fn *ast.FuncDecl) (gin []ast.Node, echo ast.Node) {
	ast.Inspect(fn, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			switch name := nameOf(n.Fun); {
			case strings.HasPrefix(name, "CreateTestContext"), name == "new" && len(n.Args) == 1 && isGinContext(n.Args[0]):
				gin = append(gin, n)
			case name == "NewContext" && len(n.Args) == 2 && nameOf(n.Args[0]) == "nil":
				echo = n
			}
		case *ast.CompositeLit:
			if isGinContext(n.Type) && !givesRequest(n) {
				gin = append(gin, n)
			}
		}
		return true
	})
	return gin, echo
}

func nameOf(e ast.Expr) string {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

func isGinContext(e ast.Expr) bool {
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	sel, ok := e.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "Context" && nameOf(sel.X) == "gin"
}

func givesRequest(lit *ast.CompositeLit) bool {
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok && nameOf(kv.Key) == "Request" {
			return true
		}
	}
	return false
}

// setsRequest counts the assignments to a field called Request.
func setsRequest(n ast.Node) int {
	sets := 0
	ast.Inspect(n, func(n ast.Node) bool {
		if as, ok := n.(*ast.AssignStmt); ok && as.Tok == token.ASSIGN {
			for _, l := range as.Lhs {
				if sel, ok := l.(*ast.SelectorExpr); ok && sel.Sel.Name == "Request" {
					sets++
				}
			}
		}
		return true
	})
	return sets
}

func returnsContext(fn *ast.FuncDecl) bool {
	if fn.Type.Results == nil {
		return false
	}
	for _, r := range fn.Type.Results.List {
		if isGinContext(r.Type) {
			return true
		}
	}
	return false
}
