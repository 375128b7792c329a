package find

import (
	"go/ast"
	"go/format"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"sync"
	"testing"

	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// seeds are comments that are directives, were meant to be, or only look like one.
var seeds = []string{
	"//xray:capture", "//xray:capture validate_order", "//xray:capture a b // why", "//xray:capture\t tab ", "//xray:capture " + "\xff",
	"//xray:annotate order_id=o.ID", `//xray:annotate url="http://" + o.ID // why`, "//xray:annotate =", "//xray:annotate k=v=w", "//xray:annotate k=func() {", "//xray:annotate k=o.ID)",
	"//xray:annotate k=1 //", "//xray:annotate k=`", "//xray:annotate k=o.ID; x", "//xray:annotate k=/* */ 1", "//xray:annotate k=interface{}(1", "//xray:annotate k=1/0", "//xray:annotate k=k",
	"//xray:metadata order=o", "//xray:metadata a b=o", "//xray:ignore Capture why",
	"//xray:capure", "// xray:capture", "//XRAY:capture x", "/*xray:capture*/", "//xray:", "//xray: capture", "//xray:capture:x", "//xray:\x00", "// xray: of the spine", "//", "", "/*",
}

// TestGofmt: gofmt leaves directives as they are, or moves them to the end of their doc
// comment as a whole. One with a space after its slashes is text to it.
func TestGofmt(t *testing.T) {
	const before = "package a\n\n// F is a function.\n//\n//go:noinline\n//xray:capture validate_order\n//xray:annotate order_id=o.ID\nfunc F() {\n\t//xray:annotate n=1\n\tprintln()\n}\n\n//xray:capture\nvar f = func() {}\n"
	after, err := format.Source([]byte(before))
	if err != nil || string(after) != before {
		t.Errorf("gofmt makes of it\n%s%v", after, err)
	}
	after, err = format.Source([]byte("package a\n\n//xray:capture validate_order\n// F is a function.\nfunc F() {}\n"))
	if want := "package a\n\n// F is a function.\n//\n//xray:capture validate_order\nfunc F() {}\n"; err != nil || string(after) != want {
		t.Errorf("gofmt makes of it\n%s%v", after, err)
	}
}

// FuzzReadDirective: a comment that begins like a directive is one, or is said to be
// wrong; what is read is written again as it was read.
func FuzzReadDirective(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, ok := readDirective(text)
		if strings.HasPrefix(text, prefix) && !ok {
			t.Errorf("%q is ignored", text)
		}
		if line, _, _ := strings.Cut(text, "\n"); line == text && strings.TrimRight(text, "\r") == text && Asks([]byte(text)) != (ok && d.word != ignoreDirective) && strings.HasPrefix(text, "/") {
			t.Errorf("%q asks for something in a comment, and in a file not, or the other way round", text)
		}
		if !ok || d.wrong != "" {
			return
		}
		if again, ok := readDirective(d.word + " " + d.rest); !ok || again != d {
			t.Errorf("%q reads %+v, and written again %+v", text, d, again)
		}
		if name := nameIn(d.rest); name != nameIn(name) {
			t.Errorf("%q has the name %q, and written again %q", text, name, nameIn(name))
		}
	})
}

// FuzzDirective: a directive above a function gives one site with its place, which is
// to be traced or has a reason. What is to be written is Go.
func FuzzDirective(f *testing.F) {
	for _, seed := range seeds {
		f.Add(strings.TrimPrefix(seed, prefix))
	}
	matcher := sync.OnceValue(func() *match.Matcher {
		c, err := rules.Embedded()
		if err != nil {
			panic(err)
		}
		m, err := match.New(c)
		if err != nil {
			panic(err)
		}
		return m
	})
	from := importer.Default()
	f.Fuzz(func(t *testing.T, words string) {
		if strings.ContainsAny(words, "\r\n") {
			return
		}
		src := "package a\n\nimport \"context\"\n\ntype order struct{ ID string }\n\n" + prefix + words + "\nfunc F(ctx context.Context, o *order) error {\n\treturn ctx.Err()\n}\n"
		p := typeChecked(t, from, src)
		if p == nil {
			return // NUL bytes and the like are no Go
		}
		d, _ := readDirective(strings.TrimSuffix(prefix+words, "\r"))
		sites := Sites(matcher(), p, View{}).Sites
		if d.word == ignoreDirective {
			return
		}
		if len(sites) != 1 || LineOf(p.Fset, sites[0].Pos) != 7 {
			t.Fatalf("%q: %d sites", words, len(sites))
		}
		s := sites[0]
		switch {
		case s.Status == Skipped && s.Reason != "":
		case s.Status != Traceable:
			t.Errorf("%q: %s without a reason", words, s.Status)
		case s.Rule != Capture:
			value := strings.Replace(s.Asked.Value, TextCall, "text(", 1)
			if e, err := parser.ParseExpr("f(" + value + ")"); err != nil || len(e.(*ast.CallExpr).Args) != 1 {
				t.Errorf("%q: %q cannot be written as an argument: %v", words, value, err)
			}
		}
	})
}

// typeChecked returns a package of one file, or nil if the file is not Go.
func typeChecked(t *testing.T, from types.Importer, src string) *Package {
	t.Helper()
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, "a.go", src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil
	}
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}, Implicits: map[ast.Node]types.Object{},
		Selections: map[*ast.SelectorExpr]*types.Selection{}, Scopes: map[ast.Node]*types.Scope{}, Instances: map[*ast.Ident]types.Instance{},
	}
	conf := types.Config{Importer: from}
	pkg, err := conf.Check("a", fset, []*ast.File{syntax}, info)
	if err != nil {
		t.Fatal(err)
	}
	return &Package{Fset: fset, Types: pkg, Info: info, Files: []*File{{Path: "a.go", Src: []byte(src), Syntax: syntax}}}
}
