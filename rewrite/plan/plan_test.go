package plan_test

import (
	"context"
	"fmt"
	"go/format"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-4257438c/xray-instrument/analysis"
	"github.com/seed-4257438c/xray-instrument/rewrite"
)

// snippets are statements that a generated function is made of; $n is a fresh
// number. Those with a context want stand in functions that have one or not.
var snippets = []string{
	"db.Exec(\"q$n\")",
	"db.Exec(\"q\", $n, \"two\") // beside",
	"_, err$n := db.Exec(\n\"q\",\n$n, // the argument\n)\n_ = err$n",
	"rows$n, err$n := db.Query(`a\nb`, args...)\nif err$n != nil {\nreturn\n}\nrows$n.Close()",
	"var n$n int\n_ = db.QueryRow(\"q\").Scan(&n$n)",
	"if err := db.Ping(); err != nil {\nreturn\n}",
	"tx$n, _ := db.Begin()\ntx$n.Exec(\"q\")\ntx$n.Stmt(nil).QueryRow($n)\ntx$n.Commit()",
	"db.ExecContext(context.Background(), \"by hand $n\")",
	"c$n, cancel$n := context.WithTimeout(context.Background(), 5)\ndefer cancel$n()\ndb.PingContext(c$n)",
	"go db.Ping()",
	"go func() {\ndb.Exec(\"q$n\")\n}()",
	"defer db.Exec(\"q$n\")",
	"resp$n, _ := http.Get(\"http://x\")\n_ = resp$n",
	"http.Post(\"http://x\", \"text\" /* kind */, nil)",
	"client.Get(\"http://x\")",
	"client.Do(nil)",
	"req$n, _ := http.NewRequest(\"GET\", \"http://x\", nil)\n_ = req$n",
	"_ = http.Client{}",
	"_ = &http.Client{Timeout: $n}",
	"_ = &http.Client{\nTimeout: $n, // long\nTransport: http.DefaultTransport,\n}",
	"_ = new(http.Client)",
	"var v$n http.Client\n_ = v$n",
	"_ = []any{&http.Client{}, $n}",
	"http.ListenAndServe(\":80\", nil)",
	"http.ListenAndServe(\":80\", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {\ndb.Exec(\"inner $n\")\n}))",
	"_ = &http.Server{Addr: \":$n\", Handler: handler}",
	"open$n, _ := sql.Open(\"x\", \"y\")\n_ = open$n",
	"// a comment of its own",
	"/* a block */",
	"func() { db.Exec(\"lit$n\") }()",
	"func(db *sql.DB) { db.Ping() }(db)",
	"for range 2 {\ndb.Exec(\"loop$n\")\n}",
	"switch {\ncase db.Ping() == nil: // fine\n}",
	"//xray:ignore DBExec not this one\ndb.Exec(\"ignored $n\")",
	"{\nctx := $n\ndb.Exec(\"shadow\", ctx)\n}",
}

// heads are the functions that snippets stand in.
var heads = []string{
	"func f$n(ctx context.Context, db *sql.DB, client *http.Client, handler http.Handler, args []any) {",
	"func f$n(w http.ResponseWriter, r *http.Request, db *sql.DB, client *http.Client, handler http.Handler, args []any) {",
	"func f$n(db *sql.DB, client *http.Client, handler http.Handler, args []any) {",
	"func (T) m$n(_ context.Context, db *sql.DB, client *http.Client, handler http.Handler, args []any) {",
	"// Doc has\n// a comment.\nfunc f$n(c context.Context, db *sql.DB, client *http.Client, handler http.Handler, args []any) {",
}

// program writes a random package.
func program(r *rand.Rand, name string) string {
	var b strings.Builder
	number := 0
	write := func(text string) {
		number++
		b.WriteString(strings.ReplaceAll(text, "$n", fmt.Sprint(number)) + "\n")
	}
	write("package " + name + "\n\nimport (\n\"context\"\n\"database/sql\"\n\"net/http\"\n)\n")
	write("type T struct{}\n\nvar _ context.Context\nvar _ sql.DB\n")
	for range 1 + r.IntN(3) {
		write(heads[r.IntN(len(heads))])
		for range 1 + r.IntN(5) {
			write(snippets[r.IntN(len(snippets))])
		}
		write("}\n")
	}
	return layout(r, b.String())
}

// layout gives a program one of several layouts.
func layout(r *rand.Rand, text string) string {
	clean, err := format.Source([]byte(text))
	if err != nil {
		panic(fmt.Sprintf("%v\n%s", err, text))
	}
	switch r.IntN(6) {
	case 0: // not as gofmt has it
		return strings.ReplaceAll(text, ", ", " ,  ")
	case 1:
		return strings.ReplaceAll(string(clean), "\n", "\r\n")
	case 2:
		return strings.TrimSuffix(string(clean), "\n")
	}
	return string(clean)
}

// TestRandomPrograms instruments generated packages: they compile (which the run
// proves), every site is decided for a reason that is not the tool's own
// failure, a second run changes nothing, and removing gives every byte back.
func TestRandomPrograms(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 6))
			dir := t.TempDir()
			before := map[string]string{"go.mod": "module example.com/app\n\ngo 1.24\n"}
			for i := range 40 {
				before[fmt.Sprintf("p%d/a.go", i)] = program(r, fmt.Sprintf("p%d", i))
			}
			write(t, dir, before)
			res := run(t, dir, false)
			complain(t, res, before)
			after := read(t, dir)
			run(t, dir, false)
			if diff := cmp.Diff(after, read(t, dir)); diff != "" {
				t.Errorf("the second run changes files (-first +second):\n%s", diff)
			}
			run(t, dir, true)
			if diff := cmp.Diff(before, read(t, dir)); diff != "" {
				t.Errorf("removing does not give the original back (-want +got):\n%s", diff)
			}
		})
	}
}

// complain reports sites that were given up because something went wrong on the
// way, rather than decided against.
func complain(t *testing.T, res *rewrite.Result, before map[string]string) {
	t.Helper()
	done := 0
	for _, s := range res.Report.Sites {
		switch {
		case s.Status == "instrumented":
			done++
		case s.Status == "skipped" && s.Reason != "no context in reach" && !strings.HasPrefix(s.Reason, "ignored: "):
			line := strings.Split(before[s.File], "\n")[s.Line-1]
			t.Errorf("%s:%d:%d: %s: %s\n%s", s.File, s.Line, s.Column, s.Rule, s.Reason, line)
		}
	}
	if done < 50 {
		t.Errorf("only %d sites are instrumented", done)
	}
}

func run(t *testing.T, dir string, remove bool) *rewrite.Result {
	t.Helper()
	res, err := rewrite.Run(context.Background(), rewrite.Options{Dir: dir, Patterns: []string{"./..."}, Flags: analysis.Flags{Thread: "off"}, Remove: remove, Message: func(line string) { t.Error(line) }})
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func read(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		files[filepath.ToSlash(rel)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
