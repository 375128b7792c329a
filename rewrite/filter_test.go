package rewrite_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-4257438c/xray-instrument/rewrite"
)

// TestFilter checks that packages which a run passes by hold nothing: a run that looks at all
// of them reports and changes the same. testdata/filter has programs that try to hide
// their sites; of the other cases, whose sites are in plain sight, each fifth is enough.
func TestFilter(t *testing.T) {
	folders := []string{"filter"}
	if !testing.Short() {
		folders = append(folders, "idioms", "refusals", "context", "capture", "files", "thread", "work")
	}
	for _, folder := range folders {
		archives, err := filepath.Glob(filepath.Join("..", "testdata", folder, "*.txtar"))
		if err != nil || len(archives) == 0 {
			t.Fatalf("no cases in testdata/%s: %v", folder, err)
		}
		for i, file := range archives {
			if folder != "filter" && i%5 > 0 {
				continue
			}
			t.Run(folder+"/"+strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
				t.Parallel()
				c := readCase(t, file)
				c.opts.DryRun = true
				dir := c.module(t)
				some, told, err := c.rewrite(dir, false)
				c.opts.LookAtAll()
				all, toldAll, errAll := c.rewrite(dir, false)
				if (err == nil) != (errAll == nil) {
					t.Fatalf("error %v, and %v of all packages", err, errAll)
				}
				if err != nil {
					return
				}
				if folder == "filter" && len(some.Report.Sites) == 0 {
					t.Error("the program has no site")
				}
				if diff := cmp.Diff(view(dir, all, toldAll), view(dir, some, told)); diff != "" {
					t.Errorf("a run that looks at all packages (-) differs:\n%s", diff)
				}
			})
		}
	}
}

// view is what a user sees of a run.
func view(dir string, res *rewrite.Result, messages []string) string {
	return reportText(dir, res, messages) + res.Diff()
}
