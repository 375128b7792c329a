package builds_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-4257438c/xray-instrument/rewrite/builds"
)

var linux = builds.Build{GOOS: "linux", GOARCH: "amd64", Cgo: true}

func TestChoose(t *testing.T) {
	prod := linux
	prod.Tags = []string{"prod", "sqlite"}
	noCgo := linux
	noCgo.Cgo = false
	tests := []struct {
		name  string
		base  builds.Build
		files string // NAME [CONSTRAINT], one a line
		want  string
	}{
		{"nothing", linux, "", ""},
		{"what has no constraint", linux, "a.go", ""},
		{"a system by name", linux, "a_windows.go", "GOOS=windows"},
		{"a test for a system", linux, "a_windows_test.go", "GOOS=windows"},
		{"a processor by name", linux, "a_arm64.go", "GOARCH=arm64"},
		{"both by name", linux, "a_windows_arm64.go", "GOOS=windows GOARCH=arm64"},
		{"a name that only looks like one", linux, "windows.go", ""},
		{"a further ending", linux, "a_windows.pb.go", "GOOS=windows"},
		{"a tag", linux, "a_test.go integration", "-tags=integration"},
		{"the older form", linux, "a.go + foo,bar", "-tags=bar,foo"},
		{"a negation of the system", linux, "a.go !linux", "GOOS=darwin"},
		{"a negation that another file helps with", linux, "a.go !linux\nb_freebsd.go", "GOOS=freebsd"},
		{"not unix", linux, "a.go !unix", "GOOS=windows"},
		{"a system that contains another", linux, "a.go android", "GOOS=android"},
		{"a system with one processor", linux, "a_js.go", "GOOS=js GOARCH=wasm"},
		{"the fewest tags", linux, "a.go a || b && c", "-tags=a"},
		{"tags that exclude each other", linux, "a.go a && !b\nb.go b && !a", "-tags=a, -tags=b"},
		{"tags of different files", linux, "a.go a\nb.go b", "-tags=a, -tags=b"},
		{"one build for two files", linux, "a.go a\nb.go a && b\nc.go b", "-tags=a,b"},
		{"the most files first", linux, "a.go a\nb_windows.go\nc_windows.go", "GOOS=windows, -tags=a"},
		{"a system and a tag", linux, "a_windows.go a", "GOOS=windows -tags=a"},
		{"a contradiction", linux, "a.go a && !a", ""},
		{"a file put aside", linux, "a.go ignore", ""},
		{"a file put aside for others", linux, "a.go ignore || a", "-tags=a"},
		{"an old version of Go", linux, "a.go !go1.1", ""},
		{"another compiler", linux, "a.go gccgo", ""},
		{"a name that go ignores", linux, "_a.go a", ""},
		{"without cgo", linux, "a.go !cgo", "CGO_ENABLED=0"},
		{"with cgo", noCgo, "a.go cgo", "CGO_ENABLED=1"},
		{"an import of C", noCgo, "a.go C", "CGO_ENABLED=1"},
		{"cgo of another system", linux, "a_darwin.go cgo", "GOOS=darwin CGO_ENABLED=1"},
		{"the user's tags stay", prod, "a.go a", "-tags=a,prod,sqlite"},
		{"but for those that the file excludes", prod, "a.go !prod", "-tags=sqlite"},
		{"which is the last resort", prod, "a.go !prod || a && b && c", "-tags=a,b,c,prod,sqlite"},
		{"the limit", linux, "a.go a\nb.go b\nc.go c\nd.go d", "-tags=a, -tags=b, -tags=c"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var files []builds.File
			for line := range strings.Lines(tt.files) {
				name, constraint, _ := strings.Cut(strings.TrimSpace(line), " ")
				files = append(files, builds.File{Name: name, Src: source(constraint)})
			}
			var got []string
			for _, b := range builds.Choose(files, tt.base, 3) {
				got = append(got, b.From(tt.base))
				if len(b.Of(files)) == 0 {
					t.Errorf("%s has none of the files", b.From(tt.base))
				}
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, ", ")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func source(constraint string) []byte {
	older, isOlder := strings.CutPrefix(constraint, "+ ")
	switch {
	case constraint == "C":
		return []byte("package p\n\nimport \"C\"\n")
	case isOlder:
		return []byte("// +build " + older + "\n\npackage p\n")
	case constraint != "":
		return []byte("//go:build " + constraint + "\n\npackage p\n")
	}
	return []byte("package p\n")
}

func TestNew(t *testing.T) {
	b := builds.New("plan9", "386", "0", "-mod=mod -tags=a,b", []string{"-tags=d,c"})
	want := builds.Build{GOOS: "plan9", GOARCH: "386", Tags: []string{"c", "d"}}
	if diff := cmp.Diff(want, b); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"-mod=mod", "-tags=c,d"}, b.Flags([]string{"-tags=x", "-mod=mod"})); diff != "" {
		t.Errorf("flags: -want +got:\n%s", diff)
	}
	if b := builds.New("linux", "amd64", "1", "-tags=a,b", nil); b.From(linux) != "-tags=a,b" {
		t.Errorf("tags of GOFLAGS: %s", b.From(linux))
	}
}
