package rewrite_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/seed-4257438c/xray-instrument/analysis"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite"
)

// vettool is the command, built for go vet.
var vettool string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "vettool")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		vettool = filepath.Join(dir, "xray-instrument")
		if out, err := exec.Command("go", "build", "-o", vettool, "../cmd/xray-instrument").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "building the command: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// gate holds the two forms of the gate to the rewriter: they report the places
// that a run over the same files traces or skips, and no other. It returns the
// functions in which -check sees the SDK misused: what a run writes never is.
func (c *testCase) gate(t *testing.T, dir string, run *rewrite.Report) (misused []string) {
	t.Helper()
	var want []string
	for _, s := range run.Sites {
		if s.Status == "instrumented" || s.Status == "skipped" && !strings.HasPrefix(s.Reason, "ignored: ") {
			want = append(want, fmt.Sprintf("%s:%d:%d %s/%s", s.File, s.Line, s.Column, s.Kind, s.Rule))
		}
	}
	slices.Sort(want)
	checked, misused := c.checked(t, dir)
	if diff := cmp.Diff(want, checked); diff != "" {
		t.Errorf("-check disagrees with the run (-run +check):\n%s", diff)
	}
	if c.broken {
		return misused // go vet looks at nothing that uses a broken package
	}
	if testing.Short() {
		return misused // a new build of the tool has the standard library looked at again
	}
	vetted := c.vetted(t, dir)
	if len(run.Threaded) > 0 {
		want, vetted = unforeseen(want), unforeseen(vetted)
	}
	if strings.Contains(string(txtar.Format(c.archive)), "//line ") { // go vet follows line directives
		want, vetted = categories(want), categories(vetted)
	}
	if diff := cmp.Diff(want, vetted); diff != "" {
		t.Errorf("go vet disagrees with the run (-run +vet):\n%s", diff)
	}
	return misused
}

// unforeseen leaves out the sites that may be there only once functions have a context: a
// root context is one to be replaced when its function has another, and background work
// and goroutines do something traced when what they call can be given one. go vet looks at
// one package at a time, dependencies first, so that it does not know the callers and other
// implementations by which threading decides; -check does, and is compared in full.
func unforeseen(sites []string) []string {
	return slices.DeleteFunc(slices.Clone(sites), func(s string) bool {
		return strings.HasSuffix(s, "/"+find.RootContext) || strings.HasSuffix(s, "/"+find.WorkItem) || strings.HasSuffix(s, "/"+find.Goroutine)
	})
}

// categories leaves the places out.
func categories(sites []string) []string {
	out := make([]string, 0, len(sites))
	for _, s := range sites {
		_, category, _ := strings.Cut(s, " ")
		out = append(out, category)
	}
	slices.Sort(out)
	return out
}

// checked returns the sites that -check reports, and the functions that misuse the
// SDK.
func (c *testCase) checked(t *testing.T, dir string) (sites, misused []string) {
	t.Helper()
	opts := c.opts
	opts.Dir = filepath.Join(dir, opts.Dir)
	res, err := rewrite.Check(context.Background(), opts)
	if err != nil {
		t.Fatalf("-check: %v", err)
	}
	for _, d := range res.Diagnostics {
		switch d.Kind {
		case string(analysis.Misuse):
			misused = append(misused, d.Package+" "+d.Func+" "+d.Rule)
		case string(analysis.Directive):
		default:
			file := inModule(filepath.Join(res.Root, d.File))
			sites = append(sites, fmt.Sprintf("%s:%d:%d %s", file, d.Line, d.Column, d.Category()))
		}
	}
	slices.Sort(sites)
	slices.Sort(misused)
	return sites, misused
}

// vetted returns the sites that go vet reports.
func (c *testCase) vetted(t *testing.T, dir string) (sites []string) {
	t.Helper()
	args := append([]string{"vet", "-json", "-vettool=" + vettool, "-xray.rules=" + c.opts.Rules}, c.opts.BuildFlags...)
	cmd := exec.Command("go", append(args, c.opts.Patterns...)...)
	cmd.Dir = filepath.Join(dir, c.opts.Dir)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("go vet: %v\n%s", err, stderr.String())
	}
	for dec := json.NewDecoder(&stdout); ; {
		var tree map[string]map[string][]struct{ Category, Posn string }
		err := dec.Decode(&tree)
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("go vet -json: %v\n%s", err, stdout.String())
		}
		for _, unit := range tree {
			for _, d := range unit["xray"] {
				if !strings.HasPrefix(d.Category, string(analysis.Misuse)) && !strings.HasPrefix(d.Category, string(analysis.Directive)) {
					sites = append(sites, inModule(d.Posn)+" "+d.Category)
				}
			}
		}
	}
	slices.Sort(sites)
	return sites
}

// inModule returns a path relative to the module that it lies in, with slashes, as
// the report has it.
func inModule(path string) string {
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil || dir == filepath.Dir(dir) {
			rel, _ := filepath.Rel(dir, path)
			return filepath.ToSlash(rel)
		}
	}
}
