package rewrite_test

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite"
	"github.com/seed-4257438c/xray-instrument/rules"
)

var update = flag.Bool("u", false, "write what the runs give into the archives of testdata; review the difference")

// TestIdioms runs every idiom of the catalog in its usual and unusual forms.
func TestIdioms(t *testing.T) { runCases(t, "idioms") }

// TestEveryIdiom: no idiom of the catalog is without its case.
func TestEveryIdiom(t *testing.T) {
	catalog, err := rules.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	archives, err := filepath.Glob(filepath.Join("..", "testdata", "idioms", "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	var reports strings.Builder
	for _, name := range archives {
		reports.WriteString(readCase(t, name).text("report.txt"))
	}
	shown := map[string]bool{} // an idiom, or one that it stands for
	for _, d := range catalog.Idioms {
		if strings.Contains(reports.String(), " "+d.Name+" instrumented\n") {
			shown[d.Name], shown[d.Of] = true, true
		}
	}
	for _, d := range catalog.Idioms {
		if d.Of == "" && !shown[d.Name] {
			t.Errorf("no site of testdata/idioms is instrumented by the rule %s", d.Name)
		}
	}
}

// TestRefusals runs what must be left alone, with the reason that is given.
func TestRefusals(t *testing.T) { runCases(t, "refusals") }

// TestContext runs the choice of a call's context.
func TestContext(t *testing.T) { runCases(t, "context") }

// TestCapture runs what directives ask for.
func TestCapture(t *testing.T) { runCases(t, "capture") }

// TestFiles runs files, packages and modules of every shape.
func TestFiles(t *testing.T) { runCases(t, "files") }

// TestThread runs programs whose calls get their context from further up.
func TestThread(t *testing.T) { runCases(t, "thread") }

// TestWork runs programs whose background work begins segments of its own.
func TestWork(t *testing.T) { runCases(t, "work") }

func runCases(t *testing.T, folder string) {
	archives, err := filepath.Glob(filepath.Join("..", "testdata", folder, "*.txtar"))
	if err != nil || len(archives) == 0 {
		t.Fatalf("no cases in testdata/%s: %v", folder, err)
	}
	for _, file := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			c := readCase(t, file)
			c.run(t)
			if *update {
				if err := os.WriteFile(file, txtar.Format(c.archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// run carries out a case: run, run again, perhaps change and run, remove.
func (c *testCase) run(t *testing.T) {
	dir := c.module(t)
	before := snapshot(t, dir)
	gateBefore := c.module(t) // untouched
	res, messages, err := c.rewrite(dir, false)
	if err != nil || c.wantErr != "" {
		if c.wantErr == "" || err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), dir, "."), c.wantErr) {
			t.Fatalf("the run's error is %v, want %q", err, c.wantErr)
		}
		c.same(t, "a run that fails changes files", before, snapshot(t, dir))
		return
	}
	after := snapshot(t, dir)
	c.compare(t, wantDir, "report.txt", before, after, reportText(dir, res, messages))
	c.builds(t, dir)
	again := c.settled(t, dir, after)
	if diff := cmp.Diff(begun(res.Report), begun(again)); diff != "" {
		t.Errorf("segments and subsegments of work in the reports (-run +second run):\n%s", diff)
	}
	if diff := cmp.Diff(c.gate(t, gateBefore, res.Report), c.gate(t, dir, again)); diff != "" {
		t.Errorf("the run changes how the SDK is misused (-before +after):\n%s", diff)
	}
	plain := c.plain(before)
	if next := c.files(nextDir); len(next) > 0 {
		plain = c.runNext(t, dir, next, before)
	}
	if _, _, err := c.rewrite(dir, true); err != nil {
		t.Fatalf("removing: %v", err)
	}
	removed := snapshot(t, dir)
	if *update && len(res.Report.Threaded) > 0 { // context parameters stay
		c.putFolder(plainDir, changed(before, removed))
		return
	}
	c.same(t, "removing does not give the original back", plain, removed)
}

// changed returns the files that have another text than before.
func changed(before, after map[string]string) map[string]string {
	out := maps.Clone(after)
	maps.DeleteFunc(out, func(name, text string) bool { return before[name] == text })
	return out
}

// runNext changes the module by hand and runs again. It returns what removing
// has to give.
func (c *testCase) runNext(t *testing.T, dir string, next, before map[string]string) map[string]string {
	writeFiles(t, dir, next)
	changed := snapshot(t, dir)
	res, messages, err := c.rewrite(dir, false)
	if err != nil {
		t.Fatalf("the run after the change: %v", err)
	}
	after := snapshot(t, dir)
	c.compare(t, want2Dir, "report2.txt", changed, after, reportText(dir, res, messages))
	c.builds(t, dir)
	c.settled(t, dir, after)
	return c.plain(before)
}

// plain returns what removing has to give: what was there before, with the files
// that the archive has another text of.
func (c *testCase) plain(before map[string]string) map[string]string {
	plain := maps.Clone(before)
	for name, text := range c.files(plainDir) {
		plain[name] = text
	}
	return plain
}

// rewrite runs the tool in a folder.
func (c *testCase) rewrite(dir string, remove bool) (*rewrite.Result, []string, error) {
	opts := c.opts
	opts.Dir, opts.Remove = filepath.Join(dir, opts.Dir), remove
	var messages []string
	opts.Message = func(line string) { messages = append(messages, line) }
	res, err := rewrite.Run(context.Background(), opts)
	return res, messages, err
}

// compare checks a run's changes and report against the archive, or with -u
// writes them there.
func (c *testCase) compare(t *testing.T, folder, reportFile string, before, after map[string]string, report string) {
	t.Helper()
	got := map[string]string{}
	for name, text := range after {
		if text != before[name] && c.compared(folder, name, text) {
			got[name] = text
		}
	}
	if *update {
		c.putFolder(folder, got)
		c.put(reportFile, report)
		return
	}
	want := c.files(folder)
	for _, name := range sortedKeys(want, got) {
		wanted, ok := want[name]
		if !ok {
			wanted = before[name]
		}
		if diff := cmp.Diff(wanted, after[name]); diff != "" {
			t.Errorf("%s%s (-want +got):\n%s", folder, name, diff)
		}
	}
	if diff := cmp.Diff(c.text(reportFile), withoutReasons(c.text(reportFile), report)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", reportFile, diff)
	}
}

// withoutReasons cuts the reasons of a report's lines where the expected report
// leaves them open, by "..." at a line's end.
func withoutReasons(want, got string) string {
	lines := strings.SplitAfter(got, "\n")
	for i, w := range strings.SplitAfter(want, "\n") {
		if open, ok := strings.CutSuffix(w, "...\n"); ok && i < len(lines) && strings.HasPrefix(lines[i], open) {
			lines[i] = w
		}
	}
	return strings.Join(lines, "")
}

// compared reports whether a file's result is compared: support files, go.mod
// and go.sum only where the archive gives them.
func (c *testCase) compared(folder, name, text string) bool {
	if base := filepath.Base(name); base != "go.mod" && base != "go.sum" && !strings.HasPrefix(text, find.SupportHeader) {
		return true
	}
	_, ok := c.files(folder)[name]
	return ok
}

// settled checks that another run changes nothing, and returns its report.
func (c *testCase) settled(t *testing.T, dir string, after map[string]string) *rewrite.Report {
	t.Helper()
	res, _, err := c.rewrite(dir, false)
	if err != nil {
		t.Fatalf("the second run: %v", err)
	}
	c.same(t, "the second run changes files", after, snapshot(t, dir))
	return res.Report
}

// begun counts the items of work and goroutines of a report that have a segment or
// subsegment, by file and rule.
func begun(r *rewrite.Report) map[string]int {
	count := map[string]int{}
	for _, s := range r.Sites {
		if (s.Rule == find.WorkItem || s.Rule == find.Goroutine) && s.Status != string(find.Skipped) {
			count[s.File+" "+s.Rule]++
		}
	}
	return count
}

func (c *testCase) same(t *testing.T, what string, want, got map[string]string) {
	t.Helper()
	for _, name := range sortedKeys(want, got) {
		if diff := cmp.Diff(want[name], got[name]); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", what, name, diff)
		}
	}
}

// builds compiles the module's packages, without linking them.
func (c *testCase) builds(t *testing.T, dir string) {
	t.Helper()
	if c.broken {
		return
	}
	args := append([]string{"list", "-export"}, c.opts.BuildFlags...)
	cmd := exec.Command("go", append(args, c.opts.Patterns...)...)
	cmd.Dir = filepath.Join(dir, c.opts.Dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("the result does not build: %v\n%s", err, out)
	}
}

// reportText writes a report as the archives have it.
func reportText(dir string, res *rewrite.Result, messages []string) string {
	var b strings.Builder
	for _, s := range res.Report.Sites {
		line := fmt.Sprintf("%s:%d:%d %s %s %s %s", s.File, s.Line, s.Column, s.Kind, s.Rule, s.Status, s.Reason)
		b.WriteString(strings.TrimSpace(line) + "\n")
	}
	for _, f := range res.Report.Threaded {
		fmt.Fprintf(&b, "threaded: %s:%d %s\n", f.File, f.Line, f.Func)
	}
	for _, n := range res.Report.Notes {
		b.WriteString("note: " + n + "\n")
	}
	for _, m := range messages {
		b.WriteString("message: " + m + "\n")
	}
	return strings.ReplaceAll(b.String(), dir+string(filepath.Separator), "")
}

// snapshot reads every file of a folder. Symbolic links are read through.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return nil // a link to a folder
		}
		files[filepath.ToSlash(rel)] = string(text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func sortedKeys(sets ...map[string]string) []string {
	all := map[string]bool{}
	for _, s := range sets {
		for k := range s {
			all[k] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}
