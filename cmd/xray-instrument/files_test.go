package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// repository is one with a module at the top, one below it, one beside that in a
// folder without a module, and what is not looked at.
const repository = `
-- go.mod --
-- main.go --
-- gone/data.txt --
-- orders/orders.go --
-- orders/orders_test.go --
-- orders/db/db.go --
-- only/only_test.go --
-- windows/file_windows.go --
-- testdata/fixture.go --
-- testdata/module/go.mod --
-- testdata/module/main.go --
-- vendor/example.com/dep/dep.go --
-- _old/old.go --
-- .hidden/hidden.go --
-- folder.go/x.go --
-- svc/go.mod --
-- svc/main.go --
-- svc/api/api.go --
-- svc/testdata/fixture.go --
`

func TestJobs(t *testing.T) {
	for _, test := range []struct {
		name   string
		dir    string // below the repository's top
		args   string
		want   []job // dir below the top
		strays string
	}{
		{name: "no argument", want: []job{{}}},
		{name: "patterns", args: "./... example.com/x", want: []job{{patterns: []string{"./...", "example.com/x"}}}},
		{name: "a file is its package", args: "orders/orders.go", want: files("", "./orders")},
		{name: "the package at the top", args: "main.go", want: files("", ".")},
		{name: "each package once, in order", args: "orders/db/db.go orders/orders.go ./orders/orders.go", want: files("", "./orders/db", "./orders")},
		{name: "a test is of its package", args: "orders/orders_test.go", want: files("", "./orders")},
		{name: "a deleted file of a package", args: "orders/deleted.go", want: files("", "./orders")},
		{name: "a deleted package", args: "orders/deleted/file.go gone/file.go main.go/file.go"},
		{name: "tests alone", args: "only/only_test.go"},
		{name: "for another system: the go command decides", args: "windows/file_windows.go", want: files("", "./windows")},
		{name: "fixtures", args: "testdata/fixture.go testdata/module/main.go svc/testdata/fixture.go"},
		{name: "vendored, and what the go command passes by", args: "vendor/example.com/dep/dep.go _old/old.go .hidden/hidden.go"},
		{name: "in a folder of fixtures", dir: "testdata/module", args: "main.go", want: files("testdata/module", ".")},
		{name: "in a folder of fixtures without a module", dir: "testdata", args: "fixture.go"},
		{name: "another module", args: "svc/api/api.go svc/main.go", want: files("svc", "./api", ".")},
		{name: "several modules", args: "svc/main.go orders/orders.go", want: append(files("", "./orders"), files("svc", ".")...)},
		{name: "from below", dir: "orders/db", args: "db.go ../orders.go ../../svc/main.go", want: append(files("orders/db", ".", ".."), files("svc", ".")...)},
		{name: "patterns and files", args: "svc/main.go ./orders/... main.go", want: append([]job{{patterns: []string{"./orders/...", "."}}}, files("svc", ".")...)},
		{name: "a folder's name", args: "folder.go ./folder.go", want: []job{{patterns: []string{"folder.go", "./folder.go"}}}},
		{name: "a file in it", args: "folder.go/x.go", want: files("", "./folder.go")},
		{name: "a package's path", args: "github.com/nats-io/nats.go", want: []job{{patterns: []string{"github.com/nats-io/nats.go"}}}},
		{name: "outside any module", dir: "..", args: "stray.go", strays: "stray.go"},
		{name: "outside any module, and in one", dir: "..", args: "stray.go repo/main.go", want: files("", "."), strays: "stray.go"},
	} {
		t.Run(test.name, func(t *testing.T) {
			top := filepath.Join(t.TempDir(), "repo")
			write(t, top, repository)
			write(t, filepath.Dir(top), "-- stray.go --\n")
			list, strays, err := jobs(filepath.Join(top, test.dir), strings.Fields(test.args))
			if err != nil {
				t.Fatal(err)
			}
			for i := range test.want {
				test.want[i].dir = filepath.Join(top, test.want[i].dir)
			}
			if diff := cmp.Diff(test.want, list, cmp.AllowUnexported(job{})); diff != "" {
				t.Errorf("jobs (-want +got):\n%s", diff)
			}
			if got := strings.Join(strays, " "); got != test.strays {
				t.Errorf("strays %q, want %q", got, test.strays)
			}
		})
	}
}

func TestJobsAbsolute(t *testing.T) {
	top := t.TempDir()
	write(t, top, repository)
	list, _, err := jobs(top, []string{filepath.Join(top, "svc", "api", "api.go")})
	if err != nil {
		t.Fatal(err)
	}
	want := []job{{dir: filepath.Join(top, "svc"), patterns: []string{"./api"}, files: true}}
	if diff := cmp.Diff(want, list, cmp.AllowUnexported(job{})); diff != "" {
		t.Errorf("jobs (-want +got):\n%s", diff)
	}
}

func TestOneModule(t *testing.T) {
	for _, test := range []struct {
		name   string
		config config
		jobs   int
		ok     bool
	}{
		{"rewriting", config{}, 2, true},
		{"checking against a baseline", config{gate: gate{on: true, baseline: "f"}}, 2, true},
		{"a diff", config{diff: true}, 1, true},
		{"a diff of nothing", config{diff: true}, 0, true},
		{"a diff of two modules", config{diff: true}, 2, false},
		{"json", config{json: true}, 1, true},
		{"json of nothing", config{json: true}, 0, false},
		{"json of two", config{json: true}, 2, false},
		{"sarif of nothing", config{gate: gate{on: true, sarif: "f"}}, 0, false},
		{"a baseline of two", config{gate: gate{on: true, writeBaseline: "f"}}, 2, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := test.config.oneModule(make([]job, test.jobs)); (err == nil) != test.ok {
				t.Errorf("%v", err)
			}
		})
	}
}

// files returns the job that looks at the packages of files.
func files(dir string, patterns ...string) []job {
	return []job{{dir: dir, patterns: patterns, files: true}}
}

// write writes the files of an archive below a folder.
func write(t *testing.T, dir, archive string) {
	t.Helper()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
