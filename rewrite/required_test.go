package rewrite

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/seed-4257438c/xray-instrument/rewrite/commit"
)

// TestRequiredBefore checks that what it took to require the SDK is remembered, for the
// same program only, and is the same as if it had not been.
func TestRequiredBefore(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "go.mod"), "module example.com/app\n\ngo 1.24\n")
	put(t, filepath.Join(dir, "main.go"), "package main\n\nimport \"net/http\"\n\nfunc main() { http.ListenAndServe(\"\", nil) }\n")
	opts := Options{Dir: dir, Patterns: []string{"./..."}, Cache: t.TempDir(), DryRun: true}
	look := func() ([]commit.Change, bool) {
		t.Helper()
		r, err := start(context.Background(), opts)
		if err != nil {
			t.Fatal(err)
		}
		defer r.close()
		res, err := remembered(context.Background(), r, "run", func() (*Result, error) {
			if err := r.load(context.Background()); err != nil {
				return nil, err
			}
			return r.do(context.Background())
		}, func(*Result) bool { return false })
		if err != nil {
			t.Fatal(err)
		}
		m := r.modules[0]
		kept, key := r.requirements(m, needed(m), needed(m))
		var was required
		return res.Changes, kept != nil && kept.Get(key, &was)
	}
	cached := opts.Cache
	opts.Cache = ""
	want, _ := look()
	if !slices.ContainsFunc(want, func(c commit.Change) bool { return filepath.Base(c.Path) == "go.sum" && len(c.After) > 0 }) {
		t.Fatalf("the SDK is not required: %v", want)
	}
	opts.Cache = cached
	for range 2 {
		got, kept := look()
		if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" || !kept {
			t.Errorf("kept: %v; %s", kept, d)
		}
	}
	// What was kept is what is used, until the program is another.
	mark := []byte("// kept\n")
	r, err := start(context.Background(), opts)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	if r.known, err = r.key("run"); err != nil {
		t.Fatal(err)
	}
	if err := r.load(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := r.findModules(); err != nil {
		t.Fatal(err)
	}
	m := r.modules[0]
	kept, key := r.requirements(m, needed(m), needed(m))
	var was required
	if !kept.Get(key, &was) {
		t.Fatal("nothing was kept")
	}
	mod := filepath.Join(dir, "go.mod")
	was.Plan.After[mod] = slices.Concat(was.Plan.After[mod], mark)
	kept.Put(key, was)
	marked := func() bool {
		changes, _ := look()
		return slices.ContainsFunc(changes, func(c commit.Change) bool { return bytes.Contains(c.After, mark) })
	}
	if !marked() {
		t.Error("the SDK was required anew")
	}
	xray := m.sdk.Path + "/xray"
	was.Exports[xray] += ".gone" // as after go clean -cache
	kept.Put(key, was)
	if marked() { // which keeps it anew
		t.Error("export data that is gone was believed")
	}
	if !kept.Get(key, &was) {
		t.Fatal("nothing was kept")
	}
	was.Plan.After[mod] = slices.Concat(was.Plan.After[mod], mark)
	kept.Put(key, was)
	put(t, filepath.Join(dir, "other.go"), "package main\n")
	if marked() {
		t.Error("what was kept of another program was used")
	}
}

// needed are the packages that the program imports when it is traced.
func needed(m *module) []string { return []string{m.sdk.Path + "/header", m.sdk.Path + "/xray"} }
