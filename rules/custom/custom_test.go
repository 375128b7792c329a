package custom

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/config"
)

const module = `
-- go.mod --
module example.com/app

go 1.21
-- .xray-instrument.yaml --
idioms:
  - plain: example.com/app/rules/plain
    xray: example.com/app/rules/xray
-- client/client.go --
package client

import "example.com/app/wire"

type Client struct{ wire.Conn }

func (c *Client) Get(key string) error { return nil }
func (c *Client) GetContext(done <-chan struct{}, key string) error { return nil }

func Dial(addr string) *Client { return nil }
-- wire/wire.go --
package wire

type Conn struct{}
-- rules/plain/plain.go --
package plain

import "example.com/app/client"

// Get finds Get.
//
//idiom:kind redis
func Get(done <-chan struct{}, c *client.Client, key string) error {
	return c.Get(key)
}
-- rules/xray/xray.go --
package xray

import "example.com/app/client"

func Get(done <-chan struct{}, c *client.Client, key string) error {
	return c.GetContext(done, key)
}
`

// resolved writes a module, with some files instead of the usual ones, and resolves
// its idioms.
func resolved(t *testing.T, dir, instead string) (*rules.Catalog, error) {
	t.Helper()
	for _, text := range []string{module, instead} {
		for _, f := range txtar.Parse([]byte(text)).Files {
			name := filepath.Join(dir, filepath.FromSlash(f.Name))
			if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, f.Data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
	}
	file, err := config.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return Resolve(file, Options{
		Dir: dir, Catalog: &rules.Catalog{Support: map[string]*rules.Support{"xrayOurs": {}}},
		Guards: map[string]string{"untraced-client": "c", "opaque": ""},
		Taken:  func(rule string) bool { return rule == "DBPing" || rule == "redis" },
	})
}

func TestResolve(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("GOWORK", "off")
	c, err := resolved(t, t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Idioms) != 1 || len(c.Support) != 0 {
		t.Fatalf("%d idioms, %d support", len(c.Idioms), len(c.Support))
	}
	want := &rules.Own{At: "rules/plain/plain.go:8", Within: []string{"example.com/app/client", "example.com/app/wire"}}
	if diff := cmp.Diff(want, c.Idioms[0].Own); diff != "" {
		t.Error(diff)
	}
	if c.Idioms[0].Kind != rules.Redis {
		t.Error(c.Idioms[0].Kind)
	}
}

// plain and traced begin files with one function of a side.
const (
	plain  = "-- rules/plain/plain.go --\npackage plain\n\nimport \"example.com/app/client\"\n\n"
	traced = "-- rules/xray/xray.go --\npackage xray\n\nimport \"example.com/app/client\"\n\n"
)

func TestErrors(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("GOWORK", "off")
	for _, tt := range []struct{ name, instead, want string }{
		{"no package", "-- .xray-instrument.yaml --\nidioms:\n- plain: example.com/app/rules/plain\n  xray: example.com/app/rules/traced\n",
			".xray-instrument.yaml:3:9: idioms: package example.com/app/rules/traced: no required module provides package example.com/app/rules/traced"},
		{"type error", traced + "func Get(done <-chan struct{}, c *client.Client, key string) error {\n\treturn c.Gte(key)\n}\n",
			"rules/xray/xray.go:6:11: c.Gte undefined"},
		{"syntax error", plain + "func Get(\n", "rules/plain/plain.go:5:11: expected ')', found 'EOF'"},
		{"signature", traced + "func Get(c *client.Client, key string) error {\n\treturn c.GetContext(nil, key)\n}\n",
			"rules/xray/xray.go:5:1: the sides of idiom Get differ in signature: plain func(done <-chan struct{}, c *example.com/app/client.Client, key string) error, xray func(c *example.com/app/client.Client, key string) error"},
		{"one side", traced + "var _ client.Client\n", "rules/plain/plain.go:8:1: idiom Get has no xray side"},
		{"no comment", plain + "func Get(done <-chan struct{}, c *client.Client, key string) error {\n\treturn c.Get(key)\n}\n", "rules/plain/plain.go:5:1: idiom Get has no doc comment"},
		{"body", plain + "// Get is long.\nfunc Get(done <-chan struct{}, c *client.Client, key string) error {\n\tkey += key\n\treturn c.Get(key)\n}\n",
			"rules/plain/plain.go:6:1: the body of idiom Get is neither an expression, an assignment nor a variable"},
		{"kind", plain + "// Get finds Get.\n//\n//idiom:kind rediss\nfunc Get(done <-chan struct{}, c *client.Client, key string) error {\n\treturn c.Get(key)\n}\n",
			`rules/plain/plain.go:7:1: idiom Get: there is no kind "rediss"`},
		{"guard", plain + "// Get finds Get.\n//\n//idiom:guard untraced-clint\nfunc Get(done <-chan struct{}, c *client.Client, key string) error {\n\treturn c.Get(key)\n}\n",
			`rules/plain/plain.go:8:1: idiom Get: there is no guard "untraced-clint": did you mean untraced-client?`},
		{"no such guard", plain + "// Get finds Get.\n//\n//idiom:guard zzz\nfunc Get(done <-chan struct{}, c *client.Client, key string) error {\n\treturn c.Get(key)\n}\n",
			`rules/plain/plain.go:8:1: idiom Get: there is no guard "zzz": there are opaque, untraced-client`},
		{"guard's hole", plain + "// Dial finds Dial.\n//\n//idiom:guard untraced-client\nfunc Dial(addr string) *client.Client { return client.Dial(addr) }\n" +
			traced + "func Dial(addr string) *client.Client { return client.Dial(addr) }\n",
			"rules/plain/plain.go:8:1: idiom Dial: guard untraced-client is about a parameter c, which the plain side must have and which must not be variadic"},
		{"taken", plain + "// DBPing is ours.\nfunc DBPing(addr string) *client.Client { return client.Dial(addr) }\n" + traced + "func DBPing(addr string) *client.Client { return client.Dial(addr) }\n",
			"rules/plain/plain.go:6:1: idiom DBPing: a rule or kind of xray-instrument has this name: rename the idiom"},
		{"nameless", plain + "// Call calls.\nfunc Call(c client.Client, f func() error) error { return f() }\n" + traced + "func Call(c client.Client, f func() error) error { return f() }\n",
			"rules/plain/plain.go:6:1: idiom Call: a side of the idiom calls, makes or sets nothing that has a name in a package"},
		{"variable of no named type", plain + "// List is a list.\nfunc List() []client.Client {\n\tvar l []client.Client\n\treturn l\n}\n" +
			traced + "func List() []client.Client {\n\tvar l = make([]client.Client, 1)\n\treturn l\n}\n",
			"rules/plain/plain.go:6:1: idiom List: a side of the idiom calls, makes or sets nothing that has a name in a package"},
		{"an import that does not build", "-- wire/wire.go --\npackage wire\n\ntype Conn struct{}\n\nvar _ = none\n",
			".xray-instrument.yaml:2:12: idioms: package example.com/app/rules/plain cannot be built: "},
		{"type parameters", plain + "// Any is any.\nfunc Any[T any](c T) *client.Client { return client.Dial(\"\") }\n" + traced + "func Any[T any](c T) *client.Client { return client.Dial(\"\") }\n",
			"rules/plain/plain.go:6:1: idiom Any has type parameters or no body"},
		{"support's name", traced + "func Get(done <-chan struct{}, c *client.Client, key string) error {\n\treturn get(done, c, key)\n}\n\nfunc get(done <-chan struct{}, c *client.Client, key string) error { return c.GetContext(done, key) }\n",
			"rules/xray/xray.go:9:1: support code get: its name must begin with xray"},
		{"support's digit", traced + "func Get(done <-chan struct{}, c *client.Client, key string) error {\n\treturn xrayGet2(done, c, key)\n}\n\nfunc xrayGet2(done <-chan struct{}, c *client.Client, key string) error { return c.GetContext(done, key) }\n",
			"rules/xray/xray.go:9:1: support declaration xrayGet2 ends with a digit"},
		{"support taken", traced + "func Get(done <-chan struct{}, c *client.Client, key string) error {\n\treturn xrayOurs(done, c, key)\n}\n\nfunc xrayOurs(done <-chan struct{}, c *client.Client, key string) error { return c.GetContext(done, key) }\n",
			"rules/xray/xray.go:9:1: support code xrayOurs: other support code has this name: rename it"},
		{"twice", "-- .xray-instrument.yaml --\nidioms:\n- {plain: example.com/app/rules/plain, xray: example.com/app/rules/xray}\n- {plain: example.com/app/rules/plain, xray: example.com/app/rules/xray}\n",
			"rules/plain/plain.go:8:1: idiom Get is there twice: rename one"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			_, err := resolved(t, dir, tt.instead)
			if err == nil {
				t.Fatal("no error")
			}
			got := strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "")
			if !strings.HasPrefix(got, tt.want) {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

// TestCache: what is kept counts as long as nothing changes that it depends on.
func TestCache(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("GOWORK", "off")
	dir := t.TempDir()
	for _, tt := range []struct {
		what, instead string
		fails         bool
	}{
		{"first", "", false},
		{"a file of what the idioms name", "-- client/client.go --\npackage client\n\ntype Client struct{}\n", true},
		{"as before", "", false},
		{"an error below that", "-- wire/more.go --\npackage wire\n\nfunc init() { none() }\n", true},
		{"as before but for a file", "-- wire/more.go --\npackage wire\n", false},
		{"a new file", "-- rules/plain/more.go --\npackage plain\n\n// More is more.\nfunc More() {}\n", true},
		{"as before but for a comment", "-- rules/plain/more.go --\npackage plain\n", false},
		{"the file", "-- .xray-instrument.yaml --\nidioms: [{plain: example.com/app/rules/plain, xray: example.com/app/rules/plain}]\n", false},
		{"go.mod", "-- go.mod --\nmodule example.com/other\n", true},
	} {
		if c, err := resolved(t, dir, tt.instead); (err != nil) != tt.fails {
			t.Errorf("%s: %v", tt.what, err)
		} else if err == nil && c.Idioms[0].Name != "Get" {
			t.Errorf("%s: %v", tt.what, c.Idioms[0].Name)
		}
	}
	kept, err := filepath.Glob(filepath.Join(cache, "xray-instrument", "rules-*.json"))
	if err != nil || len(kept) == 0 {
		t.Fatal("nothing is kept", err)
	}
	// Whatever stands there, it is not believed.
	for _, name := range kept {
		if err := os.WriteFile(name, []byte(`{"Files":{},"Catalog":`), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := resolved(t, dir, ""); err != nil {
		t.Error(err)
	}
}
