package behaviour

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// Every idiom of the catalog is run here, on both sides.
func TestEveryIdiomIsRun(t *testing.T) {
	catalog, err := rules.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	below, err := filepath.Glob("*/*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]bool{}
	for _, name := range append(files, below...) {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range strings.FieldsFunc(string(src), func(r rune) bool { return strings.ContainsRune(" \t\n,(){}[]", r) }) {
			words[w] = true
		}
	}
	for _, d := range catalog.Idioms {
		if d.Of != "" {
			continue // it has no function of its own
		}
		for _, side := range []string{"plain.", "traced."} {
			if !words[side+d.Name] {
				t.Errorf("%s%s is not run by any test here", side, d.Name)
			}
		}
	}
}
