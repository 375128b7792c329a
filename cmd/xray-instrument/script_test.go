package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"xray-instrument": main})
}

// TestScript runs the real command. A script that rewrites ends with a second
// run that changes nothing:
//
//	settled [flags] [packages]
//
// Further commands: code N COMMAND runs a command that must exit with N; keep
// FILES and restored FILES say that files are again as they were.
func TestScript(t *testing.T) {
	env := goEnv(t)
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
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if exit, ok := err.(*exec.ExitError); ok {
		got = strings.TrimPrefix(exit.Error(), "exit status ")
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != args[0] {
		ts.Fatalf("exit status %s, want %s", got, args[0])
	}
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
