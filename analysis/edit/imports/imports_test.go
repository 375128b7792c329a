package imports_test

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-4257438c/xray-instrument/analysis/edit/imports"
	"github.com/seed-4257438c/xray-instrument/analysis/edit/splice"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

func parse(t *testing.T, src []byte) *imports.File {
	t.Helper()
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, "a.go", src, parser.ParseComments)
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	return &imports.File{Fset: fset, Syntax: syntax, Src: src}
}

func pathOf(s *ast.ImportSpec) string {
	p, _ := strconv.Unquote(s.Path.Value)
	return p
}

func find(f *imports.File, path string) *ast.ImportSpec {
	for _, s := range f.Syntax.Imports {
		if pathOf(s) == path {
			return s
		}
	}
	return nil
}

const sdk = "github.com/aws/aws-xray-sdk-go/v2/xray"

func TestAdd(t *testing.T) {
	tests := []struct{ name, src, path, want string }{
		{"no import", "package p\n\nvar x int\n", "context", "package p\n\nimport \"context\"\n\nvar x int\n"},
		{"no import, no end of line", "package p\n\nvar x int", "context", "package p\n\nimport \"context\"\n\nvar x int"},
		{"sorted place", "package p\n\nimport (\n\t\"bytes\"\n\t\"fmt\"\n)\n", "context", "package p\n\nimport (\n\t\"bytes\"\n\t\"context\"\n\t\"fmt\"\n)\n"},
		{"last", "package p\n\nimport (\n\t\"bytes\"\n)\n", "context", "package p\n\nimport (\n\t\"bytes\"\n\t\"context\"\n)\n"},
		{"a group of its own", "package p\n\nimport (\n\t\"bytes\"\n)\n", sdk, "package p\n\nimport (\n\t\"bytes\"\n\n\t\"" + sdk + "\"\n)\n"},
		{"the hosts' group", "package p\n\nimport (\n\t\"bytes\"\n\n\t\"example.com/z\"\n)\n", sdk, "package p\n\nimport (\n\t\"bytes\"\n\n\t\"example.com/z\"\n\t\"" + sdk + "\"\n)\n"},
		{"the group it is most like", "package p\n\nimport (\n\t\"bytes\"\n\n\t\"github.com/aws/aws-sdk-go/aws\"\n\n\t\"example.com/z\"\n)\n", sdk,
			"package p\n\nimport (\n\t\"bytes\"\n\n\t\"github.com/aws/aws-sdk-go/aws\"\n\t\"" + sdk + "\"\n\n\t\"example.com/z\"\n)\n"},
		{"CRLF", "package p\r\n\r\nimport (\r\n\t\"fmt\"\r\n)\r\n", "context", "package p\r\n\r\nimport (\r\n\t\"context\"\r\n\t\"fmt\"\r\n)\r\n"},
		{"one line becomes a block", "package p\n\nimport \"fmt\"\n", "context", "package p\n\nimport (\n\t\"context\"\n\t\"fmt\"\n)\n"},
		{"an empty block", "package p\n\nimport (\n)\n", "context", "package p\n\nimport (\n\t\"context\"\n)\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			edits, records := parse(t, []byte(tt.src)).Edits([]imports.Spec{{Path: tt.path}}, nil)
			got := apply(t, []byte(tt.src), edits)
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.src, string(takeBack(t, got, records))); diff != "" {
				t.Errorf("taken back (-want +got):\n%s", diff)
			}
		})
	}
}

// layout is a random import section.
type layout struct {
	r   *rand.Rand
	out strings.Builder
	nl  string
}

var pool = []string{
	"bytes", "context/x", "fmt", "io", "net/http", "os", "zz", "example.com/a", "example.com/app/b", "github.com/aws/aws-sdk-go/aws", "github.com/z/z/v2", "gopkg.in/x.v1",
}

// file writes a file with a random choice of imports, in random groups, with
// random names and comments, as gofmt prints it or never so.
func (l *layout) file() []byte {
	paths := append([]string(nil), pool...)
	l.r.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	paths = paths[:l.r.IntN(6)]
	l.line("// Package p.")
	l.line("package p")
	if l.r.IntN(6) > 0 {
		l.line("")
	}
	switch {
	case len(paths) == 0:
	case l.r.IntN(3) == 0:
		for _, p := range paths {
			l.line("import " + l.spec(p))
		}
	default:
		l.line("import (")
		for i, p := range paths {
			if i > 0 && l.r.IntN(3) == 0 {
				l.line("")
			}
			if l.r.IntN(6) == 0 {
				l.line("\t// above")
			}
			l.line("\t" + l.spec(p))
		}
		l.line(")")
	}
	l.line("")
	tidy := l.r.IntN(2) == 0
	if tidy {
		l.line("var x = 1")
	} else {
		l.line("var  x=1")
	}
	text := l.out.String()
	if out, err := format.Source([]byte(text)); tidy && err == nil {
		return out
	}
	if l.r.IntN(6) == 0 {
		text = strings.TrimSuffix(text, l.nl)
	}
	return []byte(text)
}

func (l *layout) line(text string) { l.out.WriteString(text + l.nl) }

func (l *layout) spec(p string) string {
	text := strconv.Quote(p)
	switch l.r.IntN(6) {
	case 0:
		text = "name" + strconv.Itoa(l.r.IntN(9)) + " " + text
	case 1:
		text = "_ " + text
	}
	if l.r.IntN(6) == 0 {
		text += " // beside"
	}
	return text
}

// TestRandom adds random imports to random files, drops others, and takes it all
// back from the records: the bytes are as before.
func TestRandom(t *testing.T) {
	failures := 0
	for seed := uint64(0); seed < 4000 && failures < 8; seed++ {
		r := rand.New(rand.NewPCG(seed, 4))
		l := &layout{r: r, nl: []string{"\n", "\n", "\r\n"}[r.IntN(3)]}
		src := l.file()
		f := parse(t, src)
		add := [][]imports.Spec{
			nil, {{Path: "context"}}, {{Path: sdk}}, {{Path: "context"}, {Path: sdk}}, {{Name: "awsxray", Path: sdk}}, {{Path: "database/sql"}, {Path: sdk}},
		}[r.IntN(6)]
		var drop []*ast.ImportSpec
		for _, s := range f.Syntax.Imports {
			if r.IntN(4) == 0 && (s.Name == nil || s.Name.Name != "_") {
				drop = append(drop, s)
			}
		}
		if len(add) == 0 && len(drop) == len(f.Syntax.Imports) {
			continue // no file loses all imports and gains none
		}
		ok := t.Run(fmt.Sprint(seed), func(t *testing.T) {
			edits, records := f.Edits(add, drop)
			with := splice.Layout(src, apply(t, src, edits))
			checkImports(t, with, add, drop)
			back := splice.Layout(with, takeBack(t, with, records))
			if diff := cmp.Diff(string(src), string(back)); diff != "" {
				t.Errorf("taken back (-want +got):\n%s\nwhat it was taken from:\n%s", diff, with)
			}
		})
		if !ok {
			failures++
		}
	}
}

// checkImports checks that a file has what was added, and nothing that was
// dropped but blank.
func checkImports(t *testing.T, src []byte, add []imports.Spec, drop []*ast.ImportSpec) {
	t.Helper()
	f := parse(t, src)
	for _, a := range add {
		if s := find(f, a.Path); s == nil || (s.Name == nil) != (a.Name == "") {
			t.Errorf("%s is not imported:\n%s", a.Path, src)
		}
	}
	for _, d := range drop {
		if s := find(f, pathOf(d)); s != nil && (s.Name == nil || s.Name.Name != "_") {
			t.Errorf("%s is still imported:\n%s", d.Path.Value, src)
		}
	}
}

// takeBack does what -remove does with a file whose imports nothing uses.
func takeBack(t *testing.T, src []byte, records []imports.Change) []byte {
	t.Helper()
	f := parse(t, src)
	gone := map[*ast.ImportSpec]bool{}
	var edits []match.Edit
	var dropped []imports.Change
	single := false
	for _, r := range records {
		switch {
		case r.Added != "":
			s := find(f, r.Added)
			gone[s], single = true, single || r.Single
			edits = append(edits, f.Remove(s, r.Apart))
		case r.Blanked != "":
			e, ok := f.Unblank(r.Blanked, r.Name)
			if !ok {
				t.Fatalf("no blank import of %s:\n%s", r.Blanked, src)
			}
			edits = append(edits, e)
		default:
			dropped = append(dropped, r)
		}
	}
	if single {
		if e, ok := f.Unblock(gone); ok {
			edits = []match.Edit{e}
		}
	}
	out, err := imports.Restore(apply(t, src, edits), dropped)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func apply(t *testing.T, src []byte, edits []match.Edit) []byte {
	t.Helper()
	out, err := splice.Apply(src, edits)
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	return out
}
