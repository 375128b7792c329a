package report_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-4257438c/xray-instrument/analysis/report"
)

var update = flag.Bool("u", false, "write what the tests get into testdata; review the difference")

// source is the file of the sample. It has what tells bytes from characters: a
// character of two bytes, one of four, tabs and a line with CRLF.
const source = "package shop\n" +
	"\n" +
	"func (s *Store) Load(id string) {\n" +
	"\ts.db.Query(\"é𝄞\", id); s.db.Query(id)\r\n" +
	"}\n"

// diagnostics is the sample: not in order, with and without a fix, a rule, a
// function, an end.
func diagnostics() []report.Diagnostic {
	second := strings.Index(source, "s.db.Query(id)")
	return []report.Diagnostic{
		{
			Package: "example.com/shop", File: "shop/my store.go",
			Line: 4, Column: 28, EndLine: 4, EndColumn: 42,
			Kind: "sql-call", Rule: "SQLQuery",
			Message: `the query of s.db is missing in the trace: call QueryContext; it isn't <traced>`,
			URL:     "https://example.com/rules#SQLQuery",
			Func:    "(*Store).Load", Call: "s.db.Query",
			Fix: &report.Fix{Title: "Pass the context", Edits: []report.Edit{
				{File: "shop/my store.go", Start: 13, End: 13, New: "\nimport \"context\"\n"},
				{File: "shop/my store.go", Start: second, End: second + len("s.db.Query("), New: "s.db.QueryContext(context.TODO(), "},
				{File: "shop/other.go", Start: 0, End: 0, New: "// edited\n"},
			}},
		},
		{
			Package: "example.com/shop", File: "shop/my store.go",
			Line: 4, Column: 2, EndLine: 4, EndColumn: 25,
			Kind: "sql-call", Rule: "SQLQuery", Message: "the query of s.db is missing in the trace",
			Func: "(*Store).Load", Call: "s.db.Query",
		},
		{
			Package: "example.com/cart", File: "cart/é#1%.go", Line: 7, Column: 3,
			Kind: "misuse", Rule: "NotDescribed", Message: "a handler is traced twice",
			Call: "http.Handle",
		},
		{
			Package: "example.com/shop", File: "shop/my store.go", Line: 10, Column: 1,
			Kind: "http-client", Rule: "HTTPGet", Message: "beyond the end of the file",
			Func: "Fetch", Call: "http.Get",
		},
	}
}

// files is the sample's Source.
func files(file string) ([]byte, error) {
	switch file {
	case "shop/my store.go":
		return []byte(source), nil
	case "shop/other.go":
		return []byte("package shop\n"), nil
	}
	return nil, errors.New("no such file")
}

// golden compares a result with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// TestText: a line each, sorted by place, with the names that path gives.
func TestText(t *testing.T) {
	var out bytes.Buffer
	if err := report.Text(&out, diagnostics(), func(file string) string { return "../" + file }); err != nil {
		t.Fatal(err)
	}
	golden(t, "text.golden", out.Bytes())
}

// TestTextOrder: line 10 stands after line 9, and of two rules at one place the
// names decide.
func TestTextOrder(t *testing.T) {
	at := func(file string, line, column int, rule string) report.Diagnostic {
		return report.Diagnostic{File: file, Line: line, Column: column, Rule: rule, Message: "m"}
	}
	ds := []report.Diagnostic{
		at("b.go", 1, 1, "A"), at("a.go", 10, 1, "A"), at("a.go", 9, 2, "B"), at("a.go", 9, 2, "A"), at("a.go", 9, 1, "Z"),
	}
	before := slices.Clone(ds)
	var out bytes.Buffer
	if err := report.Text(&out, ds, func(file string) string { return file }); err != nil {
		t.Fatal(err)
	}
	want := "a.go:9:1: Z: m\na.go:9:2: A: m\na.go:9:2: B: m\na.go:10:1: A: m\nb.go:1:1: A: m\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, ds); diff != "" {
		t.Errorf("the caller's list was changed (-before +after):\n%s", diff)
	}
}

// full is a writer that can't write.
type full struct{}

var errFull = errors.New("no space left")

func (full) Write([]byte) (int, error) { return 0, errFull }

// TestWriterFails: nobody takes a lost output for a clean one.
func TestWriterFails(t *testing.T) {
	if err := report.Text(full{}, diagnostics(), filepath.FromSlash); !errors.Is(err, errFull) {
		t.Errorf("Text returns %v", err)
	}
	if err := report.JSON(full{}, diagnostics(), "/src"); !errors.Is(err, errFull) {
		t.Errorf("JSON returns %v", err)
	}
}

// TestAnyOrder: the order in which diagnostics were found shows nowhere.
func TestAnyOrder(t *testing.T) {
	outputs := func(ds []report.Diagnostic) string {
		var out bytes.Buffer
		if err := report.Text(&out, ds, filepath.FromSlash); err != nil {
			t.Fatal(err)
		}
		if err := report.JSON(&out, ds, "/src"); err != nil {
			t.Fatal(err)
		}
		out.Write(document(t, ds, report.Info{Source: files}))
		out.WriteString(baseline(t, ds))
		return out.String()
	}
	ds := diagnostics()
	want := outputs(ds)
	slices.Reverse(ds)
	if diff := cmp.Diff(want, outputs(ds)); diff != "" {
		t.Errorf("another order (-first +second):\n%s", diff)
	}
}
