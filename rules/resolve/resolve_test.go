package resolve

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// dialects type-checks two packages of one file each.
func dialects(t *testing.T, plain, xray string) (p, x *packages.Package) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":         "module example.com/idioms\n\ngo 1.21\n",
		"plain/plain.go": "package plain\n\n" + plain,
		"xray/xray.go":   "package xray\n\n" + xray,
	} {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cfg := &packages.Config{Mode: packages.LoadSyntax, Dir: dir, Env: append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod", "GOPROXY=off")}
	pkgs, err := packages.Load(cfg, "./plain", "./xray")
	if err != nil {
		t.Fatal(err)
	}
	return pkgs[0], pkgs[1]
}

const plainSleep = `import (
	"context"
	"time"
)

// Sleep finds time.Sleep. The pause ends with the context.
//
//idiom:guard short
func Sleep(ctx context.Context, d time.Duration) {
	time.Sleep(d)
}
`

const tracedSleep = `import (
	"context"
	clock "time"
)

func Sleep(ctx context.Context, d clock.Duration) {
	pause(ctx, d)
}

// pause is time.Sleep with a context.
func pause(ctx context.Context, d clock.Duration) {
	t := timer{clock.NewTimer(d)}
	defer t.stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

type timer struct{ *clock.Timer }

// stop stops t and counts it.
func (t timer) stop() {
	stopped++
	t.Timer.Stop()
}

var stopped int
`

func TestDialects(t *testing.T) {
	catalog, err := Dialects(dialects(t, plainSleep, tracedSleep))
	if err != nil {
		t.Fatal(err)
	}
	want := &rules.Catalog{
		Idioms: []*rules.Idiom{{
			Name:   "Sleep",
			Kind:   rules.Custom,
			Doc:    "Sleep finds time.Sleep. The pause ends with the context.",
			Params: []rules.Param{{Name: "ctx", Type: "context.Context"}, {Name: "d", Type: "time.Duration"}},
			Plain: &rules.Body{Form: rules.Expr, Source: "time.Sleep(d)", Refs: []rules.Ref{
				{Pos: 0, Path: "time"}, {Pos: 5, Object: "time.Sleep"}, {Pos: 11, Hole: "d"}}},
			XRay: &rules.Body{Form: rules.Expr, Source: "pause(ctx, d)", Refs: []rules.Ref{
				{Pos: 0, Object: "~.pause"}, {Pos: 6, Hole: "ctx"}, {Pos: 11, Hole: "d"}}},
			Guards: []string{"short"},
		}},
		Support: map[string]*rules.Support{
			"pause": {Name: "pause",
				Source: tracedSleep[strings.Index(tracedSleep, "// pause") : strings.Index(tracedSleep, "\n}\n\ntype")+2],
				Refs:   []rules.Ref{{Pos: 54, Path: "context"}, {Pos: 73, Path: "time"}, {Pos: 103, Path: "time"}},
				Uses:   []string{"timer"}},
			"timer": {Name: "timer",
				Source: strings.TrimSuffix(tracedSleep[strings.Index(tracedSleep, "type timer"):strings.Index(tracedSleep, "\n\nvar")], "\n"),
				Refs:   []rules.Ref{{Pos: 20, Path: "time"}},
				Uses:   []string{"stopped"}},
			"stopped": {Name: "stopped", Source: "var stopped int", Uses: []string{}},
		},
	}
	if got, want := encode(t, catalog), encode(t, want); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func encode(t *testing.T, c *rules.Catalog) string {
	t.Helper()
	for _, s := range c.Support { // nil and empty are the same
		s.Refs, s.Uses = append([]rules.Ref{}, s.Refs...), append([]string{}, s.Uses...)
	}
	b, err := json.MarshalIndent(c, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestForms(t *testing.T) {
	plain := `import "net/http"

// Field finds an assignment.
//
//idiom:kind inbound-http
//idiom:family net/
func Field(s *http.Server, h http.Handler) {
	s.Handler = h
}

// Literal finds a literal.
func Literal() *http.Client {
	return &http.Client{}
}

// Declared finds a variable.
func Declared() http.Client {
	var c http.Client
	return c
}

// Many finds any number of arguments.
func Many(args ...any) []any {
	return append([]any(nil), args...)
}
`
	traced := strings.NewReplacer("= h\n", "= http.StripPrefix(\"\", h)\n", "http.Client{}\n", "http.Client{Jar: nil}\n",
		"var c http.Client\n", "var c = http.Client{Jar: nil}\n", "[]any(nil)", "make([]any, 0)").Replace(plain)
	catalog, err := Dialects(dialects(t, plain, traced))
	if err != nil {
		t.Fatal(err)
	}
	want := []struct {
		kind          rules.Kind
		family        string
		form          rules.Form
		plain, traced string
	}{
		{rules.InboundHTTP, "net/", rules.Assign, "s.Handler = h", `s.Handler = http.StripPrefix("", h)`},
		{rules.Custom, "", rules.Expr, "&http.Client{}", "&http.Client{Jar: nil}"},
		{rules.Custom, "", rules.Var, "c http.Client", "c = http.Client{Jar: nil}"},
		{rules.Custom, "", rules.Expr, "append([]any(nil), args...)", "append(make([]any, 0), args...)"},
	}
	for i, d := range catalog.Idioms {
		w := want[i]
		if d.Kind != w.kind || d.Family != w.family || d.Plain.Form != w.form || d.XRay.Form != w.form || d.Plain.Source != w.plain || d.XRay.Source != w.traced {
			t.Errorf("idiom %s: %+v, plain %+v, xray %+v", d.Name, d, d.Plain, d.XRay)
		}
	}
	if p := catalog.Idioms[3].Params[0]; !p.Variadic || p.Type != "any" {
		t.Errorf("parameter %+v", p)
	}
	if refs := catalog.Idioms[0].Plain.Refs; refs[1].Object != "net/http.Server.Handler" {
		t.Errorf("refs %+v", refs)
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct {
		name, plain, xray string
		want              []string
	}{
		{"results differ", "// F finds.\nfunc F(n int) int {\n\treturn -n\n}\n", "func F(n int) int64 {\n\treturn int64(n)\n}\n",
			[]string{"xray.go:3:1: the sides of idiom F differ in signature: plain func(n int) int, xray func(n int) int64"}},
		{"variadic on one side", "// F finds.\nfunc F(n []int) {\n\tprint(n)\n}\n", "func F(n ...int) {\n\tprint(n)\n}\n",
			[]string{"xray.go:3:1: the sides of idiom F differ in signature: plain func(n []int), xray func(n ...int)"}},
		{"names differ", "// F finds.\nfunc F(a, b int) {\n\tprint(a, b)\n}\n", "func F(b, a int) {\n\tprint(a, b)\n}\n",
			[]string{"xray.go:3:1: the sides of idiom F name parameter 1 differently"}},
		{"no traced side", "// F finds.\nfunc F() {\n\tprint()\n}\n", "func f() {}\n",
			[]string{"plain.go:4:1: idiom F has no xray side"}},
		{"no plain side", "", "func F() {\n\tprint()\n}\n",
			[]string{"xray.go:3:1: idiom F has no plain side"}},
		{"empty", "// F finds.\nfunc F() {}\n", "func F() {}\n",
			[]string{"plain.go:4:1: idiom F has an empty body"}},
		{"two statements", "// F finds.\nfunc F() {\n\tprint()\n\tprint()\n}\n", "func F() {\n\tprint()\n}\n",
			[]string{"plain.go:4:1: the body of idiom F is neither an expression, an assignment nor a variable"}},
		{"two statements on the traced side", "// F finds.\nfunc F() {\n\tprint()\n}\n", "func F() {\n\tprint()\n\tprint()\n}\n",
			[]string{"xray.go:3:1: the body of idiom F is neither an expression, an assignment nor a variable"}},
		{"two results", "// F finds.\nfunc F(a, b int) (int, int) {\n\treturn a, b\n}\n", "func F(a, b int) (int, int) {\n\treturn b, a\n}\n",
			[]string{"plain.go:4:1: the body of idiom F is neither an expression, an assignment nor a variable"}},
		{"a loop", "// F finds.\nfunc F() {\n\tfor {\n\t}\n}\n", "func F() {\n\tprint()\n}\n",
			[]string{"plain.go:4:1: the body of idiom F is neither an expression, an assignment nor a variable"}},
		{"no doc comment", "func F() {\n\tprint()\n}\n", "func F() {\n\tprintln()\n}\n",
			[]string{"plain.go:3:1: idiom F has no doc comment"}},
		{"directives alone", "//idiom:kind custom\nfunc F() {\n\tprint()\n}\n", "func F() {\n\tprintln()\n}\n",
			[]string{"plain.go:4:1: idiom F has no doc comment"}},
		{"a hole twice", "// F finds.\nfunc F(n int) {\n\tprint(n, n)\n}\n", "func F(n int) {\n\tprintln(n)\n}\n",
			[]string{"plain.go:4:1: idiom F mentions n twice"}},
		{"a hole twice on the traced side", "// F finds.\nfunc F(n int) {\n\tprint(n)\n}\n", "func F(n int) {\n\tprintln(n, n)\n}\n",
			[]string{"xray.go:3:1: idiom F mentions n twice"}},
		{"a hole dropped", "// F finds.\nfunc F(n int) {\n\tprint(n)\n}\n", "func F(n int) {\n\tprintln()\n}\n",
			[]string{"xray.go:3:1: idiom F drops n, which its plain side has"}},
		{"support code in a group", "", "var (\n\ta int\n\tb int\n)\n",
			[]string{"xray.go:3:1: support code is declared in a group: declare each name by itself"}},
		{"a method before its type", "", "func (t) m() {}\n\ntype t struct{}\n",
			[]string{"xray.go:5:1: support declaration t stands after its methods"}},
		{"several", "func F() {\n\tprint()\n}\n\nfunc G() {\n\tprint()\n}\n", "func F() {\n\tprintln()\n}\n\nfunc H() {\n\tprint()\n}\n",
			[]string{"plain.go:3:1: idiom F has no doc comment", "plain.go:7:1: idiom G has no xray side", "xray.go:7:1: idiom H has no plain side"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Dialects(dialects(t, test.plain, test.xray))
			if err == nil {
				t.Fatal("no error")
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(test.want) {
				t.Fatalf("got %q, want %q", lines, test.want)
			}
			for i, want := range test.want {
				if got := lines[i]; got[strings.LastIndexByte(got[:strings.Index(got, ".go:")], filepath.Separator)+1:] != want {
					t.Errorf("got %q, want %q", got, want)
				}
			}
		})
	}
}

// A dialect that does not compile is refused with the compiler's words.
func TestNoProgram(t *testing.T) {
	for body, want := range map[string]string{
		" {\n\tnothing()\n}\n": "plain.go:5:2: undefined: nothing",
		"\n":                   "plain.go:4:6: missing function body",
	} {
		_, err := Dialects(dialects(t, "// F finds.\nfunc F()"+body, "func F() {\n\tprint()\n}\n"))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// An idiom stands for siblings of what both its sides call.
func TestAlso(t *testing.T) {
	plain := `import "strings"

// CutPrefix finds strings.TrimPrefix.
//
//idiom:also TrimSuffix
func CutTrimPrefix(s, p string) string {
	return strings.TrimPrefix(s, p)
}
`
	traced := strings.Replace(plain, "strings.TrimPrefix(s, p)", "strings.TrimPrefix(strings.ToLower(s), p)", 1)
	catalog, err := Dialects(dialects(t, plain, traced))
	if err != nil {
		t.Fatal(err)
	}
	if len(catalog.Idioms) != 2 {
		t.Fatalf("%d idioms", len(catalog.Idioms))
	}
	got := catalog.Idioms[1]
	if got.Name != "CutTrimSuffix" || got.Of != "CutTrimPrefix" || got.Plain.Source != "strings.TrimSuffix(s, p)" || got.XRay.Source != "strings.TrimSuffix(strings.ToLower(s), p)" {
		t.Errorf("got %+v, %+v, %+v", got, got.Plain, got.XRay)
	}
	for _, ref := range got.XRay.Refs {
		if rest := got.XRay.Source[ref.Pos:]; ref.Hole != "" && !strings.HasPrefix(rest, ref.Hole) || ref.Path != "" && !strings.HasPrefix(rest, ref.Path) {
			t.Errorf("%+v stands at %q", ref, rest)
		}
	}
	for names, want := range map[string]string{"Missing": "has no sibling Missing", "Fields": "has no sibling Fields of the same signature"} {
		_, err := Dialects(dialects(t, strings.Replace(plain, "TrimSuffix", names, 1), traced))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", names, err, want)
		}
	}
}
