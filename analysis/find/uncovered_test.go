package find

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// TestUncoveredPage: the page of libraries names every library that is reported and not
// covered.
func TestUncoveredPage(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "libraries.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, page, ok := strings.Cut(string(data), "\n## Uncovered\n")
	if !ok {
		t.Fatal("the page has no part about libraries that are not covered")
	}
	for key := range uncovered() {
		named := false
		for lib := keyPackage(key); lib != "." && !named; lib = path.Dir(lib) {
			named = strings.Contains(page, "`"+lib+"`")
		}
		if !named {
			t.Errorf("docs/libraries.md does not name the library of %s", key)
		}
	}
}
