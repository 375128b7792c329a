package misuse_test

import (
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-4257438c/xray-instrument/analysis/misuse"
)

// TestDocs: the page has a heading for each rule, in the rules' order, and each
// section says how code looks before and after, and what is not reported.
func TestDocs(t *testing.T) {
	page := docs(t)
	var want, got []string
	for _, r := range misuse.Rules() {
		want = append(want, r.Name)
		if r.Doc == "" || strings.Contains(r.Doc, "\n") {
			t.Errorf("the line on %s is %q", r.Name, r.Doc)
		}
	}
	for _, section := range strings.Split(page, "\n## ")[1:] {
		name, text, _ := strings.Cut(section, "\n")
		got = append(got, name)
		for _, part := range []string{"\nBefore:\n", "\nAfter:\n", "\nNot reported: "} {
			if strings.Count(text, part) != 1 {
				t.Errorf("the section on %s has no part %q, or several", name, strings.TrimSpace(part))
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headings (-rules +page):\n%s", diff)
	}
}

// TestDocsCode: every Go block is Go, of declarations or of statements.
func TestDocsCode(t *testing.T) {
	blocks := strings.Split(docs(t), "```go\n")[1:]
	if len(blocks) < 2*len(misuse.Rules()) {
		t.Errorf("%d blocks of code for %d rules", len(blocks), len(misuse.Rules()))
	}
	for _, block := range blocks {
		code, _, _ := strings.Cut(block, "```")
		_, asDecls := parser.ParseFile(token.NewFileSet(), "", "package p\n"+code, 0)
		_, asStmts := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc f() {\n"+code+"\n}", 0)
		if asDecls != nil && asStmts != nil {
			t.Errorf("%v or %v in:\n%s", asDecls, asStmts, code)
		}
	}
}

func docs(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("../../docs/misuse.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
