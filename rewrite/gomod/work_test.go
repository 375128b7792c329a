package gomod

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// workspace holds a program and a library that is not published anywhere. OTHER are more
// lines of go.work.
const workspace = `
-- go.work --
go 1.25.0

use (
	./app
	./lib // not published
)
-- app/go.mod --
module example.com/app

go 1.25.0

require github.com/google/uuid v1.6.0
-- app/main.go --
package main

import (
	"fmt"

	"example.com/lib"
	"github.com/google/uuid"
)

func main() { fmt.Println(lib.Name, uuid.New()) }
-- lib/go.mod --
module example.com/lib

go 1.25.0

require github.com/pkg/errors v0.9.1
-- lib/lib.go --
package lib

import "github.com/pkg/errors"

// Name is an error.
var Name = errors.New("lib")
`

func newWorkspace(t *testing.T, archive string) *project {
	t.Helper()
	p := newProject(t, archive)
	p.write("app/go.sum", plainSum[:strings.Index(plainSum, "github.com/pkg")])
	p.mustGo("lib", "GOWORK=off", "mod", "tidy")
	p.mustGo("app", "build", "-o", os.DevNull, ".")
	return p
}

const xrayImport = "package main\n\nimport _ \"" + V2 + "/xray\"\n"

// workspaceRoundTrip traces app, builds it in the workspace, and takes it back.
func (p *project) workspaceRoundTrip(opts *Options) *Plan {
	p.Helper()
	before := p.snapshot()
	plan := p.require("app", opts, "xray")
	if plan.ModFile != "" {
		p.Error("a -modfile for a workspace")
	}
	p.commit(plan)
	p.write("app/xray.go", xrayImport)
	p.wantBuilds("app")
	for _, f := range plan.Files {
		if strings.Contains(string(f.After), p.dir) {
			p.Errorf("%s names a folder:\n%s", f.Path, f.After)
		}
	}
	back := p.drop("app", plan.Record)
	if !back.Exact {
		p.Error("not exact")
	}
	p.commit(back)
	if err := os.Remove(p.path("app/xray.go")); err != nil {
		p.Fatal(err)
	}
	p.wantSnapshot(before, "after Drop")
	return plan
}

func TestWorkspace(t *testing.T) {
	p := newWorkspace(t, workspace)
	plan := p.workspaceRoundTrip(nil)
	if mod := string(plan.Overlay()[p.path("app/go.mod")]); strings.Contains(mod, "example.com/lib") {
		t.Errorf("go.mod is\n%s", mod)
	}
}

// The library requires another version of a module that the SDK needs, so the
// workspace selects versions that neither module knows: that is what go.work.sum is for.
func TestWorkspaceSum(t *testing.T) {
	for _, version := range []string{"v1.64.1", "v1.82.1"} {
		t.Run(version, func(t *testing.T) {
			archive := strings.Replace(workspace, "github.com/pkg/errors v0.9.1", "google.golang.org/grpc "+version, 1)
			archive = strings.Replace(archive, "example.com/app\n\ngo 1.25.0", "example.com/app\n\ngo 1.24.0", 1)
			p := newWorkspace(t, archive+
				"-- lib/lib.go --\npackage lib\n\nimport \"google.golang.org/grpc/codes\"\n\n// Name is a code.\nvar Name = codes.OK\n")
			plan := p.workspaceRoundTrip(nil)
			raised := slices.Contains(plan.Changed, Change{"google.golang.org/grpc", "v1.64.1", "v1.79.3"})
			if raised != (version == "v1.64.1") {
				t.Errorf("changed: %v", plan.Changed)
			}
			if len(plan.Files) != 3 {
				t.Errorf("%d files", len(plan.Files))
			}
		})
	}
}

// The library is required as well, in a version that only a replacement makes real.
func TestWorkspaceReplace(t *testing.T) {
	archive := strings.Replace(workspace, "require github.com/google", "require example.com/lib v0.0.0\n\nrequire github.com/pkg/errors v0.9.1 // indirect\n\nrequire github.com/google", 1)
	for _, where := range []string{"go.mod", "go.work"} {
		t.Run(where, func(t *testing.T) {
			a := archive
			if where == "go.mod" {
				a = strings.Replace(a, "require github.com/google", "replace example.com/lib => ../lib\n\nrequire github.com/google", 1)
			} else {
				a = strings.Replace(a, "-- app/go.mod", "\nreplace example.com/lib v0.0.0 => ./lib\n-- app/go.mod", 1)
			}
			newWorkspace(t, a).workspaceRoundTrip(nil)
		})
	}
}

// GOWORK=off: the module stands alone, and the go command is given a -modfile.
func TestWorkspaceOff(t *testing.T) {
	p := plainProject(t, "1.25.0")
	p.write("go.work", "go 1.26.0\n\nuse ./other\n")
	p.env = append(p.env, "GOWORK=off")
	plan := p.require(".", nil, "xray")
	if plan.ModFile == "" {
		t.Error("no -modfile")
	}
	p.trace("main.go", plan.SDK)
	p.mustGo(".", "GOPROXY=off", "list", "-modfile="+plan.ModFile, "-mod=readonly", "-deps", "./...")
}

func TestWorkspaceVendor(t *testing.T) {
	p := newWorkspace(t, workspace)
	p.mustGo(".", "work", "vendor")
	before := p.snapshot()
	plan := p.require("app", nil, "xray")
	if !plan.Vendored {
		t.Fatal("not vendored")
	}
	p.swapVendor(plan, nil)
	p.commit(plan)
	p.write("app/xray.go", xrayImport)
	after := p.snapshot()
	p.mustGo("app", "GOPROXY=off", "GOMODCACHE="+t.TempDir(), "build", "-o", os.DevNull, ".")
	p.wantSnapshot(after, "after go build")
	back := p.drop("app", plan.Record)
	p.swapVendor(back, map[string][]byte{p.path("app/xray.go"): nil})
	p.commit(back)
	if err := os.Remove(p.path("app/xray.go")); err != nil {
		t.Fatal(err)
	}
	p.wantSnapshot(before, "after Drop")
}

// What the caller type-checks with: the plan's files as an overlay.
func TestOverlay(t *testing.T) {
	p := newWorkspace(t, workspace)
	plan := p.require("app", nil, "xray")
	files := plan.Overlay()
	files[p.path("app/xray.go")] = []byte(xrayImport)
	flag, err := plan.scratch.bare().overlay(files)
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.goCmd("app", "GOPROXY=off", "list", "-mod=readonly", flag, "-deps", ".")
	if err != nil || !strings.Contains(out, V2+"/xray\n") {
		t.Errorf("%v: %.500s", err, out)
	}
}
