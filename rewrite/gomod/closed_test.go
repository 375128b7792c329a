package gomod

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	modpath "golang.org/x/mod/module"
	"golang.org/x/mod/zip"
)

// serve puts a module into the folder of a proxy.
func serve(t *testing.T, proxy, path, version, goMod string) {
	t.Helper()
	src, dir := t.TempDir(), filepath.Join(proxy, filepath.FromSlash(path), "@v")
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(src, "go.mod"), goMod)
	write(filepath.Join(src, "a.go"), "package a\n\nconst A = 1\n")
	if err := zip.CreateFromDir(&archive, modpath.Version{Path: path, Version: version}, src); err != nil {
		t.Fatal(err)
	}
	write(filepath.Join(dir, "list"), version+"\n")
	write(filepath.Join(dir, version+".info"), `{"Version": "`+version+`"}`)
	write(filepath.Join(dir, version+".mod"), goMod)
	write(filepath.Join(dir, version+".zip"), archive.String())
}

// A module that no package of the program needs is no longer to be had: the program builds, for
// the go command does not look that far, and can require the SDK. Another module asks for a higher version of what
// the SDK needs, in which the list is closed as well.
func TestGoneModule(t *testing.T) {
	proxy := t.TempDir()
	serve(t, proxy, "example.com/old", "v1.0.0", "module example.com/old\n\ngo 1.16\n\nrequire example.com/gone v1.0.0\n")
	real, err := exec.Command("go", "env", "GOPROXY").Output()
	if err != nil {
		t.Fatal(err)
	}
	serve(t, proxy, "example.com/high", "v1.0.0", "module example.com/high\n\ngo 1.21\n\nrequire github.com/klauspost/compress v1.18.6\n")
	p := newProject(t, "-- go.mod --\nmodule example.com/m\n\ngo 1.25.0\n\nrequire (\n\texample.com/high v1.0.0\n\texample.com/old v1.0.0\n)\n")
	p.env = append(p.env, "GOMODCACHE="+t.TempDir(), "GOFLAGS=-modcacherw", "GONOSUMDB=example.com", "GOPROXY=file://"+filepath.ToSlash(proxy)+","+strings.TrimSpace(string(real)))
	p.write("main.go", "package main\n\nimport (\n\tb \"example.com/high\"\n\ta \"example.com/old\"\n)\n\nfunc main() { println(a.A, b.A) }\n")
	p.mustGo(".", "mod", "download", "example.com/old", "example.com/high")
	p.mustGo(".", "build", "-o", os.DevNull, ".")
	before := p.snapshot()
	plan := p.requireSDK(".", nil, SDK{V2, "v2.0.3"}, "xray")
	p.commit(plan)
	p.write("traced.go", "package main\n\nimport _ \""+V2+"/xray\"\n")
	p.wantBuilds(".")
	for _, other := range []string{"go-sqlmock", "route53", "testify"} {
		if strings.Contains(p.read("go.mod"), other) {
			t.Errorf("no package needs %s:\n%s", other, p.read("go.mod"))
		}
	}
	if err := os.Remove(p.path("traced.go")); err != nil {
		t.Fatal(err)
	}
	p.commit(p.drop(".", plan.Record))
	p.wantSnapshot(before, "after Drop")
}
