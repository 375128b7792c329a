package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	got, err := Parse("f", []byte(`# all there is
service: {./cmd/api: orders-api, cmd/worker: "orders worker"}
rules: [-log, -DBPing]
cancel: detach
thread: "off"
api: wrap
exclude:
  packages: [./legacy/..., tools]
  files:
    - mock_*.go
    - "**/zz.go"
idioms:
- plain: example.com/app/plain
  xray: example.com/app/xray
capture:
- func: ./a.(*T).M
  name: m
  annotate: {id: o.ID, mail: {value: to, allow: true}}
sensitive: [badge]
`))
	if err != nil {
		t.Fatal(err)
	}
	text := func(value string, line, col int) Text { return Text{value, Pos{line, col}} }
	want := &File{
		Path: "f",
		Service: Service{Mains: []Named{
			{text("cmd/api", 2, 11), text("orders-api", 2, 22)},
			{text("cmd/worker", 2, 34), text("orders worker", 2, 46)},
		}},
		Rules:  []Text{text("-log", 3, 9), text("-DBPing", 3, 15)},
		Cancel: text("detach", 4, 9), Thread: text("off", 5, 9), API: text("wrap", 6, 6),
		Exclude: Exclude{
			Packages: []Text{text("legacy/...", 8, 14), text("tools", 8, 28)},
			Files:    []Text{text("mock_*.go", 10, 7), text("**/zz.go", 11, 7)},
		},
		Idioms: []Idiom{{text("example.com/app/plain", 13, 10), text("example.com/app/xray", 14, 9)}},
		Capture: []Capture{{
			Func: text("./a.(*T).M", 16, 9), Name: text("m", 17, 9),
			Annotate: []Annotation{{Key: text("id", 18, 14), Value: text("o.ID", 18, 18)}, {text("mail", 18, 24), text("to", 18, 38), true}},
		}},
		Sensitive: []Text{text("badge", 19, 13)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestParseNothing(t *testing.T) {
	for _, src := range []string{"", "\n", "# nothing\n", "---\n", "~\n", "{}\n", "service:\nrules:\nexclude:\n  files:\nidioms:\n"} {
		f, err := Parse("f", []byte(src))
		if err != nil || !cmp.Equal(f, &File{Path: "f"}) {
			t.Errorf("%q: %+v, %v", src, f, err)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct{ src, want string }{
		{"servce: a\n", `f:1:1: unknown key "servce": did you mean service?`},
		{"service: a\n\ncolour: red\n", `f:3:1: unknown key "colour": there are service, rules, cancel, thread, api, exclude, idioms, capture, sensitive, setup`},
		{"exclude:\n  package: [a]\n", `f:2:3: unknown key "package" of exclude: did you mean packages?`},
		{"idioms:\n  - plain: a/b\n    x-ray: a/c\n", "f:3:5: unknown key \"x-ray\" of idioms: did you mean xray?\nf:2:5: idioms: an entry has two sides: give xray, the import path of a package"},
		{"service: a\nservice: b\n", `f:2:1: the key "service" is there twice`},
		{"service: [a]\n", "f:1:10: service: want text, found a list"},
		{"service: ''\n", "f:1:10: service: the text is empty"},
		{"service: {../api: a}\n", `f:1:11: service: "../api" is no folder relative to the module's root, like ./cmd/api`},
		{"service: {./api: a, api/: b}\n", `f:1:21: service: the folder api is there twice`},
		{"rules: log\n", `f:1:8: rules: want a list, found the text "log"`},
		{"rules: [a, [b]]\n", "f:1:12: rules: want text, found a list"},
		{"cancel: never\n", `f:1:9: cancel: "never": it is follow or detach`},
		{"thread: all\n", `f:1:9: thread: "all": it is module, package or off`},
		{"exclude: [a]\n", "f:1:10: exclude: want keys with values, found a list"},
		{"exclude:\n  packages: [/a, a/.../b, ./a*]\n", "f:2:14: exclude.packages: \"/a\" is no folder relative to the module's root, like ./cmd/api\n" +
			"f:2:18: exclude.packages: \"a/.../b\" is no folder relative to the module's root, like ./cmd/api\n" +
			"f:2:27: exclude.packages: \"./a*\" is no folder relative to the module's root, like ./cmd/api"},
		{"exclude:\n  files: ['[a.go', ../a.go]\n", "f:2:11: exclude.files: \"[a.go\" is no pattern of files relative to the module's root\n" +
			"f:2:20: exclude.files: \"../a.go\" is no pattern of files relative to the module's root"},
		{"idioms:\n- plain: ./a\n  xray: a/...\n", "f:2:10: idioms.plain: \"./a\" is not the import path of one package\nf:3:9: idioms.xray: \"a/...\" is not the import path of one package"},
		{"idioms:\n- a/b\n", `f:2:3: idioms: want keys with values, found the text "a/b"`},
		{"capture: [{name: a}]\n", "f:1:11: capture: an entry needs func, the function or pattern of functions"},
		{"capture: [{func: Validate}]\n", `f:1:18: capture.func: "Validate" is no function of the module, like ./internal/order.(*Service).Validate`},
		{"capture: [{func: ../a.F}]\n", `f:1:18: capture.func: "../a.F" is no function of the module, like ./internal/order.(*Service).Validate`},
		{"capture: [{func: a.F, annotate: {id: o.ID()}}]\n", `f:1:38: capture.annotate of id: "o.ID()" is neither a parameter nor a field of one, like order.ID`},
		{"capture: [{func: a.F, annotate: {id: {value: o, allow: 1}}}]\n", "f:1:56: capture.annotate of id: allow is true or false"},
		{"capture: [{func: a.F, annotate: {id: {allow: true}}}]\n", "f:1:38: capture.annotate of id: give value, a parameter or a field of one"},
		{"capture: [{func: a.F, annotate: {id: {value: o, alow: true}}}]\n", `f:1:49: unknown key "alow" of capture.annotate: there are value, allow`},
		{"capture: [{func: a.F, annotate: {who: u.Email}}]\n", "f:1:39: capture.annotate of who: u.Email may hold what no trace should (email): write who: {value: u.Email, allow: true} if it does not"},
		{"sensitive: [-emails]\n", `f:1:13: sensitive: "emails" is not among ` + strings.Join(sensitive, ", ")},
		{"setup: {context_missing: error}\n", `f:1:26: setup.context_missing: "error": it is log or ignore`},
		{"setup: {plugins: [eks]}\n", `f:1:19: setup.plugins: "eks": there are ec2, ecs, beanstalk`},
		{"setup: {sampling: /etc/rules.json}\n", `f:1:19: setup.sampling: "/etc/rules.json" is no file relative to the module's root`},
		{"- a\n", "f:1:1: the file holds a list: write keys with values, like service: NAME"},
		{"[a]: b\n", "f:1:1: a key must be text, found a list"},
		{"service: a\n---\nservice: b\n", "f:2:1: there is a second document: put everything into the first"},
		{"service: a\n\trules: [b]\n", "f:2:1: this is no YAML: found a tab character that violates indentation"},
		{"service: *a\n", "f:1:1: this is no YAML: unknown anchor 'a' referenced"},
	} {
		if _, err := Parse("f", []byte(tt.src)); err == nil || err.Error() != tt.want {
			t.Errorf("%q:\ngot  %v\nwant %s", tt.src, err, tt.want)
		}
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	if f, err := Read(dir); err != nil || f.Path != "" {
		t.Fatal(f, err)
	}
	name := filepath.Join(dir, Name)
	write := func(text string) {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write("service: {./cmd/api: a}\nexclude:\n  packages: [./old/...]\ncapture:\n- func: ./old.(*T).Run\n")
	_, err := Read(dir)
	want := name + ":1:11: service: the module has no folder cmd/api\n" + name + ":3:14: exclude.packages: the module has no folder old\n" + name + ":5:9: capture.func: the module has no function ./old.(*T).Run"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if e := new(Error); !errors.As(err, &e) || e.Line != 1 {
		t.Error(err)
	}
	for _, folder := range []string{"cmd/api", "old"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "old", "a.go"), []byte("package old\n\nfunc (*T[A]) Run() {}\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if f, err := Read(dir); err != nil || f.Path != name {
		t.Error(f, err)
	}
}

func TestSensitive(t *testing.T) {
	for name, want := range map[string]string{
		"password": "password", "userPassword": "password", "oldpasswd2": "passwd", "o.Card.Last4": "card", "card_number": "card", "cards": "card", "CVVCode": "cvv",
		"accessToken": "token", "apiKey": "apikey", "api_key": "apikey", "AuthHeader": "auth", "userSSN": "ssn",
		"req.User.PIN": "pin", "AWSAccessKeyID": "accesskey", "private_key": "privatekey", "ssn_last4": "ssn", "homeAddress": "address", "dob": "dob", "passwords": "password",
		"passenger": "", "passengerId": "", "compass": "", "bypass": "", "mailbox": "", "shippingDate": "", "emailed": "email", "scard": "", "authored": "", "adobe": "",
		"author": "", "discard": "", "cardinality": "", "pinned": "", "order.ID": "", "spinner": "", "cachekey": "",
	} {
		if got := sensitiveIn(sensitive, name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	for src, want := range map[string]bool{
		"sensitive: [badge]\ncapture: [{func: a.F, annotate: {b: badgeNo}}]":              false,
		"sensitive: [-phone]\ncapture: [{func: a.F, annotate: {b: phone}}]":               true,
		"capture: [{func: a.F, annotate: {phone: p}}]":                                    false,
		"capture: [{func: a.F, annotate: {phone: {value: p, allow: true}}}]":              true,
		"capture: [{func: a.F, annotate: {phone: {value: p, allow: true}, mail: email}}]": false,
	} {
		if _, err := Parse("f", []byte(src)); (err == nil) != want {
			t.Errorf("%s: %v", src, err)
		}
	}
}

func TestCaptureIs(t *testing.T) {
	for _, tt := range []struct {
		pattern, dir, fn string
		want             bool
	}{
		{"./a/b.(*T).M", "a/b", "(*T).M", true}, {"a/b.T.M", "a/b", "(*T).M", true}, {"./a/b.(*T).M", "a", "(*T).M", false}, {"./a/b.T", "a/b", "T.M", false},
		{"./a.*", "a", "F", true}, {"./a.*", "a", "T.M", false}, {"./a.*.*", "a", "(*T).M", true}, {"./a.(*Order*).Get*", "a", "(*OrderStore).GetAll", true},
		{"./**.Run", "a/b", "Run", true}, {"./**.Run", ".", "Run", true}, {"./a/**.Run", "a", "Run", true}, {"./a/*.Run", "a/b", "Run", true}, {"./a/*.Run", "a/b/c", "Run", false},
		{"./.run", ".", "run", true}, {".run", ".", "run", true}, {"./pkg/yaml*.Parse", "pkg/yaml.v3", "Parse", true},
	} {
		c := &Capture{Func: Text{Value: tt.pattern}}
		if got := c.Is(tt.dir, tt.fn); got != tt.want {
			t.Errorf("%s: %s %s: %v", tt.pattern, tt.dir, tt.fn, got)
		}
	}
}

func TestExcludes(t *testing.T) {
	f, err := Parse("f", []byte("exclude:\n  packages: [./old/..., tools]\n  files: ['mock_*.go', './zz.go', 'a/**/b_*.go', '**/c/d.go']\n"))
	if err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]bool{
		"old/a.go": true, "old/x/y/a.go": true, "older/a.go": false, "old.go": false,
		"tools/a.go": true, "tools/x/a.go": false,
		"mock_a.go": true, "x/y/mock_a.go": true, "a.go": false,
		"zz.go": true, "x/zz.go": false,
		"a/b_1.go": true, "a/x/y/b_1.go": true, "x/a/b_1.go": false,
		"c/d.go": true, "x/c/d.go": true, "x/c/e/d.go": false,
	} {
		if got := f.Exclude.Excludes(file); got != want {
			t.Errorf("%s: %v", file, got)
		}
	}
	if none := (Exclude{}); none.Excludes("a.go") {
		t.Error("nothing excludes something")
	}
	f, err = Parse("f", []byte("exclude: {packages: [./...]}"))
	if err != nil || !f.Exclude.Excludes("a.go") || !f.Exclude.Excludes("x/y.go") {
		t.Error(err, "./... does not exclude everything")
	}
}

func TestNearest(t *testing.T) {
	known := []string{"service", "rules", "api"}
	for word, want := range map[string]string{"Service": "service", "sevrice": "service", "rule": "rules", "apis": "api", "x": "", "colour": ""} {
		if got := Nearest(word, known); got != want {
			t.Errorf("%s: %q", word, got)
		}
	}
}

// TestFields holds the table of fields against the struct: each has a place in it,
// which its example fills, and there are no others.
func TestFields(t *testing.T) {
	var places []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[File]()) {
		switch f.Type {
		case reflect.TypeFor[Exclude](), reflect.TypeFor[Setup](), reflect.TypeFor[[]Idiom](), reflect.TypeFor[[]Capture]():
			below := f.Type
			if below.Kind() == reflect.Slice {
				below = below.Elem()
			}
			for _, sub := range reflect.VisibleFields(below) {
				places = append(places, strings.ToLower(f.Name+"."+sub.Name))
			}
		default:
			if f.Name != "Path" {
				places = append(places, strings.ToLower(f.Name))
			}
		}
	}
	var names []string
	for _, f := range Fields {
		names = append(names, strings.ReplaceAll(f.Name, "_", ""))
		if f.Doc == "" || f.Default == "" || len(f.Values) > 0 && !f.Allows(f.Example) {
			t.Errorf("%s is not documented: %+v", f.Name, f)
		}
		file, err := Parse("f", []byte(snippet(f)))
		if err != nil || cmp.Equal(file, &File{Path: "f"}) {
			t.Errorf("%s: its example means nothing: %v", f.Name, err)
		}
	}
	slices.Sort(places)
	if diff := cmp.Diff(places, slices.Sorted(slices.Values(names))); diff != "" {
		t.Errorf("(-struct +fields)\n%s", diff)
	}
}

// snippet returns a file with a field's example.
func snippet(f Field) string {
	switch f.Name {
	case "idioms.plain":
		return "idioms: [{plain: " + f.Example + ", xray: a/b}]"
	case "idioms.xray":
		return "idioms: [{plain: a/b, xray: " + f.Example + "}]"
	case "capture.func":
		return "capture: [{func: " + f.Example + "}]"
	case "capture.name", "capture.annotate":
		return "capture: [{func: a.F, " + strings.TrimPrefix(f.Name, "capture.") + ": " + f.Example + "}]"
	}
	if head, rest, ok := strings.Cut(f.Name, "."); ok {
		return head + ": {" + rest + ": " + f.Example + "}"
	}
	return f.Name + ": " + f.Example
}
