package report_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/seed-4257438c/xray-instrument/analysis/report"
)

var rules = []report.Rule{
	{
		Name: "SQLQuery", Kind: "sql-call", URL: "https://example.com/rules#SQLQuery",
		Short: "A query without a context is not in the trace.",
		Help: "## SQLQuery\n\nThe query is **not** in the trace: `db.Query` has no context\n" +
			"([why](https://example.com/why)).\n\nBefore:\n\n```go\ndb.Query(`select **`)\n```\n",
	},
	{Name: "HTTPGet", Kind: "http-client", Short: "A request without a context is not in the trace."},
}

// The types below are what the tests look at in a document.
type (
	sarifRun struct {
		Results []sarifResult
		Tool    struct {
			Driver struct {
				Version, InformationURI *string
				Rules                   []struct{ ID string }
			}
		}
	}

	sarifResult struct {
		RuleID              string
		RuleIndex           *int
		PartialFingerprints map[string]string
		Locations           []struct {
			PhysicalLocation struct {
				ArtifactLocation sarifArtifact
				Region           *sarifRegion
			}
		}
		Fixes []struct {
			ArtifactChanges []struct {
				ArtifactLocation sarifArtifact
				Replacements     []sarifReplacement
			}
		}
	}

	sarifArtifact struct{ URI, URIBaseID string }

	sarifReplacement struct {
		DeletedRegion   sarifRegion
		InsertedContent struct{ Text string }
	}

	sarifRegion struct{ StartLine, StartColumn, EndLine, EndColumn int }
)

// document returns a document that is valid.
func document(t *testing.T, ds []report.Diagnostic, info report.Info) []byte {
	t.Helper()
	data, err := report.SARIF(ds, rules, info)
	if err != nil {
		t.Fatal(err)
	}
	if err := validate(t, data); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	return data
}

// onlyRun returns the run of a valid document.
func onlyRun(t *testing.T, ds []report.Diagnostic, info report.Info) sarifRun {
	t.Helper()
	var doc struct{ Runs []sarifRun }
	if err := json.Unmarshal(document(t, ds, info), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Runs) != 1 {
		t.Fatalf("%d runs", len(doc.Runs))
	}
	return doc.Runs[0]
}

// validate checks a document against the standard's schema. The file is
// sarif-2.1/schema/sarif-schema-2.1.0.json of github.com/oasis-tcs/sarif-spec.
func validate(t *testing.T, data []byte) error {
	t.Helper()
	const name = "sarif-schema-2.1.0.json"
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource(name, schema); err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return compiler.MustCompile(name).Validate(doc)
}

// TestSARIF pins the document of the sample, which is valid.
func TestSARIF(t *testing.T) {
	golden(t, "sample.sarif", document(t, diagnostics(), report.Info{Version: "v1.2.3", URI: "https://example.com/", Source: files}))
}

// TestSARIFValidator: the check of the other tests does refuse.
func TestSARIFValidator(t *testing.T) {
	good := string(document(t, diagnostics(), report.Info{Source: files}))
	for _, broken := range []struct{ old, new string }{
		{`"version": "2.1.0"`, `"version": "2.0.0"`},
		{`"startLine": 4`, `"startLine": 0`},
		{`"uri": "shop/my%20store.go"`, `"uri": "shop/my%2store.go"`},
		{`"columnKind": "utf16CodeUnits"`, `"columnKind": "bytes"`},
	} {
		bad := strings.Replace(good, broken.old, broken.new, 1)
		if bad == good {
			t.Errorf("the document has no %s", broken.old)
		} else if err := validate(t, []byte(bad)); err == nil {
			t.Errorf("%s passes", broken.new)
		}
	}
}

// TestSARIFEmpty: without diagnostics, rules and a version there is still a valid
// document, with an empty list of results, which tells code scanning that all is
// mended.
func TestSARIFEmpty(t *testing.T) {
	data, err := report.SARIF(nil, nil, report.Info{})
	if err != nil {
		t.Fatal(err)
	}
	if err := validate(t, data); err != nil {
		t.Error(err)
	}
	if !strings.Contains(string(data), `"results": []`) {
		t.Errorf("no empty list of results:\n%s", data)
	}
}

// TestSARIFRules: a result points to its rule, and one without a description to
// none.
func TestSARIFRules(t *testing.T) {
	run := onlyRun(t, diagnostics(), report.Info{Source: files})
	for _, r := range run.Results {
		switch {
		case r.RuleIndex == nil:
			if r.RuleID != "NotDescribed" {
				t.Errorf("a result of %s has no rule", r.RuleID)
			}
		case run.Tool.Driver.Rules[*r.RuleIndex].ID != r.RuleID:
			t.Errorf("a result of %s has the index of %s", r.RuleID, run.Tool.Driver.Rules[*r.RuleIndex].ID)
		}
	}
	if d := run.Tool.Driver; d.Version != nil || d.InformationURI != nil {
		t.Errorf("an unknown version or address is written: %v, %v", d.Version, d.InformationURI)
	}
}

// TestSARIFColumns: columns count UTF-16 code units, without a byte order mark.
func TestSARIFColumns(t *testing.T) {
	tests := []struct {
		name, text string
		d          report.Diagnostic
		want       sarifRegion
	}{
		{"ASCII", "abc\ndef\n", report.Diagnostic{Line: 2, Column: 2, EndLine: 2, EndColumn: 4}, sarifRegion{2, 2, 2, 4}},
		{"two bytes, one unit", "éx\n", report.Diagnostic{Line: 1, Column: 3, EndLine: 1, EndColumn: 4}, sarifRegion{1, 2, 1, 3}},
		{"four bytes, two units", "𝄞x\n", report.Diagnostic{Line: 1, Column: 5, EndLine: 1, EndColumn: 6}, sarifRegion{1, 3, 1, 4}},
		{"not UTF-8", "\xff\xfex\n", report.Diagnostic{Line: 1, Column: 3, EndLine: 1, EndColumn: 4}, sarifRegion{1, 3, 1, 4}},
		{"byte order mark", "\ufeffpackage p\n", report.Diagnostic{Line: 1, Column: 4, EndLine: 1, EndColumn: 11}, sarifRegion{1, 1, 1, 8}},
		{"several lines", "a(\r\n\té)\r\n", report.Diagnostic{Line: 1, Column: 1, EndLine: 2, EndColumn: 5}, sarifRegion{1, 1, 2, 4}},
		{"last line without a line feed", "ab", report.Diagnostic{Line: 1, Column: 2, EndLine: 1, EndColumn: 3}, sarifRegion{1, 2, 1, 3}},
		{"no end", "abc\n", report.Diagnostic{Line: 1, Column: 2}, sarifRegion{1, 2, 0, 0}},
		{"no column", "abc\n", report.Diagnostic{Line: 1}, sarifRegion{1, 0, 0, 0}},
		{"line too short", "abc\n", report.Diagnostic{Line: 1, Column: 6, EndLine: 1, EndColumn: 7}, sarifRegion{1, 0, 1, 0}},
		{"file too short", "abc\n", report.Diagnostic{Line: 9, Column: 1, EndLine: 9, EndColumn: 2}, sarifRegion{9, 0, 9, 0}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.d.File = "f.go"
			info := report.Info{Source: func(string) ([]byte, error) { return []byte(test.text), nil }}
			got := onlyRun(t, []report.Diagnostic{test.d}, info).Results[0].Locations[0].PhysicalLocation.Region
			if diff := cmp.Diff(&test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestSARIFNoSource: where the text is not known, a diagnostic has its line and no
// fix, since columns would be wrong.
func TestSARIFNoSource(t *testing.T) {
	missing := func(string) ([]byte, error) { return nil, os.ErrNotExist }
	for _, info := range []report.Info{{}, {Source: missing}} {
		for _, r := range onlyRun(t, diagnostics(), info).Results {
			region := r.Locations[0].PhysicalLocation.Region
			if region.StartLine == 0 || region.StartColumn != 0 || region.EndColumn != 0 || len(r.Fixes) > 0 {
				t.Errorf("%s: region %+v, %d fixes", r.RuleID, *region, len(r.Fixes))
			}
		}
	}
}

// TestSARIFNoLine: a diagnostic of a whole file has no region.
func TestSARIFNoLine(t *testing.T) {
	run := onlyRun(t, []report.Diagnostic{{File: "f.go", Rule: "R", Message: "m"}}, report.Info{Source: files})
	if region := run.Results[0].Locations[0].PhysicalLocation.Region; region != nil {
		t.Errorf("got %+v", *region)
	}
}

// TestSARIFFix: a reader who applies the replacements gets what our edits give.
func TestSARIFFix(t *testing.T) {
	d := diagnostics()[0]
	run := onlyRun(t, []report.Diagnostic{d}, report.Info{Source: files})
	for _, change := range run.Results[0].Fixes[0].ArtifactChanges {
		file := strings.ReplaceAll(change.ArtifactLocation.URI, "%20", " ")
		text, err := files(file)
		if err != nil {
			t.Fatal(err)
		}
		want := applyEdits(string(text), file, d.Fix.Edits)
		if diff := cmp.Diff(want, applyReplacements(string(text), change.Replacements)); diff != "" {
			t.Errorf("%s (-edits +replacements):\n%s", file, diff)
		}
	}
	if n := len(run.Results[0].Fixes[0].ArtifactChanges); n != 2 {
		t.Errorf("%d files are changed, want 2", n)
	}
}

// TestSARIFHalfAFix: a fix of which an edit can't be placed is left out whole.
func TestSARIFHalfAFix(t *testing.T) {
	for _, bad := range []report.Edit{
		{File: "missing.go", New: "x"},
		{File: "shop/other.go", Start: 5, End: 500},
		{File: "shop/other.go", Start: 5, End: 4},
		{File: "shop/other.go", Start: -1},
	} {
		d := diagnostics()[0]
		d.Fix = &report.Fix{Title: "t", Edits: append(d.Fix.Edits[:2:2], bad)}
		if fixes := onlyRun(t, []report.Diagnostic{d}, report.Info{Source: files}).Results[0].Fixes; len(fixes) > 0 {
			t.Errorf("with %+v there is a fix: %+v", bad, fixes)
		}
	}
}

func applyEdits(text, file string, edits []report.Edit) string {
	for i := len(edits) - 1; i >= 0; i-- {
		if e := edits[i]; e.File == file {
			text = text[:e.Start] + e.New + text[e.End:]
		}
	}
	return text
}

// applyReplacements does as an editor that holds text in UTF-16.
func applyReplacements(text string, list []sarifReplacement) string {
	units := utf16.Encode([]rune(text))
	offset := func(line, column int) int {
		i := 0
		for ; line > 1; i++ {
			if units[i] == '\n' {
				line--
			}
		}
		return i + column - 1
	}
	for i := len(list) - 1; i >= 0; i-- {
		r := list[i].DeletedRegion
		tail := units[offset(r.EndLine, r.EndColumn):]
		units = append(units[:offset(r.StartLine, r.StartColumn):offset(r.StartLine, r.StartColumn)],
			append(utf16.Encode([]rune(list[i].InsertedContent.Text)), tail...)...)
	}
	return string(utf16.Decode(units))
}

// TestSARIFNames: names of files are percent-encoded and stay relative.
func TestSARIFNames(t *testing.T) {
	for file, want := range map[string]string{
		"a/b.go":           "a/b.go",
		"my store/50%.go":  "my%20store/50%25.go",
		"é#?[1].go":        "%C3%A9%23%3F%5B1%5D.go",
		"c:d.go":           "./c:d.go",
		"../other/main.go": "../other/main.go",
	} {
		d := report.Diagnostic{File: file, Line: 1}
		got := onlyRun(t, []report.Diagnostic{d}, report.Info{}).Results[0].Locations[0].PhysicalLocation.ArtifactLocation
		if diff := cmp.Diff(sarifArtifact{want, "SRCROOT"}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", file, diff)
		}
	}
}

// TestSARIFFingerprints: they stay when lines move and when the file is renamed,
// and tell apart all that has another identity or is a second of one.
func TestSARIFFingerprints(t *testing.T) {
	before := fingerprints(t, diagnostics())
	moved := diagnostics()
	for i := range moved {
		moved[i].File = "moved/" + moved[i].File
		moved[i].Line += 100
		moved[i].EndLine += 100
	}
	if diff := cmp.Diff(before, fingerprints(t, moved)); diff != "" {
		t.Errorf("(-before +after the move):\n%s", diff)
	}
	distinct := map[string]bool{}
	for _, f := range before {
		distinct[f] = true
	}
	if len(distinct) != len(before) {
		t.Errorf("%d fingerprints of %d results: %q", len(distinct), len(before), before)
	}
}

func fingerprints(t *testing.T, ds []report.Diagnostic) []string {
	t.Helper()
	var list []string
	for _, r := range onlyRun(t, ds, report.Info{}).Results {
		list = append(list, r.PartialFingerprints["xrayInstrumentIdentity/v1"])
	}
	return list
}
