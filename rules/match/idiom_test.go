package match_test

import (
	"go/ast"
	"os"
	"path"
	"sort"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/seed-4257438c/xray-instrument/rules/match"
	"github.com/seed-4257438c/xray-instrument/rules/resolve"
)

// Adding an idiom is adding two small functions and nothing else: those of
// testdata/idiom/plain and testdata/idiom/xray are resolved, found in a program and
// translated, both ways, by code that has never heard of them.
func TestIdiomIsTwoFunctions(t *testing.T) {
	pkgs := load(t, "./testdata/idiom/plain", "./testdata/idiom/xray", "./testdata/idiom/before", "./testdata/idiom/after")
	catalog, err := resolve.Dialects(pkgs["plain"], pkgs["xray"])
	if err != nil {
		t.Fatal(err)
	}
	m, err := match.New(catalog)
	if err != nil {
		t.Fatal(err)
	}
	before, after := pkgs["before"], pkgs["after"]
	if got, want := translate(t, m, before, false), source(t, after); got != want {
		t.Errorf("traced, the program is\n%s\nwant\n%s", got, want)
	}
	if got, want := translate(t, m, after, true), source(t, before); got != want {
		t.Errorf("plain again, the program is\n%s\nwant\n%s", got, want)
	}
}

// load type-checks packages and returns them by the names of their folders.
func load(t *testing.T, patterns ...string) map[string]*packages.Package {
	t.Helper()
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax}, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]*packages.Package{}
	for _, p := range pkgs {
		for _, e := range p.Errors {
			t.Fatal(e)
		}
		byName[path.Base(p.PkgPath)] = p
	}
	return byName
}

func source(t *testing.T, p *packages.Package) string {
	t.Helper()
	b, err := os.ReadFile(p.GoFiles[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// translate returns a program's file with all that reads as one side of an idiom
// turned into the other.
func translate(t *testing.T, m *match.Matcher, p *packages.Package, traced bool) string {
	t.Helper()
	src := source(t, p)
	unit := &match.Unit{Fset: p.Fset, Pkg: p.Types, Info: p.TypesInfo}
	var edits []match.Edit
	ast.Inspect(p.Syntax[0], func(n ast.Node) bool {
		for _, hit := range m.At(unit, n) {
			if hit.Traced != traced {
				t.Errorf("%s: the %s idiom is found on the wrong side", p.Fset.Position(n.Pos()), hit.Idiom.Name)
			}
			found, err := hit.Translate([]byte(src), env{})
			if err != nil {
				t.Fatal(err)
			}
			edits = append(edits, found...)
		}
		return true
	})
	sort.SliceStable(edits, func(i, j int) bool { return edits[i].Start > edits[j].Start })
	for _, e := range edits { // from the end, so that offsets hold
		src = src[:e.Start] + e.New + src[e.End:]
	}
	return src
}

// env writes things as the program does.
type env struct{}

func (env) Package(string, string) (string, error) { return "sh", nil }
func (env) Support(name string) string             { return name }
func (env) Fill(hole string) (string, error)       { return hole, nil }
