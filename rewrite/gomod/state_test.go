package gomod

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

// The states that a module may be in before the SDK comes.

const netMain = `package main

import (
	"fmt"

	"golang.org/x/net/html/charset"
)

func main() { fmt.Println(charset.Lookup("utf-8")) }
`

// A dependency that the SDK raises: the checksums that the program needs of the new version come too,
// whether the module was tidy or not.
func TestRaisedDependency(t *testing.T) {
	for _, goLine := range []string{"1.16", "1.21"} {
		for _, tidy := range []bool{true, false} {
			name := map[bool]string{true: "tidy", false: "untidy"}[tidy]
			t.Run(goLine+"/"+name, func(t *testing.T) {
				p := newProject(t, "-- go.mod --\nmodule example.com/m\n\ngo "+goLine+"\n\nrequire golang.org/x/net v0.21.0\n")
				p.write("net/net.go", netMain)
				p.mustGo(".", "mod", "tidy")
				if !tidy {
					p.write("go.sum", plainSum+p.read("go.sum"))
				}
				before := p.snapshot()
				plan := p.require(".", nil, "xray")
				if !slices.Contains(plan.Changed, Change{"golang.org/x/net", "v0.21.0", "v0.33.0"}) {
					t.Errorf("changed: %v", plan.Changed)
				}
				if plan.Tidy != tidy {
					t.Errorf("tidy: %v", plan.Tidy)
				}
				p.commit(plan)
				p.write("main.go", "package main\n\nimport _ \""+V2+"/xray\"\n\nfunc main() {}\n")
				p.wantBuilds(".")
				if tidy {
					p.wantTidy(".")
				}
				back := p.drop(".", plan.Record)
				p.commit(back)
				if err := os.Remove(p.path("main.go")); err != nil {
					t.Fatal(err)
				}
				p.wantSnapshot(before, "after Drop")
			})
		}
	}
}

// The program needs the checksums of raised versions also where its tests do not load.
func TestRaisedDependencyOfUntestable(t *testing.T) {
	p := newProject(t, "-- go.mod --\nmodule example.com/m\n\ngo 1.16\n\nrequire golang.org/x/crypto v0.17.0\n")
	p.write("net/net.go", "package main\n\nimport _ \"golang.org/x/crypto/bcrypt\"\n\nfunc main() {}\n")
	p.mustGo(".", "mod", "tidy")
	p.write("net/net_test.go", "package main\n\nimport _ \"example.org/missing\"\n")
	p.commit(p.require(".", nil, "xray"))
	p.write("main.go", "package main\n\nimport _ \""+V2+"/xray\"\n\nfunc main() {}\n")
	p.mustGo(".", "build", "-o", os.DevNull, "./net", ".")
}

// What is not ours stays: a requirement that nobody needs, which only follows the SDK's, and one
// that is missing.
func TestUntidy(t *testing.T) {
	p := plainProject(t, "1.21")
	p.write("missing/missing.go", "package missing\n\nimport _ \"gopkg.in/yaml.v3\"\n")
	p.write("go.mod", strings.Replace(p.read("go.mod"), ")\n", "\tgolang.org/x/sync v0.6.0\n)\n", 1))
	plan := p.require(".", nil, "xray")
	if plan.Tidy {
		t.Error("tidy")
	}
	got := p.fileAfter(plan, "go.mod")
	if strings.Contains(got, "yaml") || !strings.Contains(got, "golang.org/x/sync v0.10.0\n") {
		t.Errorf("go.mod is\n%s", got)
	}
	p.commit(plan)
	p.trace("main.go", plan.SDK)
	p.mustGo(".", "GOPROXY=off", "build", "-o", os.DevNull, ".")
}

// A file without a requirement, without go.sum, and not even formatted.
func TestFirstRequirement(t *testing.T) {
	p := newProject(t, "-- go.mod --\nmodule   example.com/m // odd\n\ngo    1.21\n-- main.go --\npackage main\n\nfunc main() {}\n")
	before := p.snapshot()
	plan := p.require(".", nil, "xray")
	mod := p.fileAfter(plan, "go.mod")
	if want := before["go.mod"] + "\nrequire " + V2 + " v2.0.0\n\nrequire (\n"; !strings.HasPrefix(mod, want) {
		t.Errorf("go.mod is\n%s\nwant at first\n%s", mod, want)
	}
	p.commit(plan)
	p.write("xray.go", "package main\n\nimport _ \""+V2+"/xray\"\n")
	p.mustGo(".", "GOPROXY=off", "build", "-o", os.DevNull, "./...")
	back := p.drop(".", plan.Record)
	p.commit(back)
	if err := os.Remove(p.path("xray.go")); err != nil {
		t.Fatal(err)
	}
	p.wantSnapshot(before, "after Drop")
}

// The SDK came as an indirect requirement, through a dependency: it stays in its version.
func TestIndirectSDK(t *testing.T) {
	p := newProject(t, `
-- go.mod --
module example.com/m

go 1.24.0

require example.com/dep v0.0.0

replace example.com/dep => ./dep
-- main.go --
package main

import _ "example.com/dep"

func main() {}
-- dep/go.mod --
module example.com/dep

go 1.21

require github.com/aws/aws-xray-sdk-go v1.8.4
-- dep/dep.go --
package dep

import _ "github.com/aws/aws-xray-sdk-go/xray"
`)
	p.mustGo("dep", "mod", "tidy")
	p.mustGo(".", "mod", "tidy")
	before := p.snapshot()
	plan := p.require(".", nil, "xray")
	if plan.SDK != (SDK{V1, "v1.8.4"}) || len(plan.Changed) > 0 {
		t.Errorf("SDK %v, changed %v", plan.SDK, plan.Changed)
	}
	mod := p.fileAfter(plan, "go.mod")
	if !strings.Contains(mod, "require (\n\texample.com/dep v0.0.0\n\t"+V1+" v1.8.4\n)\n") || strings.Count(mod, V1) != 1 {
		t.Errorf("go.mod is\n%s", mod)
	}
	p.commit(plan)
	p.write("xray.go", "package main\n\nimport _ \""+V1+"/xray\"\n")
	p.wantBuilds(".")
	p.wantTidy(".")
	p.commit(p.drop(".", plan.Record))
	if err := os.Remove(p.path("xray.go")); err != nil {
		t.Fatal(err)
	}
	p.wantSnapshot(before, "after Drop")
}

// A replacement of the SDK holds, and so does one of a module that it needs.
func TestReplacedSDK(t *testing.T) {
	p := newProject(t, `
-- go.mod --
module example.com/m

go 1.21

replace github.com/aws/aws-xray-sdk-go/v2 => ./fork

exclude golang.org/x/net v0.33.0
-- main.go --
package main

func main() {}
-- fork/go.mod --
module github.com/aws/aws-xray-sdk-go/v2

go 1.19

require github.com/pkg/errors v0.9.1
-- fork/xray/xray.go --
package xray

import _ "github.com/pkg/errors"
`)
	plan := p.require(".", nil, "xray")
	p.commit(plan)
	p.write("xray.go", "package main\n\nimport _ \""+V2+"/xray\"\n")
	if mod := p.read("go.mod"); strings.Contains(mod, "grpc") || !strings.Contains(mod, "github.com/pkg/errors v0.9.1 // indirect") {
		t.Errorf("go.mod is\n%s", mod)
	}
	p.wantBuilds(".")
	p.wantTidy(".")
}

// The SDK's newest version would raise the go line, so an older one is taken.
func TestGoLineKept(t *testing.T) {
	p := plainProject(t, "1.21")
	plan := p.requireSDK(".", nil, SDK{V2, "v2.0.3"}, "xray")
	if plan.SDK != (SDK{V2, "v2.0.0"}) || !strings.Contains(p.fileAfter(plan, "go.mod"), "\ngo 1.21\n") {
		t.Errorf("SDK %v, go.mod\n%s", plan.SDK, p.fileAfter(plan, "go.mod"))
	}
}

// A version that the module requires already is not exchanged for an older one.
func TestGoLineRefused(t *testing.T) {
	p := plainProject(t, "1.21")
	p.write("go.mod", p.read("go.mod")+"\nrequire "+V2+" v2.0.3\n")
	_, err := p.tryRequire(".", nil, SDK{V2, "v2.0.3"}, "xray")
	wantError(t, err, ErrGoLine, V2+" v2.0.3 needs a newer go line than the module has: run `go get go@1.25.0` and run again")
}

func TestNoNetwork(t *testing.T) {
	p := plainProject(t, "1.21")
	p.env = append(p.env, "GOMODCACHE="+t.TempDir(), "GOPROXY=off", "GOFLAGS=-modcacherw")
	before := p.snapshot()
	_, err := p.tryRequire(".", nil, SDK{V2, "v2.0.0"}, "xray")
	wantError(t, err, ErrUnavailable, V2+" v2.0.0 is not in the module cache and can't be downloaded: run `go mod download "+V2+"@v2.0.0` where there is a network, and run again")
	p.wantSnapshot(before, "after the failure")
}

// The module's own dependencies are there, and the SDK is; what the SDK needs is not.
func TestNoNetworkForDependency(t *testing.T) {
	p := plainProject(t, "1.21")
	p.env = append(p.env, "GOMODCACHE="+t.TempDir(), "GOFLAGS=-modcacherw")
	p.mustGo(".", "mod", "download", V2+"@v2.0.0")
	p.mustGo(".", "mod", "download")
	p.env = append(p.env, "GOPROXY=off")
	_, err := p.tryRequire(".", nil, SDK{V2, "v2.0.0"}, "xray")
	wantError(t, err, ErrUnavailable, "github.com/valyala/fasthttp v1.52.0 is not in the module cache and can't be downloaded: "+
		"run `go mod download github.com/valyala/fasthttp@v1.52.0` where there is a network, and run again")
}

func TestNoModule(t *testing.T) {
	p := newProject(t, "-- main.go --\npackage main\n")
	_, err := p.tryRequire(".", nil, SDK{V2, "v2.0.0"}, "xray")
	wantError(t, err, ErrNoModule, "is not in a module; run `go mod init` first")
}

func TestForeignPackage(t *testing.T) {
	p := plainProject(t, "1.21")
	_, err := Require(t.Context(), p.dir, SDK{V2, "v2.0.0"}, []string{V1 + "/xray"}, nil)
	wantError(t, err, nil, V1+"/xray is not a package of "+V2)
}

func TestUnknownPackage(t *testing.T) {
	p := plainProject(t, "1.21")
	_, err := p.tryRequire(".", nil, SDK{V2, "v2.0.0"}, "none")
	wantError(t, err, nil, "can't require "+V2+" v2.0.0: ")
}

func TestBrokenGoMod(t *testing.T) {
	p := plainProject(t, "1.21")
	p.write("go.mod", "module example.com/m\n\nrequir x\n")
	_, err := p.tryRequire(".", nil, SDK{V2, "v2.0.0"}, "xray")
	wantError(t, err, nil, "go.mod:3: unknown directive: requir")
}

func wantError(t *testing.T, err, is error, text string) {
	t.Helper()
	switch {
	case err == nil:
		t.Error("no error")
	case is != nil && !errors.Is(err, is):
		t.Errorf("error %v is not %v", err, is)
	case !strings.Contains(err.Error(), text) || strings.Contains(err.Error(), "\n"):
		t.Errorf("error %q, want a line with %q", err, text)
	}
}

func TestGoFlags(t *testing.T) {
	tests := []struct{ flags, rest, mod string }{
		{"", "", ""},
		{"-mod=mod", "", "mod"},
		{"-mod=vendor -tags=a,b", "-tags=a,b", "vendor"},
		{"--mod=readonly  -v", "-v", "readonly"},
		{`'-ldflags=-X main.v=1 -mod=x' "-mod=mod" -trimpath`, `'-ldflags=-X main.v=1 -mod=x' -trimpath`, "mod"},
		{"-overlay=/x.json -modcacherw", "-modcacherw", ""},
	}
	for _, test := range tests {
		rest, mod, err := cleanFlags(test.flags)
		if rest != test.rest || mod != test.mod || err != nil {
			t.Errorf("GOFLAGS=%s: %q, %q, %v", test.flags, rest, mod, err)
		}
	}
	if _, _, err := cleanFlags("-v -modfile=x.mod"); !errors.Is(err, ErrModfileFlag) {
		t.Errorf("-modfile: %v", err)
	}
}

// GOFLAGS of the user's do not change what comes out.
func TestRequireWithGoFlags(t *testing.T) {
	want := plainProject(t, "1.21").require(".", nil, "xray")
	for _, flags := range []string{"-mod=mod", "-mod=readonly", "-tags=x -trimpath", "-v"} {
		p := plainProject(t, "1.21")
		p.env = append(p.env, "GOFLAGS="+flags)
		got := p.require(".", nil, "xray")
		if got.Record != want.Record {
			t.Errorf("GOFLAGS=%s gives another plan:\n%s", flags, p.fileAfter(got, "go.mod"))
		}
	}
}
