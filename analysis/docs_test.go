package analysis_test

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-4257438c/xray-instrument/analysis"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// TestURLs: the address of every rule leads to a heading of a page in docs.
func TestURLs(t *testing.T) {
	c, err := rules.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{}
	for _, r := range analysis.Rules(c) {
		page, anchor, _ := strings.Cut(path.Base(r.URL), "#")
		if pages[page] == "" {
			text, err := os.ReadFile(filepath.Join("..", "docs", page))
			if err != nil {
				t.Fatal(err)
			}
			pages[page] = string(text)
		}
		if !strings.Contains(strings.ToLower(pages[page]), "# "+anchor+"\n") {
			t.Errorf("%s: docs/%s has no such heading", r.URL, page)
		}
		if r.Short == "" || r.Help == "" || r.Kind == "" {
			t.Errorf("%s is not explained: %+v", r.Name, r)
		}
	}
}
