package rewrite

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/seed-4257438c/xray-instrument/rewrite/cache"
)

// listedProgram is a program in which a package sees constants and types that follow from the
// code of others.
const listedProgram = `
-- go.mod --
module example.com/app

go 1.21
-- a/a.go --
package a

import "database/sql"

const N = 1

func Open() *sql.DB { return nil }
-- b/b.go --
package b

import "example.com/app/a"

const N = a.N

var DB = a.Open()

func body() int { return 1 }
-- b/more.go --
package b

const More = 1
-- one/one.go --
package one

import (
	"context"

	"example.com/app/b"
)

var _ [1]int = [b.N]int{}

func Load(ctx context.Context) error {
	_, err := b.DB.Exec("DELETE FROM t")
	return err
}
-- one/one_test.go --
package one
-- two/two.go --
package two

import (
	"context"
	"database/sql"

	"example.com/app/one"
)

func Load(ctx context.Context) error { return one.Load(ctx) }

func Open() (*sql.DB, error) { return sql.Open("mysql", "") }
-- far/far.go --
package far

import "net/http"

func Get(ctx any, url string) { http.Get(url) }
-- main.go --
package main

import (
	"context"

	"example.com/app/two"
)

func main() { two.Load(context.Background()) }
`

// listed writes the program, and returns the options of a gate of some of its packages.
func listed(t *testing.T, patterns ...string) Options {
	t.Helper()
	root := t.TempDir()
	for _, f := range txtar.Parse([]byte(listedProgram)).Files {
		put(t, filepath.Join(root, filepath.FromSlash(f.Name)), string(f.Data))
	}
	return Options{Dir: root, Patterns: patterns, Cache: t.TempDir()}
}

// answer is what the gate says.
type answer struct {
	Checked  *Checked
	Err      string
	Messages []string
}

// ask asks the gate, and says how it got to know: "kept", "listed" by an earlier run,
// or "go" for the go command.
func ask(t *testing.T, opts Options) (a answer, how string) {
	t.Helper()
	how = "kept"
	opts.Message = func(line string) { a.Messages = append(a.Messages, line) }
	opts.Step = func(name string, _ time.Duration) {
		switch name {
		case stepListed:
			how = "listed"
		case stepLoad:
			how = "go"
		}
	}
	out, err := Check(context.Background(), opts)
	if err != nil {
		a.Err = err.Error()
		return a, how
	}
	out.contextless = nil // of use only while the diagnostics are made
	data, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	a.Checked = &Checked{}
	if err := json.Unmarshal(data, a.Checked); err != nil { // without the difference of nil and empty
		t.Fatal(err)
	}
	return a, how
}

// agree fails unless the gate says the same with what it has kept and without, once more
// when it has just been asked.
func agree(t *testing.T, opts Options) (how string) {
	t.Helper()
	fresh := opts
	fresh.Cache = ""
	want, _ := ask(t, fresh)
	got, how := ask(t, opts)
	if d := cmp.Diff(want, got, cmp.AllowUnexported(Checked{})); d != "" {
		t.Errorf("%s, the gate says otherwise than without:\n%s", how, d)
	}
	again, _ := ask(t, opts)
	if d := cmp.Diff(want, again, cmp.AllowUnexported(Checked{})); d != "" {
		t.Errorf("asked again, the gate says otherwise than without:\n%s", d)
	}
	return how
}

// edit replaces a text in a file of the program.
func edit(t *testing.T, opts Options, name, old, new string) {
	t.Helper()
	file := filepath.Join(opts.Dir, filepath.FromSlash(name))
	data, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(data), old) {
		t.Fatalf("%s has no %q: %v", name, old, err)
	}
	put(t, file, strings.Replace(string(data), old, new, 1))
}

// TestListed changes the program in each way that a list and what is said of its packages
// can depend on.
func TestListed(t *testing.T) {
	for _, pattern := range []string{"./one", "./two", "./..."} {
		for _, test := range []struct {
			name, how string
			change    func(t *testing.T, o Options)
		}{
			{"nothing", "", func(t *testing.T, o Options) {}},
			{"a body", "listed", func(t *testing.T, o Options) {
				edit(t, o, "one/one.go", "\treturn err", "\tb.DB.Ping()\n\treturn err")
			}},
			{"a body that does not compile", "go", func(t *testing.T, o Options) { edit(t, o, "one/one.go", "return err", "return 1") }},
			{"a body that does not parse", "go", func(t *testing.T, o Options) { edit(t, o, "one/one.go", "return err", "return )") }},
			{"the body of a dependency", "listed", func(t *testing.T, o Options) { edit(t, o, "b/b.go", "return 1", "return 2") }},
			{"the body of a dependency, which does not compile", "go", func(t *testing.T, o Options) { edit(t, o, "b/b.go", "return 1", "return x") }},
			{"a function without a body", "go", func(t *testing.T, o Options) { edit(t, o, "b/b.go", "body() int { return 1 }", "body() int") }},
			{"a directive for the compiler", "go", func(t *testing.T, o Options) { edit(t, o, "b/b.go", "func body", "//go:noinline\nfunc body") }},
			{"a constant", "go", func(t *testing.T, o Options) { edit(t, o, "a/a.go", "N = 1", "N = 2") }},
			{"a constant that means the same", "listed", func(t *testing.T, o Options) { edit(t, o, "a/a.go", "N = 1", "N = 2 - 1") }},
			{"an inferred type", "listed", func(t *testing.T, o Options) { edit(t, o, "a/a.go", "*sql.DB", "*sql.Tx") }},
			{"a signature", "go", func(t *testing.T, o Options) { edit(t, o, "a/a.go", "Open()", "Open(n int)") }},
			{"a signature and its calls", "listed", func(t *testing.T, o Options) {
				edit(t, o, "a/a.go", "Open()", "Open(n int)")
				edit(t, o, "b/b.go", "Open()", "Open(1)")
			}},
			{"an import", "go", func(t *testing.T, o Options) {
				edit(t, o, "a/a.go", "import ", "import \"net/http\"\n\nvar Client = http.DefaultClient\n\nimport ")
				edit(t, o, "a/a.go", "\n\nvar Client = http.DefaultClient", "")
				edit(t, o, "a/a.go", "const N", "var Client = http.DefaultClient\n\nconst N")
			}},
			{"a file", "go", func(t *testing.T, o Options) {
				put(t, filepath.Join(o.Dir, "one", "two.go"), "package one\n\nfunc More() { Load(nil) }\n")
			}},
			{"a file less", "go", func(t *testing.T, o Options) { os.Remove(filepath.Join(o.Dir, "b", "more.go")) }},
			{"a package less", "go", func(t *testing.T, o Options) { os.RemoveAll(filepath.Join(o.Dir, "a")) }},
			{"a build tag", "go", func(t *testing.T, o Options) {
				edit(t, o, "b/more.go", "package b", "//go:build other\n\npackage b")
			}},
			{"go.mod", "go", func(t *testing.T, o Options) { edit(t, o, "go.mod", "1.21", "1.22") }},
			{"settings", "go", func(t *testing.T, o Options) {
				put(t, filepath.Join(o.Dir, ".xray-instrument.yaml"), "rules: [-DBExec]\n")
			}},
			{"a module in the module", "go", func(t *testing.T, o Options) {
				put(t, filepath.Join(o.Dir, "a", "go.mod"), "module example.com/app/a\n")
			}},
			{"an embedded file", "go", func(t *testing.T, o Options) {
				put(t, filepath.Join(o.Dir, "a", "text"), "x")
				put(t, filepath.Join(o.Dir, "a", "e.go"), "package a\n\nimport _ \"embed\"\n\n//go:embed text\nvar text string\n")
				agree(t, o)
				os.Remove(filepath.Join(o.Dir, "a", "text"))
			}},
			{"a package with assembly", "go", func(t *testing.T, o Options) { put(t, filepath.Join(o.Dir, "a", "a.s"), "") }},
			{"what the survey reads, in a body", "", func(t *testing.T, o Options) {
				edit(t, o, "far/far.go", "http.Get(url)", "http.Get(url); ctx.(interface{ Driver() int }).Driver()")
			}},
			{"what the survey reads", "", func(t *testing.T, o Options) {
				put(t, filepath.Join(o.Dir, "far", "driver.go"), "package far\n\nimport \"database/sql\"\n\nfunc Is(db *sql.DB) any { return db.Driver() }\n")
			}},
		} {
			t.Run(pattern+" "+test.name, func(t *testing.T) {
				if testing.Short() && pattern != "./one" && test.how == "go" {
					t.Skip("without the list")
				}
				opts := listed(t, pattern)
				if how := agree(t, opts); how != "go" {
					t.Fatalf("at first: %s", how)
				}
				test.change(t, opts)
				want := test.how
				if how := agree(t, opts); how != want && want != "" {
					t.Errorf("after the change: %s, not %s", how, want)
				}
			})
		}
	}
}

// TestListedNotBelieved checks that a list is not believed that is damaged, or that speaks of
// export data which has gone.
func TestListedNotBelieved(t *testing.T) {
	for name, change := range map[string]func(t *testing.T, r *run, l *keptList){
		"damaged": func(t *testing.T, r *run, l *keptList) { damage(t, r.opts.Cache) },
		"cleaned": func(t *testing.T, r *run, l *keptList) {
			for i := range l.list.Packages {
				if p := &l.list.Packages[i]; p.Path == "database/sql" {
					p.Export = filepath.Join(t.TempDir(), "gone")
				}
			}
			r.kept().Put(l.listKey(), l.list)
		},
		"of other packages": func(t *testing.T, r *run, l *keptList) {
			l.list.Packages = l.list.Packages[1:]
			r.kept().Put(l.listKey(), l.list)
		},
		"of nothing": func(t *testing.T, r *run, l *keptList) { r.kept().Put(l.listKey(), "") },
	} {
		t.Run(name, func(t *testing.T) {
			opts := listed(t, "./one")
			agree(t, opts)
			edit(t, opts, "one/one.go", "return err", "return nil")
			opts.DryRun = true
			r, err := start(context.Background(), opts)
			if err != nil {
				t.Fatal(err)
			}
			defer r.close()
			all := r.earlierLists()
			if all == nil || !all.holds(r) || r.loadListed(all) != nil {
				t.Fatal("there is no list")
			}
			change(t, r, all.of[0])
			edit(t, opts, "one/one.go", "return nil", "return err\n")
			if how := agree(t, opts); how != "go" {
				t.Errorf("the list is believed: %s", how)
			}
		})
	}
}

// damage changes a byte of each file in a cache.
func damage(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if err == nil && len(data) > 0 {
			data[len(data)/2] ^= 1
			err = os.WriteFile(name, data, 0o666)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestListedKey checks that what decides a list beside the program gives it another key.
func TestListedKey(t *testing.T) {
	opts := listed(t, "./one")
	seen := map[cache.Key]string{}
	for name, change := range map[string]func(o *Options){
		"nothing":  func(o *Options) {},
		"packages": func(o *Options) { o.Patterns = []string{"./two"} },
		"-tags":    func(o *Options) { o.BuildFlags = []string{"-tags=x"} },
		"-mod":     func(o *Options) { o.Mod = "mod" },
		"-rules":   func(o *Options) { o.Rules = "sql-call" },
		"go.sum":   func(o *Options) { put(t, filepath.Join(o.Dir, "go.sum"), "") },
		"a folder": func(o *Options) { put(t, filepath.Join(o.Dir, "vendor", "a"), "") },
		"vendor":   func(o *Options) { put(t, filepath.Join(o.Dir, "vendor", "modules.txt"), "") },
	} {
		o := opts
		change(&o)
		r, err := start(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		h, _, err := r.frame("list", o.Patterns)
		r.close()
		if err != nil {
			t.Fatal(err)
		}
		if other := seen[h.Key()]; other != "" {
			t.Errorf("%s: the key of %s", name, other)
		}
		seen[h.Key()] = name
		os.Remove(filepath.Join(o.Dir, "go.sum"))
		os.RemoveAll(filepath.Join(o.Dir, "vendor"))
	}
}

// TestListedTogether checks that packages which have been looked at one by one are looked at
// together without the go command, though each list is of another time.
func TestListedTogether(t *testing.T) {
	opts := listed(t, "./b")
	agree(t, opts)
	edit(t, opts, "a/a.go", "N = 1", "N = 1 + 0")
	opts.Patterns = []string{"./one"}
	if how := agree(t, opts); how != "go" {
		t.Fatalf("the first time: %s", how)
	}
	edit(t, opts, "b/b.go", "return 1", "return 2")
	opts.Patterns = []string{"./one", "./b"}
	if how := agree(t, opts); how != "listed" {
		t.Errorf("together: %s", how)
	}
	edit(t, opts, "a/a.go", "N = 1 + 0", "N = 2")
	if how := agree(t, opts); how != "go" {
		t.Errorf("what does not compile: %s", how)
	}
}

// TestListedOutOfAll checks that a package that has been looked at with all others is looked at
// alone without the go command.
func TestListedOutOfAll(t *testing.T) {
	opts := listed(t, everything)
	agree(t, opts)
	edit(t, opts, "b/b.go", "return 1", "return 2")
	opts.Patterns = []string{"./one"}
	if how := agree(t, opts); how != "listed" {
		t.Errorf("a package of all: %s", how)
	}
	edit(t, opts, "a/a.go", "*sql.DB", "*sql.Tx")
	opts.Patterns = []string{"./two", "./a"}
	if how := agree(t, opts); how != "listed" {
		t.Errorf("two packages of all: %s", how)
	}
	put(t, filepath.Join(opts.Dir, "one", "new.go"), "package one\n")
	opts.Patterns = []string{"."}
	if how := agree(t, opts); how != "go" {
		t.Errorf("a package with a new file below it: %s", how)
	}
}

// TestListedModules checks the same of a program of several modules: in a workspace, one in
// place of another, vendored, and one that is taken for a folder of another.
func TestListedModules(t *testing.T) {
	root, workspace := remember(t)
	workspace.Patterns = []string{everything}
	for _, step := range []struct {
		name, how, file, text string
	}{
		{"at first", "go", "app/sub/sub.go", "package sub\n"},
		{"a body of another module", "listed", "lib/lib.go", "package lib\n\nimport \"database/sql\"\n\nfunc Run(f func(db *sql.DB) error) { f(nil); f(nil) }\n"},
		{"a module that is not used", "listed", "far/far.go", "package far\n\nvar X int\n"},
		{"a type of another module", "go", "lib/lib.go", "package lib\n\nimport \"database/sql\"\n\nfunc Run(f func(db *sql.Tx) error) { f(nil) }\n"},
		{"and its user", "listed", "app/main.go", "package main\n\nimport (\n\t\"database/sql\"\n\n\t\"example.com/lib\"\n)\n\nfunc main() { lib.Run(func(tx *sql.Tx) error { _, err := tx.Exec(``); return err }) }\n"},
		{"a body again", "listed", "lib/lib.go", "package lib\n\nimport \"database/sql\"\n\nfunc Run(f func(db *sql.Tx) error) { f(nil); f(nil) }\n"},
		{"its go.mod", "go", "lib/go.mod", "module example.com/lib\n\ngo 1.20\n"},
		{"the workspace", "go", "go.work", "go 1.21\n\nuse ./app\nuse ./far\n"},
	} {
		put(t, filepath.Join(root, filepath.FromSlash(step.file)), step.text)
		if how := agree(t, workspace); how != step.how {
			t.Errorf("%s: %s, not %s", step.name, how, step.how)
		}
	}

	opts := listed(t, "./one")
	put(t, filepath.Join(opts.Dir, "go.mod"), "module example.com/app\n\ngo 1.21\n\nrequire example.com/app/ext v0.0.0\n\nreplace example.com/app/ext => ./outside\n")
	put(t, filepath.Join(opts.Dir, "outside", "go.mod"), "module example.com/app/ext\n\ngo 1.21\n")
	put(t, filepath.Join(opts.Dir, "outside", "ext.go"), "package ext\n\nconst N = 1\n")
	edit(t, opts, "a/a.go", `import "database/sql"`, "import (\n\t\"database/sql\"\n\n\t\"example.com/app/ext\"\n)")
	edit(t, opts, "a/a.go", "N = 1", "N = ext.N")
	agree(t, opts)
	edit(t, opts, "outside/ext.go", "N = 1", "N = 2 - 1")
	if how := agree(t, opts); how != "listed" {
		t.Errorf("a constant of a module in place of another: %s", how)
	}
	put(t, filepath.Join(opts.Dir, "ext", "ext.go"), "package ext\n\nconst N = 1\n")
	if how := agree(t, opts); how != "go" {
		t.Errorf("a folder for which there is a module: %s", how)
	}
	if err := os.RemoveAll(filepath.Join(opts.Dir, "ext")); err != nil {
		t.Fatal(err)
	}
	agree(t, opts)
	if err := os.Mkdir(filepath.Join(opts.Dir, "vendor"), 0o777); err != nil {
		t.Fatal(err)
	}
	if how := agree(t, opts); how != "go" {
		t.Errorf("an empty vendor folder: %s", how)
	}
	for _, name := range []string{"ext.go", "go.mod"} {
		put(t, filepath.Join(opts.Dir, "vendor", "example.com", "app", "ext", name), "package ext\n\nconst N = 1\n")
	}
	put(t, filepath.Join(opts.Dir, "vendor", "modules.txt"), "# example.com/app/ext v0.0.0 => ./outside\n## explicit; go 1.21\nexample.com/app/ext\n# example.com/app/ext => ./outside\n")
	if how := agree(t, opts); how != "go" {
		t.Errorf("a vendor folder: %s", how)
	}
	edit(t, opts, "vendor/example.com/app/ext/ext.go", "N = 1", "N = 3 - 2")
	if how := agree(t, opts); how != "listed" {
		t.Errorf("a constant of a vendored package: %s", how)
	}
	edit(t, opts, "vendor/example.com/app/ext/ext.go", "N = 3 - 2", "N = 3")
	if how := agree(t, opts); how != "go" {
		t.Errorf("a constant of a vendored package, with which nothing compiles: %s", how)
	}
}

// TestListedAtRandom edits the program at random, and holds the gate with what it has kept to
// what it says without.
func TestListedAtRandom(t *testing.T) {
	edits := 60
	if testing.Short() {
		edits = 12
	}
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	opts := listed(t, "./one")
	others := [][]string{{"./one"}, {"./..."}, {"./two", "./b"}, {"./b"}, {"./two", "./one"}}
	files := []string{"a/a.go", "b/b.go", "b/more.go", "one/one.go", "two/two.go", "far/far.go", "main.go"}
	hows := map[string]int{}
	for i := range edits {
		name := files[random.IntN(len(files))]
		kind := random.IntN(10)
		file := filepath.Join(opts.Dir, filepath.FromSlash(name))
		data, err := os.ReadFile(file)
		if err != nil { // removed before
			data = []byte(originalOf(name))
		}
		text := string(data)
		switch kind {
		case 0, 1, 8, 9:
			text += fmt.Sprintf("\nfunc added%d() int { return %d }\n", i, i)
		case 2:
			text += fmt.Sprintf("\nconst Added%d = %d\n", i, i)
		case 3:
			text += fmt.Sprintf("\nfunc broken%d() int { return `` }\n", i)
		case 4, 5:
			text = originalOf(name)
		case 6:
			text = strings.NewReplacer("*sql.DB", "*sql.Tx", "*sql.Tx", "*sql.DB", "N = 1", "N = 2", "N = 2", "N = 1").Replace(text)
		case 7:
			text = strings.Replace(text, "\nimport ", "\nimport _ \"net/url\"\n\nimport ", 1)
		}
		if put(t, file, text); name == "b/more.go" && kind == 7 {
			os.Remove(file)
		}
		opts.Patterns = others[random.IntN(len(others))]
		how := agree(t, opts)
		if hows[how]++; how == "go" && (kind == 3 || kind == 6) { // that nothing compiles is looked at once
			for _, name := range files {
				put(t, filepath.Join(opts.Dir, filepath.FromSlash(name)), originalOf(name))
			}
		}
		if t.Failed() {
			t.Fatalf("with the seed %d, after edit %d: kind %d of %s", seed, i, kind, name)
		}
	}
	t.Log(hows)
}

func originalOf(name string) string {
	files := txtar.Parse([]byte(listedProgram)).Files
	return string(files[slices.IndexFunc(files, func(f txtar.File) bool { return f.Name == name })].Data)
}

// TestListedStamps changes a file far away without another size or time of its own, when it has
// been known for long enough not to be read.
func TestListedStamps(t *testing.T) {
	opts := listed(t, "./two")
	text := "package far\n\nimport \"database/sql\"\n\nfunc Is(db *sql.DB) any { return db.Ping()   }\n"
	name := filepath.Join(opts.Dir, "far", "driver.go")
	put(t, name, text)
	old := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	if err := os.Chtimes(name, old, old); err != nil {
		t.Fatal(err)
	}
	agree(t, opts)
	time.Sleep(4 * time.Second)
	edit(t, opts, "two/two.go", "mysql", "postgres") // it is looked at anew, and with it the survey
	agree(t, opts)
	before, _ := ask(t, opts)
	put(t, name, strings.Replace(text, "db.Ping()  ", "db.Driver()", 1))
	if err := os.Chtimes(name, old, old); err != nil {
		t.Fatal(err)
	}
	time.Sleep(4 * time.Second)
	agree(t, opts)
	if after, _ := ask(t, opts); cmp.Equal(before, after, cmp.AllowUnexported(Checked{})) {
		t.Error("the survey makes no difference")
	}
}
