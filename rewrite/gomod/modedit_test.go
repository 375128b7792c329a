package gomod

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
	"golang.org/x/tools/txtar"
)

// Each archive in testdata/modedit holds go.mod before and after, and the requirements to
// make in a third file: PATH VERSION [indirect], or PATH none.
func TestEditMod(t *testing.T) {
	files, err := filepath.Glob("testdata/modedit/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no test files", err)
	}
	for _, file := range files {
		for _, nl := range []string{"\n", "\r\n"} {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".txt")+map[string]string{"\n": "", "\r\n": "/crlf"}[nl], func(t *testing.T) {
				data, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				testEditMod(t, txtar.Parse(data), nl)
			})
		}
	}
}

func testEditMod(t *testing.T, ar *txtar.Archive, nl string) {
	content := map[string]string{}
	for _, f := range ar.Files {
		content[f.Name] = string(f.Data)
	}
	before := strings.ReplaceAll(content["before"], "\n", nl)
	want := strings.ReplaceAll(content["after"], "\n", nl)
	f, err := modfile.Parse("go.mod", []byte(before), nil)
	if err != nil {
		t.Fatal(err)
	}
	reqs := requirementsOf(f)
	for line := range strings.Lines(content["require"]) {
		w := strings.Fields(line)
		if w[1] == "none" {
			delete(reqs, w[0])
			continue
		}
		reqs[w[0]] = requirement{w[1], len(w) == 3}
	}
	edits, err := editMod([]byte(before), reqs)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := apply([]byte(before), edits)
	if string(got) != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if back, ok := apply(got, invert([]byte(before), edits)); !ok || string(back) != before {
		t.Errorf("the inverse gives\n%s\nwant\n%s", back, before)
	}
}
