package main

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/seed-4257438c/xray-instrument/rules"
)

const records = `package plain

//idiom:library a.org/x a.org/x/v2
//idiom:traces a call -> subsegment x
//idiom:traces a reply -> its status
//idiom:untraced retries|hedges

//idiom:library a.org/x/sub
//idiom:traces a run -> subsegment sub

func Call() {}
func CallSub() {}
func CallTwo() {}
`

func TestLibraries(t *testing.T) {
	page, err := libraries(parsed(t, records), idioms("Call", "a.org/x.Client.Call", "CallSub", "a.org/x/sub.Run", "CallTwo", "a.org/x/v2/deep.Call"))
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for line := range strings.Lines(string(page)) {
		if strings.HasPrefix(line, "| [") {
			rows = append(rows, strings.TrimSpace(line))
		}
	}
	want := []string{
		`| [a.org/x](https://pkg.go.dev/a.org/x)<br>[a.org/x/v2](https://pkg.go.dev/a.org/x/v2) | a call → subsegment x<br>a reply → its status | retries\|hedges | [Call](idioms.md#call), [CallTwo](idioms.md#calltwo) |`,
		`| [a.org/x/sub](https://pkg.go.dev/a.org/x/sub) | a run → subsegment sub |  | [CallSub](idioms.md#callsub) |`,
	}
	if got := strings.Join(rows, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("rows:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
}

func TestLibrariesAreComplete(t *testing.T) {
	for _, tt := range []struct{ name, src, want string }{
		{"none", "package plain\nfunc Call() {}\n", "plain.go:2:6: no //idiom:library of this file covers idiom Call"},
		{"traces nothing", "package plain\n//idiom:library a.org/x\nfunc Call() {}\n", "plain.go:2:1: no //idiom:traces says what is traced of a.org/x"},
		{"no idiom", "package plain\n//idiom:library a.org/x\n//idiom:traces a -> b\n//idiom:library a.org/y\n\nfunc Call() {}\n", "plain.go:4:1: no idiom of this file is about a.org/y"},
		{"before", "package plain\n//idiom:untraced a\nfunc Call() {}\n", "plain.go:2:1: //idiom:untraced stands before any //idiom:library"},
		{"empty", "package plain\n//idiom:library\nfunc Call() {}\n", "plain.go:2:1: //idiom:library says nothing"},
		{"no name", "package plain\n//idiom:library a.org/x\n//idiom:traces a call\nfunc Call() {}\n", "plain.go:3:1: write //idiom:traces WHAT -> segment or subsegment NAME"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := libraries(parsed(t, tt.src), idioms("Call", "a.org/x.Client.Call"))
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func parsed(t *testing.T, src string) *packages.Package {
	t.Helper()
	pkg := &packages.Package{Fset: token.NewFileSet()}
	f, err := parser.ParseFile(pkg.Fset, "plain.go", src, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	pkg.Syntax = []*ast.File{f}
	cfg := types.Config{Importer: importer.Default()}
	if pkg.Types, err = cfg.Check("plain", pkg.Fset, pkg.Syntax, nil); err != nil {
		t.Fatal(err)
	}
	return pkg
}

// idioms returns a catalog: the idioms' names, each with the object that its plain
// side names.
func idioms(pairs ...string) *rules.Catalog {
	c := &rules.Catalog{}
	for i := 0; i < len(pairs); i += 2 {
		c.Idioms = append(c.Idioms, &rules.Idiom{Name: pairs[i], Plain: &rules.Body{Refs: []rules.Ref{{Object: pairs[i+1]}}}})
	}
	return c
}
