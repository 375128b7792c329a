package flow_test

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-4257438c/xray-instrument/analysis/flow"
)

// TestOrigins follows what use(…) is given to the calls of made that it comes
// from. complete says that no other origin is possible.
func TestOrigins(t *testing.T) {
	tests := []struct {
		name, code string
		want       []string // the arguments of made
		complete   bool
	}{
		{"itself", `func f() { use(made("a")) }`, []string{"a"}, true},
		{"parentheses", `func f() { use((made("a"))) }`, []string{"a"}, true},
		{"a local variable", `func f() { x := made("a"); use(x) }`, []string{"a"}, true},
		{"a variable with two values", `func f() { x := made("a"); x = made("b"); use(x) }`, []string{"a", "b"}, true},
		{"through another variable", `func f() { x := made("a"); y := x; use(y) }`, []string{"a"}, true},
		{"an address", `func f() { x := *made("a"); use(&x) }`, []string{"a"}, true},
		{"one of two results", `func pair() (*T, error) { return made("a"), nil }; func f() { x, _ := pair(); use(x) }`, []string{"a"}, false},
		{"an unexported field", `type s struct{ x *T }; func f(v s) { v.x = made("a"); use(v.x) }`, []string{"a"}, true},
		{"a field of a literal", `type s struct{ x *T }; func f() { v := s{x: made("a")}; use(v.x) }`, []string{"a"}, true},
		{"a field of a literal without keys", `type s struct{ x *T }; func f() { v := s{made("a")}; use(v.x) }`, nil, false},
		{"an exported field", `type S struct{ X *T }; func f(v S) { v.X = made("a"); use(v.X) }`, []string{"a"}, false},
		{"a package variable", `var x = made("a"); func f() { use(x) }`, []string{"a"}, true},
		{"an exported package variable", `var X = made("a"); func f() { use(X) }`, []string{"a"}, false},
		{"a helper function", `func help() *T { return made("a") }; func f() { use(help()) }`, []string{"a"}, true},
		{"a helper with branches", `func help(b bool) *T { if b { return made("a") }; return made("b") }; func f() { use(help(true)) }`, []string{"a", "b"}, true},
		{"a helper method", `type s struct{}; func (s) help() *T { return made("a") }; func f(v s) { use(v.help()) }`, []string{"a"}, true},
		{"a recursive helper", `func help(n int) *T { if n == 0 { return made("a") }; return help(n - 1) }; func f() { use(help(3)) }`, []string{"a"}, false},
		{"a parameter", `func help(x *T) { use(x) }; func f() { help(made("a")); help(made("b")) }`, []string{"a", "b"}, true},
		{"a parameter of an exported function", `func Help(x *T) { use(x) }; func f() { Help(made("a")) }`, []string{"a"}, false},
		{"a parameter that nobody gives", `func f(x *T) { use(x) }`, nil, false},
		{"an argument of another's function", `func f() { use(other(made("a"))) }`, []string{"a"}, false},
		{"a range", `func f(xs []*T) { for _, x := range xs { use(x) } }`, nil, false},
		{"an element", `func f() { xs := []*T{made("a")}; use(xs[0]) }`, nil, false},
		{"a loop of variables, which are nil", `func f() { var x, y *T; x = y; y = x; use(x) }`, nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, arg := load(t, tt.code)
			var got []string
			complete := p.Origins(arg, func(e ast.Expr) bool {
				call, ok := e.(*ast.CallExpr)
				if !ok {
					return false
				}
				if id, ok := call.Fun.(*ast.Ident); !ok || id.Name != "made" {
					return false
				}
				got = append(got, call.Args[0].(*ast.BasicLit).Value)
				return true
			})
			slices.Sort(got)
			var want []string
			for _, w := range tt.want {
				want = append(want, `"`+w+`"`)
			}
			if diff := cmp.Diff(want, slices.Compact(got)); diff != "" {
				t.Errorf("origins (-want +got):\n%s", diff)
			}
			if complete != tt.complete {
				t.Errorf("complete = %v, want %v", complete, tt.complete)
			}
		})
	}
}

// load type-checks a package and returns it with the argument of its call of use.
func load(t *testing.T, code string) (*flow.Package, ast.Expr) {
	t.Helper()
	const prelude = `
type T struct{ next *T }
func made(string) *T
func use(*T)
var other func(*T) *T
`
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", "package p;"+code+prelude, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	cfg := &types.Config{Importer: importer.Default(), IgnoreFuncBodies: false}
	pkg, err := cfg.Check("p", fset, []*ast.File{f}, info)
	if err != nil && pkg == nil {
		t.Fatal(err)
	}
	var arg ast.Expr
	ast.Inspect(f, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if id, ok := call.Fun.(*ast.Ident); ok && id.Name == "use" {
				arg = call.Args[0]
			}
		}
		return true
	})
	return &flow.Package{Types: pkg, Info: info, Files: []*ast.File{f}}, arg
}
