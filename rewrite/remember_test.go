package rewrite

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/seed-4257438c/xray-instrument/rewrite/cache"
)

// remembering is a workspace whose module replaces another one, with a call that no
// context reaches: there is something to report and nothing to do.
const remembering = `
-- go.work --
go 1.21

use ./app

replace example.com/far => ./far
-- app/go.mod --
module example.com/app

go 1.21

require example.com/lib v0.0.0

replace example.com/lib => ../lib
-- app/main.go --
package main

import (
	"database/sql"

	"example.com/lib"
)

func main() { lib.Run(load) }

func load(db *sql.DB) error {
	_, err := db.Exec("DELETE FROM t")
	return err
}
-- app/main_test.go --
package main
-- app/main_windows.go --
package main
-- app/page.html --
{{.Name}}
-- app/sub/sub.go --
package sub
-- lib/go.mod --
module example.com/lib

go 1.21
-- lib/lib.go --
package lib

import "database/sql"

func Run(f func(db *sql.DB) error) { f(nil) }
-- far/go.mod --
module example.com/far

go 1.21
-- far/far.go --
package far
`

// remember writes the workspace, and returns its folder and the options of a run in it.
func remember(t *testing.T) (string, Options) {
	t.Helper()
	root := t.TempDir()
	for _, f := range txtar.Parse([]byte(remembering)).Files {
		put(t, filepath.Join(root, f.Name), string(f.Data))
	}
	return root, Options{Dir: filepath.Join(root, "app"), Patterns: []string{"./..."}, Cache: t.TempDir()}
}

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o777), os.WriteFile(name, []byte(text), 0o666)); err != nil {
		t.Fatal(err)
	}
}

// keyOf returns the key of a run.
func keyOf(t *testing.T, opts Options, kind string) cache.Key {
	t.Helper()
	opts.DryRun = true
	r, err := start(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	key, err := r.key(kind)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestKey changes everything that a run depends on, one after the other: each change
// has a key of its own, and taken back, the first.
func TestKey(t *testing.T) {
	root, opts := remember(t)
	first := keyOf(t, opts, "run")
	seen := map[cache.Key]string{first: "nothing"}
	differs := func(t *testing.T, name string, key cache.Key) {
		t.Helper()
		if other := seen[key]; other != "" {
			t.Errorf("%s: the key of %s", name, other)
		}
		seen[key] = name
	}
	for _, name := range []string{
		"go.work", "go.work.sum", "app/go.mod", "app/go.sum", "app/main.go", "app/main_test.go", "app/main_windows.go", "app/page.html", "app/sub/sub.go",
		"app/.xray-instrument.yaml", "app/new.go", "app/sub/new_test.go", "app/testdata/x.go", "app/vendor/modules.txt", "app/main.s", "lib/lib.go", "lib/new.go", "far/far.go",
	} {
		file := filepath.Join(root, filepath.FromSlash(name))
		was, err := os.ReadFile(file)
		put(t, file, string(was)+"\n")
		differs(t, name, keyOf(t, opts, "run"))
		if err == nil {
			put(t, file, string(was))
		} else if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	os.RemoveAll(filepath.Join(root, "app", "testdata")) // the names of folders count too
	os.RemoveAll(filepath.Join(root, "app", "vendor"))
	if keyOf(t, opts, "run") != first {
		t.Error("all is as it was, but for the key")
	}
	differs(t, "-check", keyOf(t, opts, "check"))
	for name, change := range map[string]func(o *Options){
		"packages": func(o *Options) { o.Patterns = []string{"."} },
		"-C":       func(o *Options) { o.Dir, o.Patterns = filepath.Join(root, "app", "sub"), []string{"../..."} },
		"-tags":    func(o *Options) { o.BuildFlags = []string{"-tags=x"} },
		"-mod":     func(o *Options) { o.Mod = "mod" },
		"-remove":  func(o *Options) { o.Remove = true },
		"-rules":   func(o *Options) { o.Rules = "sql-call" },
		"-service": func(o *Options) { o.Service = "x" },
		"-cancel":  func(o *Options) { o.Cancel = "detach" },
		"-thread":  func(o *Options) { o.Thread = "off" },
		"-api":     func(o *Options) { o.API = "wrap" },
	} {
		o := opts
		change(&o)
		differs(t, name, keyOf(t, o, "run"))
	}
	for name, value := range map[string]string{
		"GOOS": "windows", "GOARCH": "arm", "CGO_ENABLED": "0", "GOFLAGS": "-tags=y", "GOAMD64": "v3", "GOEXPERIMENT": "noregabi", "GOWORK": "off",
	} {
		if runtime.GOOS == value || runtime.GOARCH != "amd64" && name == "GOAMD64" || name == "GOEXPERIMENT" && runtime.GOARCH != "amd64" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			if name == "CGO_ENABLED" && runtime.GOOS == "linux" {
				t.Setenv(name, map[bool]string{true: "0", false: "1"}[cgoOn(t, opts)])
			} else {
				t.Setenv(name, value)
			}
			differs(t, name, keyOf(t, opts, "run"))
		})
	}
	tool := toolID
	defer func() { toolID = tool }()
	toolID = func() (string, error) { return "another", nil }
	differs(t, "the tool", keyOf(t, opts, "run"))
	toolID = tool
	if keyOf(t, opts, "run") != first {
		t.Error("all is as it was, but for the key")
	}
}

func cgoOn(t *testing.T, opts Options) bool {
	env, err := goEnv(context.Background(), opts.Dir)
	if err != nil {
		t.Fatal(err)
	}
	return env["CGO_ENABLED"] == "1"
}

// TestUnkeyed checks that a run has no key where the go command builds something else
// than what lies on disk.
func TestUnkeyed(t *testing.T) {
	root, opts := remember(t)
	refuses := func(t *testing.T) {
		t.Helper()
		r, err := start(context.Background(), Options{Dir: opts.Dir, DryRun: true, Cache: opts.Cache})
		if err != nil {
			t.Fatal(err)
		}
		defer r.close()
		if _, err := r.key("run"); err == nil {
			t.Error("the run has a key")
		}
	}
	overlay := filepath.Join(root, "overlay.json")
	put(t, overlay, "{}")
	t.Run("overlay", func(t *testing.T) { t.Setenv("GOFLAGS", "-overlay="+overlay); refuses(t) })
	t.Run("driver", func(t *testing.T) { t.Setenv("GOPACKAGESDRIVER", "other"); refuses(t) })
	t.Run("link", func(t *testing.T) {
		if err := os.Symlink(root, filepath.Join(root, "app", "link")); err != nil {
			t.Skip(err)
		}
		refuses(t)
	})
}

// outcome is a run, with what it told the user.
type outcome struct {
	Report   *Report
	Messages []string
	Listed   bool // the packages were listed: nothing was remembered
}

func runOnce(t *testing.T, opts Options) outcome {
	t.Helper()
	var out outcome
	opts.Message = func(line string) { out.Messages = append(out.Messages, line) }
	opts.Step = func(name string, _ time.Duration) { out.Listed = out.Listed || name == stepLoad }
	res, err := Run(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	out.Report = res.Report
	return out
}

// TestRemembered checks that a run says the same when it remembers an earlier one, and
// that what was kept is not believed when the program is another.
func TestRemembered(t *testing.T) {
	root, opts := remember(t)
	put(t, filepath.Join(root, "app", "sub", "sub.go"), "package sub\n\n//xray:ignore DBExec\nvar X int\n") // a directive without a reason
	put(t, filepath.Join(root, "app", "sub", "db.go"), "package sub\n\nimport \"database/sql\"\n\nvar DB *sql.DB\n\nvar _, E = DB.Exec(``)\n")
	off := opts
	off.Cache = ""
	want := runOnce(t, off)
	if len(want.Report.Sites) == 0 || len(want.Messages) == 0 {
		t.Fatalf("the program has nothing to report: %+v", want)
	}
	if got := runOnce(t, opts); !cmp.Equal(want, got) {
		t.Errorf("the run that is kept: %s", cmp.Diff(want, got))
	}
	want.Listed = false
	for range 2 {
		if got := runOnce(t, opts); !cmp.Equal(want, got) {
			t.Errorf("the run that remembers: %s", cmp.Diff(want, got))
		}
	}
	var entries []string
	filepath.WalkDir(opts.Cache, func(name string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			entries = append(entries, name)
		}
		return nil
	})
	for _, name := range entries {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		data[len(data)/2] ^= 1
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want.Listed = true
	if got := runOnce(t, opts); !cmp.Equal(want, got) {
		t.Errorf("with damaged entries: %s", cmp.Diff(want, got))
	}
	put(t, filepath.Join(root, "app", "sub", "db.go"), "package sub\n")
	if got := runOnce(t, opts); !got.Listed || len(got.Report.Sites) >= len(want.Report.Sites) {
		t.Errorf("after a change: %+v", got)
	}
}

// TestNotKept checks that results are not kept which may be others the next time.
func TestNotKept(t *testing.T) {
	for name, text := range map[string]string{
		"a package that does not compile": "package sub\n\nvar X int = ``\n",
		"tests that do not compile":       "", // below
	} {
		t.Run(name, func(t *testing.T) {
			root, opts := remember(t)
			if text != "" {
				put(t, filepath.Join(root, "app", "sub", "sub.go"), text)
			} else {
				put(t, filepath.Join(root, "app", "main.go"), "package main\n\nimport (\n\t\"context\"\n\t\"database/sql\"\n)\n\nfunc main() {}\n\nvar DB *sql.DB\n\nfunc handle(ctx context.Context) { load() }\n\nfunc load() { DB.Exec(``) }\n")
				put(t, filepath.Join(root, "app", "main_test.go"), "package main\n\nvar X int = load()\n")
			}
			opts.DryRun = true
			for range 2 {
				if got := runOnce(t, opts); !got.Listed || got.Report.FilesChanged > 0 {
					t.Errorf("it was kept, or changes something: %+v", got)
				}
			}
		})
	}
}

// TestCheckRemembered is TestRemembered for the gate.
func TestCheckRemembered(t *testing.T) {
	_, opts := remember(t)
	var all []*Checked
	var listed []bool
	for range 2 {
		was := false
		opts.Step = func(name string, _ time.Duration) { was = was || name == stepLoad }
		res, err := Check(context.Background(), opts)
		if err != nil {
			t.Fatal(err)
		}
		res.contextless = nil // of use only while the diagnostics are made
		all, listed = append(all, res), append(listed, was)
	}
	if len(all[0].Diagnostics) == 0 || !slices.Equal(listed, []bool{true, false}) {
		t.Fatalf("%d diagnostics; the packages were listed: %v", len(all[0].Diagnostics), listed)
	}
	if d := cmp.Diff(all[0], all[1], cmp.AllowUnexported(Checked{})); d != "" {
		t.Error(d)
	}
}

// TestBuildID checks that a program is known by what the go command has written into it, and by
// nothing else.
func TestBuildID(t *testing.T) {
	const id = "a-1/b_2/c/d"
	for name, test := range map[string]struct{ start, want string }{
		"ELF":            {"\x7fELF...\x04\x00\x00\x00\x0b\x00\x00\x00\x04\x00\x00\x00Go\x00\x00" + id + "\x00\x00", id},
		"others":         {"MZ...\xff Go build ID: \"" + id + "\"\n \xff", id},
		"one of its own": {"MZ...\xff Go build ID: \"mine\"\n \xff", ""},
		"none":           {"MZ...", ""},
		"cut off":        {"MZ...\xff Go build ID: \"" + id, ""},
	} {
		if got := buildID([]byte(test.start)); got != test.want {
			t.Errorf("%s: %q, not %q", name, got, test.want)
		}
	}
}
