package report_test

import (
	"bytes"
	"go/ast"
	"go/token"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/seed-4257438c/xray-instrument/analysis/report"
)

// TestJSON pins the output for the sample.
func TestJSON(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the file has absolute names with slashes")
	}
	var out bytes.Buffer
	if err := report.JSON(&out, diagnostics(), "/src"); err != nil {
		t.Fatal(err)
	}
	golden(t, "vet.json", out.Bytes())
}

// TestJSONNothing: no diagnostics are an empty tree, as from go vet, and not null.
func TestJSONNothing(t *testing.T) {
	var out bytes.Buffer
	if err := report.JSON(&out, nil, "/src"); err != nil {
		t.Fatal(err)
	}
	if out.String() != "{}\n" {
		t.Errorf("got %q", out.String())
	}
}

// TestJSONAsGoVet compares with what x/tools itself prints for the same
// diagnostics.
func TestJSONAsGoVet(t *testing.T) {
	dir, pkg := loadModule(t)
	graph, err := checker.Analyze([]*analysis.Analyzer{callReporter}, []*packages.Package{pkg}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var want, got bytes.Buffer
	if err := graph.PrintJSON(&want); err != nil {
		t.Fatal(err)
	}
	if err := report.JSON(&got, callDiagnostics(pkg), dir); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.String(), got.String()); diff != "" || !bytes.Contains(want.Bytes(), []byte("suggested_fixes")) {
		t.Errorf("(-x/tools +ours):\n%s", diff)
	}
}

// callReporter reports the calls of a package: of print without an end, of others
// with a fix.
var callReporter = &analysis.Analyzer{
	Name: "xray",
	Doc:  "reports calls",
	Run: func(pass *analysis.Pass) (any, error) {
		for _, call := range calls(pass.Files) {
			d := analysis.Diagnostic{Pos: call.Pos(), Category: "kind/Rule", Message: "Rule: call of <" + name(call) + ">"}
			if name(call) != "print" {
				d.End = call.End()
				d.SuggestedFixes = []analysis.SuggestedFix{{Message: "wrap it", TextEdits: []analysis.TextEdit{
					{Pos: call.Pos(), End: call.Pos(), NewText: []byte("(")},
					{Pos: call.End(), End: call.End(), NewText: []byte(") // & more")},
				}}}
			}
			pass.Report(d)
		}
		return nil, nil
	},
}

// callDiagnostics is callReporter as data.
func callDiagnostics(pkg *packages.Package) []report.Diagnostic {
	var list []report.Diagnostic
	for _, call := range calls(pkg.Syntax) {
		start, end := pkg.Fset.Position(call.Pos()), pkg.Fset.Position(call.End())
		d := report.Diagnostic{
			Package: pkg.PkgPath, File: "p/" + filepath.Base(start.Filename), Line: start.Line, Column: start.Column,
			Kind: "kind", Rule: "Rule", Message: "call of <" + name(call) + ">",
		}
		if name(call) != "print" {
			d.EndLine, d.EndColumn = end.Line, end.Column
			d.Fix = &report.Fix{Title: "wrap it", Edits: []report.Edit{
				{File: d.File, Start: start.Offset, End: start.Offset, New: "("},
				{File: d.File, Start: end.Offset, End: end.Offset, New: ") // & more"},
			}}
		}
		list = append(list, d)
	}
	return list
}

func calls(files []*ast.File) []*ast.CallExpr {
	var list []*ast.CallExpr
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				list = append(list, call)
			}
			return true
		})
	}
	return list
}

func name(call *ast.CallExpr) string { return call.Fun.(*ast.Ident).Name }

func loadModule(t *testing.T) (dir string, pkg *packages.Package) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.com/m\n\ngo 1.26\n",
		"p/p.go": "package p\n\nfunc f(x int) int {\n\tprint(1)\n\treturn f(\n\t\tx)\n}\n",
		"p/q.go": "package p\n\nvar _ = f(2)\n",
	} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cfg := &packages.Config{Mode: packages.LoadAllSyntax, Dir: dir, Fset: token.NewFileSet(), Env: append(os.Environ(), "GOWORK=off")}
	pkgs, err := packages.Load(cfg, "./p")
	if err != nil || len(pkgs) != 1 || len(pkgs[0].Errors) > 0 {
		t.Fatal(err, pkgs)
	}
	return dir, pkgs[0]
}
