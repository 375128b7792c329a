package report_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-4257438c/xray-instrument/analysis/report"
)

// baseline returns the text of a baseline of the diagnostics.
func baseline(t *testing.T, ds []report.Diagnostic) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "baseline")
	if err := report.WriteBaseline(file, ds); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// parse reads a baseline with a text.
func parse(t *testing.T, text string) *report.Baseline {
	t.Helper()
	file := filepath.Join(t.TempDir(), "baseline")
	writeTest(t, file, text)
	b, err := report.ReadBaseline(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// call returns a diagnostic of a function.
func call(fn, call string, line int) report.Diagnostic {
	return report.Diagnostic{Package: "p", File: "p/p.go", Line: line, Rule: "R", Func: fn, Call: call}
}

// TestBaseline pins the text, which has neither lines nor names of files, and
// accepts all that it was made from.
func TestBaseline(t *testing.T) {
	text := baseline(t, diagnostics())
	golden(t, "baseline.golden", []byte(text))
	b := parse(t, text)
	if list := b.New(diagnostics()); len(list) > 0 {
		t.Errorf("new: %v", list)
	}
	if list := b.Gone(diagnostics()); len(list) > 0 {
		t.Errorf("gone: %v", list)
	}
}

// TestBaselineNew: moved and reformatted code is known; another call, function,
// rule or package is new, and so is a second call of the same.
func TestBaselineNew(t *testing.T) {
	b := parse(t, baseline(t, []report.Diagnostic{call("F", "db.\n\tQuery", 3)}))
	moved := call("F", "db. Query", 90)
	moved.File = "p/moved.go"
	if list := b.New([]report.Diagnostic{moved}); len(list) > 0 {
		t.Errorf("new after a move: %v", list)
	}
	rule, pkg := moved, moved
	rule.Rule, pkg.Package = "S", "q"
	for _, d := range []report.Diagnostic{rule, pkg, call("G", "db. Query", 3), call("", "db. Query", 3), call("F", "db. Exec", 3)} {
		if diff := cmp.Diff([]report.Diagnostic{d}, b.New([]report.Diagnostic{d})); diff != "" {
			t.Errorf("(-want +new):\n%s", diff)
		}
	}
	first, second := call("F", "db. Query", 3), call("F", "db. Query", 8)
	for range 2 { // a question does not use up what is accepted
		if diff := cmp.Diff([]report.Diagnostic{second}, b.New([]report.Diagnostic{second, first})); diff != "" {
			t.Errorf("two calls (-want +new):\n%s", diff)
		}
	}
}

// TestBaselineGone: what is accepted and no longer there is told, each time that
// it is missing.
func TestBaselineGone(t *testing.T) {
	b := parse(t, baseline(t, []report.Diagnostic{call("F", "a", 1), call("F", "a", 2), call("F", "a", 3), call("", "b", 4)}))
	want := []report.Identity{
		{Package: "p", Func: "-", Rule: "R", Call: "b"},
		{Package: "p", Func: "F", Rule: "R", Call: "a"},
		{Package: "p", Func: "F", Rule: "R", Call: "a"},
	}
	if diff := cmp.Diff(want, b.Gone([]report.Diagnostic{call("F", "a", 9), call("G", "a", 9)})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestBaselineNothing: an accepted nothing is a baseline too.
func TestBaselineNothing(t *testing.T) {
	text := baseline(t, nil)
	if text != "xray-instrument baseline v1\n" {
		t.Errorf("got %q", text)
	}
	if got := parse(t, text).New(diagnostics()); len(got) != len(diagnostics()) {
		t.Errorf("%d of %d are new", len(got), len(diagnostics()))
	}
}

// TestBaselineMerged: what git makes of two sides is read: lines out of order and
// twice, CRLF, an empty line, no line feed at the end.
func TestBaselineMerged(t *testing.T) {
	b := parse(t, "xray-instrument baseline v1\r\np\tG\tR\tb\r\n\r\np\tF\tR\ta\t2\r\np\tF\tR\ta")
	ds := []report.Diagnostic{call("F", "a", 1), call("F", "a", 2), call("F", "a", 3), call("G", "b", 4)}
	if diff := cmp.Diff(ds[2:3], b.New(ds)); diff != "" {
		t.Errorf("(-want +new):\n%s", diff)
	}
}

// TestBaselineBroken: one line with the place and what to do.
func TestBaselineBroken(t *testing.T) {
	const title = "xray-instrument baseline v1\n"
	const again = " -check -write-baseline FILE"
	const conflict = "the mark of a merge conflict; keep the lines of both sides and delete the marks, or write the baseline again with" + again
	const foreign = `this is not a baseline, which begins with "xray-instrument baseline v1"; write one with` + again
	const noLine = "not a line of a baseline (package, function, rule and call, with tabs between them); correct it, or write the baseline again with" + again
	tests := []struct{ name, text, want string }{
		{"empty", "", "FILE:1: " + foreign},
		{"another file", "module example.com/m\n", "FILE:1: " + foreign},
		{"no version", "xray-instrument baseline v\n", "FILE:1: " + foreign},
		{"version zero", "xray-instrument baseline v0\n", "FILE:1: " + foreign},
		{"future version", "xray-instrument baseline v2\nwhatever\n",
			"FILE:1: the baseline has version 2, and this xray-instrument knows up to 1; update xray-instrument, or write the baseline again with" + again},
		{"conflict at the top", "<<<<<<< HEAD\n" + title, "FILE:1: " + conflict},
		{"conflict", title + "p\tF\tR\ta\n<<<<<<< HEAD\np\tF\tR\tb\n=======\n>>>>>>> branch\n", "FILE:3: " + conflict},
		{"middle of a conflict", title + "=======\n", "FILE:2: " + conflict},
		{"base of a conflict", title + "||||||| 1234567\n", "FILE:2: " + conflict},
		{"end of a conflict", title + ">>>>>>> branch\n", "FILE:2: " + conflict},
		{"words", title + "\n# accepted\n", "FILE:3: " + noLine},
		{"spaces for tabs", title + "p F R a\n", "FILE:2: " + noLine},
		{"three fields", title + "p\tF\tR\n", "FILE:2: " + noLine},
		{"empty field", title + "p\t\tR\ta\n", "FILE:2: " + noLine},
		{"count of zero", title + "p\tF\tR\ta\t0\n", "FILE:2: " + noLine},
		{"count of words", title + "p\tF\tR\ta\tmany\n", "FILE:2: " + noLine},
		{"six fields", title + "p\tF\tR\ta\t2\t3\n", "FILE:2: " + noLine},
		{"second title", title + title, "FILE:2: " + noLine},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "baseline")
			writeTest(t, file, test.text)
			b, err := report.ReadBaseline(file)
			if err == nil {
				t.Fatalf("read as %v", b)
			}
			if diff := cmp.Diff(test.want, strings.ReplaceAll(err.Error(), file, "FILE")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestBaselineMissing: there is no file, or it is none.
func TestBaselineMissing(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "baseline")
	_, err := report.ReadBaseline(file)
	if !errors.Is(err, fs.ErrNotExist) || !strings.HasSuffix(err.Error(), "; write one with -check -write-baseline "+file) {
		t.Errorf("no file: %v", err)
	}
	if _, err := report.ReadBaseline(dir); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("a folder: %v", err)
	}
	if err := report.WriteBaseline(filepath.Join(dir, "no", "baseline"), nil); err == nil || strings.Contains(err.Error(), "\n") {
		t.Errorf("write into no folder: %v", err)
	}
}

// FuzzReadBaseline: any text is read or refused in one line.
func FuzzReadBaseline(f *testing.F) {
	f.Add("xray-instrument baseline v1\np\tF\tR\ta\t2\n")
	f.Add("xray-instrument baseline v99999999999999999999\n")
	f.Add("xray-instrument baseline v1\r\n\r\n\t\t\t\t\n<<<<<<<")
	f.Fuzz(func(t *testing.T, text string) {
		file := filepath.Join(t.TempDir(), "baseline")
		writeTest(t, file, text)
		_, err := report.ReadBaseline(file)
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("more than a line: %q", err)
		}
	})
}

// FuzzWriteBaseline: what is written is read again, accepts what it was made from
// and no more, and gives the same bytes.
func FuzzWriteBaseline(f *testing.F) {
	f.Add("p", "F", "R", "db.Query", uint8(2))
	f.Add("", "-", "a\tb", "x\r\n\x00\xff", uint8(1))
	f.Add("<<<<<<< HEAD", "=======", ">>>>>>>", "5", uint8(3))
	f.Fuzz(func(t *testing.T, pkg, fn, rule, text string, n uint8) {
		var ds []report.Diagnostic
		for range n%8 + 1 {
			ds = append(ds, report.Diagnostic{Package: pkg, Func: fn, Rule: rule, Call: text})
		}
		ds = append(ds, call("F", "other", 1))
		written := baseline(t, ds)
		if again := baseline(t, ds); again != written {
			t.Errorf("%q, then %q", written, again)
		}
		b := parse(t, written)
		if list := b.New(ds); len(list) > 0 {
			t.Errorf("new: %v", list)
		}
		if list := b.Gone(ds); len(list) > 0 {
			t.Errorf("gone: %v", list)
		}
		if list := b.New(append(ds, ds[0])); len(list) != 1 {
			t.Errorf("one more gives %d new", len(list))
		}
	})
}
