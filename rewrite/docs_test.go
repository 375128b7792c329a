package rewrite_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var goBlock = regexp.MustCompile("(?s)```go\n(.*?)```")

// TestDirectivesPage: the code in docs/directives.md is that of a case, before and
// after the run, and the README shows the beginning of it.
func TestDirectivesPage(t *testing.T) {
	c := readCase(t, filepath.Join("..", "testdata", "capture", "example.txtar"))
	page, err := os.ReadFile(filepath.Join("..", "docs", "directives.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := goBlock.FindAllStringSubmatch(string(page), -1)
	files := []string{"order/order.go", "want/order/order.go"}
	if len(blocks) != len(files) {
		t.Fatalf("the page has %d blocks of code, want one for each of %v", len(blocks), files)
	}
	for i, name := range files {
		if !strings.Contains(c.text(name), blocks[i][1]) {
			t.Errorf("the page says\n%s\nand %s of the case says\n%s", blocks[i][1], name, c.text(name))
		}
	}
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(readme), "### Steps and keys of your own\n\n")
	var shown strings.Builder
	for line := range strings.Lines(section) {
		text, indented := strings.CutPrefix(line, "    ")
		if !indented {
			break
		}
		shown.WriteString(text)
	}
	if !ok || shown.Len() == 0 || !strings.HasPrefix(blocks[0][1], shown.String()) {
		t.Errorf("the README shows\n%s\nwhich is not the beginning of\n%s", shown.String(), blocks[0][1])
	}
}
