package analysis_test

import (
	"bytes"
	"encoding/gob"
	"flag"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	xray "github.com/seed-4257438c/xray-instrument/analysis"
)

// What hosts need: Bazel's nogo is given a package with a variable Analyzer of this
// type, sets its flags by name, and carries its facts from build to build as gob.
var _ *analysis.Analyzer = xray.Analyzer

func TestShape(t *testing.T) {
	if err := analysis.Validate([]*analysis.Analyzer{xray.Analyzer}); err != nil {
		t.Error(err)
	}
	var flags []string
	xray.Analyzer.Flags.VisitAll(func(f *flag.Flag) {
		flags = append(flags, f.Name)
		if err := xray.Analyzer.Flags.Set(f.Name, f.DefValue); err != nil {
			t.Errorf("-%s does not take its default: %v", f.Name, err)
		}
	})
	if want := []string{"cancel", "rules", "service"}; !slices.Equal(flags, want) {
		t.Errorf("flags %q, want %q", flags, want)
	}
	if len(xray.Analyzer.Requires) > 0 || xray.Analyzer.ResultType != nil {
		t.Error("the analyzer needs others, or has a result")
	}
}

// TestImport shows that importing the package has no side effect that a host would
// notice: the command line has no further flag, and nothing is printed.
func TestImport(t *testing.T) {
	flag.VisitAll(func(f *flag.Flag) {
		if !strings.HasPrefix(f.Name, "test.") {
			t.Errorf("the command line has a flag -%s", f.Name)
		}
	})
	out, err := exec.Command(os.Args[0], "-test.run=^$").CombinedOutput() // this program without its tests
	if err != nil || string(out) != "testing: warning: no tests to run\nPASS\n" {
		t.Errorf("the program prints, error %v:\n%s", err, out)
	}
}

// wrappers is a package whose functions have facts, and one that imports it.
var wrappers = map[string]string{
	"go.mod": "module example.com/app\n\ngo 1.24\n",
	"wrap/wrap.go": `package wrap

import (
	"database/sql"
	"net/http"
)

func Get(url string) (*http.Response, error) { return http.Get(url) }

func Head(url string) (*http.Response, error) { return http.Head(url) }

func Ping(db *sql.DB) error { return db.Ping() }
`,
	"app.go": `package app

import "example.com/app/wrap"

func F() { wrap.Get("http://localhost") }
`,
}

// TestFacts shows that facts are the same in each build, byte for byte, and survive
// being written and read.
func TestFacts(t *testing.T) {
	dir := t.TempDir()
	for name, text := range wrappers {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	first := encodedFacts(t, dir)
	if len(first["example.com/app/wrap"]) == 0 {
		t.Fatalf("the wrappers have no facts; there are those of %q", slices.Sorted(maps.Keys(first)))
	}
	for range 3 {
		if again := encodedFacts(t, dir); !reflect.DeepEqual(first, again) {
			t.Fatalf("facts differ from run to run:\n%q\n%q", first, again)
		}
	}
}

// encodedFacts analyzes the packages below a folder and returns their facts as gob.
func encodedFacts(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadAllSyntax | packages.NeedModule, Dir: dir}, "./...")
	if err != nil {
		t.Fatal(err)
	}
	if packages.PrintErrors(pkgs) > 0 {
		t.Fatal("the packages have errors")
	}
	graph, err := checker.Analyze([]*analysis.Analyzer{xray.Analyzer}, pkgs, &checker.Options{Sequential: true})
	if err != nil {
		t.Fatal(err)
	}
	encoded := map[string][]byte{}
	for _, action := range graph.Roots {
		if action.Err != nil {
			t.Fatal(action.Err)
		}
		for _, f := range action.AllPackageFacts() {
			encoded[f.Package.Path()] = roundTrip(t, f.Fact)
		}
		if n := len(action.AllObjectFacts()); n > 0 {
			t.Errorf("%d facts of objects, which this test does not look at", n)
		}
	}
	return encoded
}

// roundTrip returns a fact as gob, after it has been read back.
func roundTrip(t *testing.T, fact analysis.Fact) []byte {
	t.Helper()
	var text bytes.Buffer
	if err := gob.NewEncoder(&text).Encode(fact); err != nil {
		t.Fatal(err)
	}
	data := bytes.Clone(text.Bytes())
	read := reflect.New(reflect.TypeOf(fact).Elem()).Interface()
	if err := gob.NewDecoder(&text).Decode(read); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read, fact) {
		t.Errorf("read back, %v is %v", fact, read)
	}
	return data
}

// TestNogo runs the analyzer with no more of a pass than nogo gives: no module, no
// versions, no way to read files, and names relative to the sandbox, where there is no
// go.mod.
func TestNogo(t *testing.T) {
	t.Chdir(t.TempDir())
	const name, source = "shop/shop.go", `package shop

import (
	"database/sql"
	"net/http"
)

var Client = &http.Client{}

func Serve(db *sql.DB) error {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { _ = db.Ping() })
	return http.ListenAndServe(":80", nil)
}
`
	if err := os.Mkdir("shop", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Instances: map[*ast.Ident]types.Instance{}, Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{},
		Implicits: map[ast.Node]types.Object{}, Scopes: map[ast.Node]*types.Scope{}, Selections: map[*ast.SelectorExpr]*types.Selection{},
	}
	config := types.Config{Importer: importer.ForCompiler(fset, "gc", nil)}
	pkg, err := config.Check("example.com/shop", fset, []*ast.File{file}, info)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	_, err = xray.Analyzer.Run(&analysis.Pass{
		Analyzer: xray.Analyzer, Fset: fset, Files: []*ast.File{file}, Pkg: pkg, TypesInfo: info, TypesSizes: types.SizesFor("gc", "amd64"),
		Report: func(d analysis.Diagnostic) {
			got = append(got, fmt.Sprintf("%s: %s", fset.Position(d.Pos), d.Category))
		},
		AllPackageFacts:   func() []analysis.PackageFact { return nil },
		ExportPackageFact: func(analysis.Fact) {},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"shop/shop.go:8:15: outbound-http/ClientLiteral",
		"shop/shop.go:11:74: sql-call/DBPing",
		"shop/shop.go:12:9: inbound-http/ListenAndServe",
	}
	if !slices.Equal(got, want) {
		t.Errorf("it reports %q, want %q", got, want)
	}
}
