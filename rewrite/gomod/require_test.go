package gomod

import (
	"os"
	"strings"
	"testing"
)

const (
	plainMain = `package main

import (
	"fmt"

	"github.com/google/uuid"
	"github.com/pkg/errors"
)

func main() { fmt.Println(uuid.New(), errors.New("x")) }
`
	plainMod = `// The module's comment.
module example.com/m

GOLINE
require (
	github.com/google/uuid v1.6.0 // for ids
	github.com/pkg/errors v0.9.1
)

// Nothing is replaced.
exclude github.com/pkg/errors v0.8.0
`
	plainSum = `github.com/google/uuid v1.6.0 h1:NIvaJDMOsjHA8n1jAhLSgzrAzy1Hgr+hNrb57e+94F0=
github.com/google/uuid v1.6.0/go.mod h1:TIyPZe4MgqvfeYDBFedMoGGpEw/LqOeaOT+nhxU+yHo=
github.com/pkg/errors v0.9.1 h1:FEBLx1zS214owpjy7qsBeixbURkuhQAwrK5UwLGTwt4=
github.com/pkg/errors v0.9.1/go.mod h1:bwawxfHBFNV+L2hUp1rHADufV3IMtnDRdf1r5NINEl0=
`
	tracedMain = `package main

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/pkg/errors"
	"SDK/xray"
)

func main() {
	_, seg := xray.BeginSegment(context.Background(), "m")
	seg.Close(nil)
	fmt.Println(uuid.New(), errors.New("x"))
}
`
)

// plainProject is a program without the SDK.
func plainProject(t *testing.T, goLine string) *project {
	t.Helper()
	p := newProject(t, "")
	if goLine != "" {
		goLine = "go " + goLine + "\n"
	}
	p.write("go.mod", strings.Replace(plainMod, "GOLINE\n", goLine, 1))
	p.write("go.sum", plainSum)
	p.write("main.go", plainMain)
	return p
}

func (p *project) trace(name string, sdk SDK) {
	p.write(name, strings.Replace(tracedMain, "SDK", sdk.Path, 1))
}

func TestRequire(t *testing.T) {
	tests := []struct {
		goLine string
		aws    bool
		want   SDK
	}{
		{"", false, SDK{V2, "v2.0.0"}},
		{"1.13", false, SDK{V2, "v2.0.0"}},
		{"1.16", false, SDK{V2, "v2.0.0"}},
		{"1.17", false, SDK{V2, "v2.0.0"}},
		{"1.21", false, SDK{V2, "v2.0.0"}},
		{"1.24", false, SDK{V2, "v2.0.0"}},
		{"1.24.0", false, SDK{V2, "v2.0.1"}},
		{"1.25.0", false, SDK{V2, "v2.0.3"}},
		{"1.25.0\n\ntoolchain go1.26.0", false, SDK{V2, "v2.0.3"}},
		{"1.16", true, SDK{V1, "v1.8.5"}},
		{"1.24.0", true, SDK{V1, "v1.8.5"}},
	}
	for _, test := range tests {
		t.Run(test.goLine+test.want.Path, func(t *testing.T) {
			if testing.Short() && (test.goLine == "" || test.goLine == "1.13" || test.goLine == "1.17") {
				t.Skip("go lines without pruning load thousands of modules")
			}
			p := plainProject(t, test.goLine)
			facts, err := Inspect(t.Context(), p.dir, p.options(nil))
			if err != nil {
				t.Fatal(err)
			}
			facts.UsesAWSv1 = test.aws
			plan := p.requireSDK(".", nil, Choose(facts), "xray")
			if plan.SDK != test.want {
				t.Errorf("SDK %v, want %v", plan.SDK, test.want)
			}
			wantInPlace(t, p, plan)
			p.roundTrip(plan)
		})
	}
}

// wantInPlace makes sure that go.mod gained one line in its first block, and no other line changed.
func wantInPlace(t *testing.T, p *project, plan *Plan) {
	t.Helper()
	got := string(plan.Overlay()[p.path("go.mod")])
	after := "	github.com/google/uuid v1.6.0 // for ids\n"
	line := "	" + plan.SDK.Path + " " + plan.SDK.Version + "\n"
	want := strings.Replace(p.read("go.mod"), after, line+after, 1)
	head, tail, _ := strings.Cut(want, ")\n")
	if !strings.HasPrefix(got, head+")\n") || !strings.HasSuffix(got, tail) {
		t.Errorf("go.mod is\n%s\nwant it to start with\n%s)\nand to end with\n%s", got, head, tail)
	}
	if strings.Count(got, "// indirect") != strings.Count(got[len(head):len(got)-len(tail)], "// indirect") {
		t.Errorf("go.mod has indirect requirements in the wrong place:\n%s", got)
	}
}

// roundTrip writes the plan and the traced program, builds it, and takes both back.
func (p *project) roundTrip(plan *Plan) {
	p.Helper()
	before := p.snapshot()
	missing := strings.HasPrefix(p.read("go.mod"), "//") && !strings.Contains(p.read("go.mod"), "\ngo ")
	p.commit(plan)
	p.trace("main.go", plan.SDK)
	if missing {
		// With -mod=mod the go command adds a go line wherever there is none.
		p.mustGo(".", "GOPROXY=off", "build", "-o", os.DevNull, "./...")
	} else {
		p.wantBuilds(".")
		p.wantTidy(".")
		if !plan.Tidy {
			p.Error("plan is not tidy")
		}
	}
	p.mustGo(".", "mod", "verify")
	back := p.drop(".", plan.Record)
	if !back.Exact {
		p.Error("Drop is not exact")
	}
	p.commit(back)
	p.write("main.go", before["main.go"])
	p.wantSnapshot(before, "after Drop")
}
