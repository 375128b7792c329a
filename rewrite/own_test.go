package rewrite_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-4257438c/xray-instrument/rewrite"
)

// TestOwnExample runs over the example of idioms of a module's own, testdata/own: what
// becomes of it is what docs/configuration.md shows, it builds and passes its tests,
// a second run changes nothing, and removing leaves the context parameters alone.
func TestOwnExample(t *testing.T) {
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "testdata", "own"))); err != nil {
		t.Fatal(err)
	}
	run := func(remove bool) *rewrite.Result {
		t.Helper()
		res, err := rewrite.Run(context.Background(), rewrite.Options{Dir: dir, Patterns: []string{"./..."}, Remove: remove})
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	documented(t, run(false).Diff(), dir)
	for _, args := range [][]string{{"vet", "./..."}, {"test", "./..."}, {"vet", "-vettool=" + vettool, "./..."}} {
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	if again := run(false); len(again.Changes) > 0 {
		t.Errorf("the second run changes something:\n%s", again.Diff())
	}
	run(true)
	main, err := os.ReadFile(filepath.Join(dir, "cmd", "orders", "main.go"))
	if err != nil || bytes.Contains(main, []byte("xray")) || bytes.Contains(main, []byte("LevelContext")) || !bytes.Contains(main, []byte("reserve(ctx context.Context")) {
		t.Errorf("after -remove: %v\n%s", err, main)
	}
}

// documented checks that the page on the configuration shows the example as it is.
func documented(t *testing.T, diff, dir string) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("..", "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	sources := ""
	for _, side := range []string{"plain", "xray"} {
		text, err := os.ReadFile(filepath.Join(dir, "internal", "xrayrules", side, side+".go"))
		if err != nil {
			t.Fatal(err)
		}
		sources += string(text)
	}
	for _, form := range []struct{ name, in string }{{"diff", diff}, {"go", sources}} {
		blocks := strings.Split(string(page), "```"+form.name+"\n")[1:]
		if len(blocks) != 2 {
			t.Errorf("%d blocks of %s", len(blocks), form.name)
		}
		for _, block := range blocks {
			if text, _, _ := strings.Cut(block, "```"); !strings.Contains(form.in, text) {
				t.Errorf("docs/configuration.md is stale:\n%s\nis not in:\n%s", text, form.in)
			}
		}
	}
}
