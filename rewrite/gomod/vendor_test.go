package gomod

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// vendoredProject is a program with a vendor folder, in which somebody changed and added files.
func vendoredProject(t *testing.T, goLine string) *project {
	p := plainProject(t, goLine)
	p.mustGo(".", "mod", "vendor")
	p.write("vendor/github.com/pkg/errors/go113.go", p.read("vendor/github.com/pkg/errors/go113.go")+"\n// patched\n")
	p.write("vendor/github.com/google/uuid/testdata/more.txt", "added\n")
	return p
}

// swapVendor does what commit.Dir does.
func (p *project) swapVendor(plan *Plan, sources map[string][]byte) {
	p.Helper()
	folder, prepared, err := plan.Vendor(p.Context(), sources)
	if err != nil {
		p.Fatal(err)
	}
	if folder != p.path("vendor") || filepath.Dir(prepared) != p.dir {
		p.Fatalf("folder %s, prepared %s", folder, prepared)
	}
	if err := os.RemoveAll(folder); err != nil {
		p.Fatal(err)
	}
	if err := os.Rename(prepared, folder); err != nil {
		p.Fatal(err)
	}
}

func TestVendor(t *testing.T) {
	for _, goLine := range []string{"1.17", "1.25.0"} {
		t.Run(goLine, func(t *testing.T) {
			if testing.Short() && goLine == "1.17" {
				t.Skip("compiles the vendored SDK")
			}
			p := vendoredProject(t, goLine)
			before := p.snapshot()
			plan := p.require(".", nil, "xray")
			if !plan.Vendored {
				t.Fatal("not vendored")
			}
			p.swapVendor(plan, nil)
			p.commit(plan)
			p.trace("main.go", plan.SDK)
			after := p.snapshot()
			p.mustGo(".", "GOPROXY=off", "GOMODCACHE="+t.TempDir(), "build", "-o", os.DevNull, "./...")
			p.wantSnapshot(after, "after go build")
			for name, text := range before {
				if strings.HasPrefix(name, "vendor/") && name != "vendor/modules.txt" && after[name] != text {
					t.Errorf("%s changed", name)
				}
			}
			back := p.drop(".", plan.Record)
			p.swapVendor(back, map[string][]byte{p.path("main.go"): []byte(plainMain)})
			p.commit(back)
			p.write("main.go", plainMain)
			p.wantSnapshot(before, "after Drop")
		})
	}
}

// Packages that the SDK alone needs go with it, also those of a module that the program
// requires for others.
func TestVendorPackages(t *testing.T) {
	p := newProject(t, "")
	main := "package main\n\nimport _ \"github.com/klauspost/compress/snappy\"\n\nfunc main() {}\n"
	p.write("go.mod", "module example.com/app\n\ngo 1.25.0\n\nrequire github.com/klauspost/compress v1.18.0\n")
	p.write("main.go", main)
	p.mustGo(".", "mod", "tidy")
	p.mustGo(".", "mod", "vendor")
	before := p.snapshot()
	plan := p.require(".", nil, "xray")
	p.swapVendor(plan, nil)
	p.commit(plan)
	p.trace("main.go", plan.SDK)
	if p.read("vendor/github.com/klauspost/compress/zlib/reader.go") == "" {
		t.Fatal("the SDK needs nothing of the module")
	}
	back := p.drop(".", plan.Record)
	p.swapVendor(back, map[string][]byte{p.path("main.go"): []byte(main)})
	p.commit(back)
	p.write("main.go", main)
	p.wantSnapshot(before, "after Drop")
}

// A vendor folder does not tell the go lines of its modules before Go 1.17, so they
// would be compiled as Go 1.16, which the SDK is not.
func TestVendorTooOld(t *testing.T) {
	p := vendoredProject(t, "1.16")
	_, err := p.tryRequire(".", nil, SDK{V2, "v2.0.0"}, "xray")
	wantError(t, err, ErrVendor, "run `go mod edit -go=1.17`, `go mod tidy` and `go mod vendor`, and run again")
	if !errors.Is(err, ErrGoLine) {
		t.Errorf("error %v is not %v", err, ErrGoLine)
	}
}

// The last import of a vendored module goes: an empty vendor folder stays.
func TestVendorNothing(t *testing.T) {
	p := newProject(t, "-- go.mod --\nmodule example.com/m\n\ngo 1.21\n-- main.go --\npackage main\n\nfunc main() {}\n-- vendor/modules.txt --\n")
	plan := p.require(".", nil, "xray")
	p.swapVendor(plan, nil)
	p.commit(plan)
	p.write("xray.go", "package main\n\nimport _ \""+V2+"/xray\"\n")
	p.mustGo(".", "GOPROXY=off", "GOMODCACHE="+t.TempDir(), "build", "-o", os.DevNull, ".")
	back := p.drop(".", plan.Record)
	p.swapVendor(back, map[string][]byte{p.path("xray.go"): nil})
	if list, err := os.ReadDir(p.path("vendor")); err != nil || len(list) > 1 {
		t.Errorf("vendor holds %v, %v", list, err)
	}
}

func TestVendoredOrNot(t *testing.T) {
	tests := []struct {
		name, goLine, flags string
		opts                Options
		want                bool
	}{
		{name: "by default", goLine: "1.14", want: true},
		{name: "before 1.14", goLine: "1.13"},
		{name: "no go line", goLine: ""},
		{name: "before 1.14, GOFLAGS", goLine: "1.13", flags: "-mod=vendor", want: true},
		{name: "GOFLAGS=-mod=mod", goLine: "1.21", flags: "-mod=mod"},
		{name: "-mod=readonly", goLine: "1.21", flags: "-mod=vendor", opts: Options{Mod: "readonly"}},
		{name: "-mod=vendor", goLine: "1.13", opts: Options{Mod: "vendor"}, want: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := vendoredProject(t, test.goLine)
			p.env = append(p.env, "GOFLAGS="+test.flags)
			m, err := openModule(t.Context(), p.dir, p.options(&test.opts))
			if err != nil || m.vendored != test.want {
				t.Errorf("vendored %v, %v, want %v", m != nil && m.vendored, err, test.want)
			}
			if _, err := Inspect(t.Context(), p.dir, p.options(&test.opts)); err != nil {
				t.Errorf("Inspect: %v", err)
			}
		})
	}
}

// The program is vendored because its modules can't be had: then the user has to act.
func TestVendorWithoutModules(t *testing.T) {
	p := vendoredProject(t, "1.21")
	p.env = append(p.env, "GOMODCACHE="+t.TempDir(), "GOFLAGS=-modcacherw")
	p.mustGo(".", "mod", "download", V2+"@v2.0.0")
	plan := p.require(".", nil, "xray")
	p.env = append(p.env, "GOPROXY=off", "GOMODCACHE="+t.TempDir())
	plan.scratch.module.env = append(plan.scratch.module.env, p.env...)
	before := p.snapshot()
	_, _, err := plan.Vendor(t.Context(), nil)
	wantError(t, err, ErrVendor, "the vendor folder can't be brought up to date, a module is missing (")
	p.wantSnapshot(before, "after Vendor")
}
