package find

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// Tests call handlers with contexts of a framework that they make by hand. One that they give
// no request would panic where it is asked for the request's context, so the handlers of
// such a package are left without.

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

// Maker is a function that makes a gin context without a request, and returns it: whoever
// calls it may give it one.
type Maker struct {
	Name string
	Dir  string // from the module's folder
	Test bool   // it stands in a test: none of another folder calls it
}

// mayMakeBare reports whether a file may make a framework's context by hand.
func mayMakeBare(text string) bool {
	return strings.Contains(text, "CreateTestContext") || strings.Contains(text, "gin.Context{") || strings.Contains(text, "new(gin.Context)") || strings.Contains(text, "NewContext(nil")
}

// bares notes, in each function of a file, a framework's context that is made and
// given no request. Of files that are no tests, functions that return one count.
func (s *Survey) bares(name string, f *ast.File, at func(ast.Node) string) {
	isTest := strings.HasSuffix(name, "_test.go")
	dir, imports := strings.TrimPrefix(path.Dir(name), "."), importsOf(f)
	for _, d := range f.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		made, without := madeContexts(fn)
		switch {
		case len(made) <= setsRequest(fn):
		case returnsGin(fn):
			s.Makers = append(s.Makers, Maker{fn.Name.Name, dir, isTest})
		case isTest:
			s.Bare = append(s.Bare, Bare{"gin", dir, imports, at(made[0])})
		}
		if without != nil && isTest {
			s.Bare = append(s.Bare, Bare{"echo", dir, imports, at(without)})
		}
	}
}

func importsOf(f *ast.File) map[string]bool {
	imports := map[string]bool{}
	for _, spec := range f.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil {
			imports[p] = true
		}
	}
	return imports
}

// made notes, once all files have been read, the tests of a module's folder that call a maker
// and give what it makes no request. They are read again, for what they call was not known.
func (s *Survey) made(dir string) {
	if len(s.Makers) == 0 {
		return
	}
	tests := map[string][]string{} // by folder
	EachFile(dir, func(name string) bool {
		if strings.HasSuffix(name, "_test.go") {
			folder := filepath.Dir(name)
			tests[folder] = append(tests[folder], name)
		}
		return true
	})
	for _, folder := range slices.Sorted(maps.Keys(tests)) {
		rel, err := filepath.Rel(dir, folder)
		if err != nil {
			continue
		}
		rel = strings.TrimPrefix(filepath.ToSlash(rel), ".")
		if slices.ContainsFunc(s.Makers, func(m Maker) bool { return m.Dir == rel || !m.Test }) {
			s.madeIn(rel, tests[folder])
		}
	}
}

// madeIn is made for the tests of one folder.
func (s *Survey) madeIn(dir string, names []string) {
	fset := token.NewFileSet()
	var files []*ast.File
	setters := map[string]bool{}
	for _, name := range names {
		f, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		files = append(files, f)
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && takesGin(fn) && setsRequest(fn) > 0 {
				setters[fn.Name.Name] = true
			}
		}
	}
	for _, f := range files {
		imports := importNames(f)
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok || slices.Contains(s.Makers, Maker{fn.Name.Name, dir, true}) {
				continue
			}
			sets := setsRequest(fn)
			var calls []ast.Node
			ast.Inspect(fn, func(n ast.Node) bool {
				if call, ok := n.(*ast.CallExpr); ok && s.isMaker(call, dir, imports) {
					calls = append(calls, call)
				} else if ok && setters[nameOf(call.Fun)] {
					sets++
				}
				return true
			})
			if len(calls) > sets {
				at := fset.Position(calls[0].Pos())
				s.Bare = append(s.Bare, Bare{"gin", dir, importsOf(f), path.Join(dir, filepath.Base(at.Filename)) + ":" + strconv.Itoa(at.Line)})
			}
		}
	}
}

// isMaker reports whether a call in a test in a folder reads like that of a maker: one of the
// folder, or of a package that the file imports.
func (s *Survey) isMaker(call *ast.CallExpr, dir string, imports map[string]string) bool {
	name, from := nameOf(call.Fun), ""
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		from = imports[nameOf(sel.X)]
	}
	return slices.ContainsFunc(s.Makers, func(m Maker) bool {
		return m.Name == name && (from == "" && m.Dir == dir || from != "" && !m.Test && strings.HasSuffix(from, "/"+m.Dir))
	})
}

// importNames returns the paths that a file imports, by the names that they have there, or by
// their last elements.
func importNames(f *ast.File) map[string]string {
	names := map[string]string{}
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		switch {
		case err != nil:
		case spec.Name != nil:
			names[spec.Name.Name] = p
		default:
			names[path.Base(p)] = p
		}
	}
	return names
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

func returnsGin(fn *ast.FuncDecl) bool {
	if fn.Type.Results == nil {
		return false
	}
	return slices.ContainsFunc(fn.Type.Results.List, func(f *ast.Field) bool { return isGinContext(f.Type) })
}

func takesGin(fn *ast.FuncDecl) bool {
	return slices.ContainsFunc(fn.Type.Params.List, func(f *ast.Field) bool { return isGinContext(f.Type) })
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
