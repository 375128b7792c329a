package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/seed-4257438c/xray-instrument/internal/cachedir"
	"github.com/seed-4257438c/xray-instrument/rewrite"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"xray-instrument": main})
}

// TestScript runs the real command. A script that rewrites ends with a second
// run that changes nothing:
//
//	settled [flags] [packages]
//
// and, where the gate is tested too, with
//
//	left [flags] [packages]
//
// which checks that the gate reports what the run calls skipped, and nothing else.
//
// Further commands: code N COMMAND runs a command that must exit with N; gate N
// [flags] [packages] runs the gate as go vet -vettool and as -check, which must
// say the same and exit with N; keep FILES and restored FILES say that files are
// again as they were; huge FILE makes a big generated file; module NAME makes the
// folder a module with the go.mod and go.sum of testdata/modules/NAME. $VETTOOL
// is the command's path.
func TestScript(t *testing.T) {
	tool, err := exec.LookPath("xray-instrument")
	if err != nil {
		t.Fatal(err)
	}
	env := append(goEnv(t), "VETTOOL="+tool, cachedir.Variable+"="+t.TempDir())
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "..", "testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Vars = append(e.Vars, env...)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": code, "settled": settled, "keep": keep, "restored": restored,
			"gate": bothGates, "left": left, "huge": huge, "module": module,
		},
	})
}

// goEnv returns the settings of the go command that a script, which has no home
// folder, cannot find.
func goEnv(t *testing.T) []string {
	names := []string{"GOPATH", "GOMODCACHE", "GOCACHE", "GOPROXY", "GOSUMDB", "GONOSUMDB", "GOTOOLCHAIN"}
	out, err := exec.Command("go", append([]string{"env"}, names...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	var env []string
	for i, value := range strings.Split(strings.TrimRight(string(out), "\n"), "\n") {
		env = append(env, names[i]+"="+value)
	}
	return append(env, "GOFLAGS=", "GOWORK=")
}

// code runs a command that must exit with a given status.
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N command [args]")
	}
	if got := exitStatus(ts, args[1], args[2:]...); got != args[0] {
		ts.Fatalf("exit status %s, want %s", got, args[0])
	}
}

// exitStatus runs a command and returns its exit status.
func exitStatus(ts *testscript.TestScript, name string, args ...string) string {
	err := ts.Exec(name, args...)
	if exit, ok := err.(*exec.ExitError); ok {
		return strings.TrimPrefix(exit.Error(), "exit status ")
	}
	ts.Check(err)
	return "0"
}

// settled runs the command again, and again as -diff, and checks that nothing
// changes.
func settled(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("unsupported: ! settled")
	}
	before := tree(ts)
	ts.Check(ts.Exec("xray-instrument", args...))
	after := tree(ts)
	for name, text := range before {
		if after[name] != text {
			ts.Fatalf("the second run changes %s:\n%s", name, after[name])
		}
	}
	for name := range after {
		if _, ok := before[name]; !ok {
			ts.Fatalf("the second run makes %s", name)
		}
	}
	ts.Check(ts.Exec("xray-instrument", append([]string{"-diff"}, args...)...))
}

// bothGates runs the gate as go vet and as -check, whose output the script sees.
func bothGates(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: gate N [flags] [packages]")
	}
	vet := []string{"vet", "-vettool=" + ts.Getenv("VETTOOL")}
	for _, arg := range args[1:] {
		for _, name := range []string{"rules", "service", "cancel"} { // the analyzer's
			if strings.HasPrefix(arg, "-"+name+"=") {
				arg = "-xray." + arg[1:]
			}
		}
		vet = append(vet, arg)
	}
	vetStatus := exitStatus(ts, "go", vet...)
	vetSays := findings(ts.ReadFile("stderr"))
	checkStatus := exitStatus(ts, "xray-instrument", append([]string{"-check"}, args[1:]...)...)
	checkSays := findings(ts.ReadFile("stderr"))
	if diff := cmp.Diff(vetSays, checkSays); diff != "" {
		ts.Fatalf("the gate's two forms differ (-vet +check):\n%s", diff)
	}
	if vetStatus != args[0] || checkStatus != args[0] {
		ts.Fatalf("exit status %s of go vet and %s of -check, want %s", vetStatus, checkStatus, args[0])
	}
}

// findings returns the sorted lines that begin with file:line:col.
func findings(text string) []string {
	var lines []string
	for line := range strings.Lines(text) {
		if parts := strings.SplitN(line, ":", 4); len(parts) == 4 && isNumber(parts[1]) && isNumber(parts[2]) {
			line = strings.TrimRight(line, "\n")
			for _, more := range []string{rewrite.Foreseen, rewrite.Obstacle} { // go vet cannot know it
				line, _, _ = strings.Cut(line, more)
			}
			lines = append(lines, line)
		}
	}
	slices.Sort(lines)
	return lines
}

func isNumber(s string) bool { _, err := strconv.Atoi(s); return err == nil }

// left runs the gate and checks that it reports what the run calls skipped.
func left(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("unsupported: ! left")
	}
	ts.Check(ts.Exec("xray-instrument", append([]string{"-json"}, args...)...))
	var report struct {
		Sites []struct {
			File, Rule, Status, Reason string
			Line, Column               int
		}
	}
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &report))
	want := "0"
	var skipped, reported []string
	for _, s := range report.Sites {
		if s.Status == "skipped" && !strings.HasPrefix(s.Reason, "ignored: ") {
			skipped = append(skipped, fmt.Sprintf("%s:%d:%d: %s", filepath.FromSlash(s.File), s.Line, s.Column, s.Rule))
			want = "1"
		}
	}
	slices.Sort(skipped)
	bothGates(ts, false, append([]string{want}, args...))
	for _, line := range findings(ts.ReadFile("stderr")) {
		reported = append(reported, strings.Join(strings.SplitN(line, ":", 5)[:4], ":"))
	}
	if diff := cmp.Diff(skipped, reported); diff != "" {
		ts.Fatalf("the gate reports something else than what the run left (-left +reported):\n%s", diff)
	}
}

// huge makes a generated file of three megabytes, package huge, that ends with an
// untraced call.
func huge(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: huge file")
	}
	var text bytes.Buffer
	text.WriteString("// Code generated by huge; DO NOT EDIT.\n\npackage huge\n\nimport \"database/sql\"\n\nvar table = []string{\n")
	for i := 0; text.Len() < 3<<20; i++ {
		fmt.Fprintf(&text, "\t\"a line of the table, number %d\",\n", i)
	}
	text.WriteString("}\n\n")
	text.WriteString("func Ping(db *sql.DB) error { return db.Ping() }\n")
	name := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(name), 0o777))
	ts.Check(os.WriteFile(name, text.Bytes(), 0o666))
}

// module makes the script's folder a module.
func module(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: module name")
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "testdata", "modules", args[0], name))
		if err == nil || name == "go.mod" {
			ts.Check(err)
			ts.Check(os.WriteFile(ts.MkAbs(name), text, 0o666))
		}
	}
}

// tree reads the files below the script's folder.
func tree(ts *testscript.TestScript) map[string]string {
	files := map[string]string{}
	root := ts.Getenv("WORK")
	ts.Check(filepath.Walk(root, func(name string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() || !info.Mode().IsRegular() {
			return err
		}
		if rel, _ := filepath.Rel(root, name); !strings.HasPrefix(rel, ".tmp") && !strings.HasPrefix(rel, "tmp") {
			text, err := os.ReadFile(name)
			files[rel] = string(text)
			return err
		}
		return nil
	}))
	return files
}

// keep copies files to .keep.
func keep(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: keep files")
	}
	for _, name := range args {
		target := filepath.Join(ts.Getenv("WORK"), ".keep", name)
		ts.Check(os.MkdirAll(filepath.Dir(target), 0o755))
		ts.Check(os.WriteFile(target, []byte(ts.ReadFile(name)), 0o644))
	}
}

// restored checks that files are as keep found them.
func restored(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		same := ts.ReadFile(filepath.Join(ts.Getenv("WORK"), ".keep", name)) == ts.ReadFile(name)
		if same == neg {
			ts.Fatalf("%s as before: %v", name, same)
		}
	}
}
