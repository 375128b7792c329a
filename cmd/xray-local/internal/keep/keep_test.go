package keep

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func open(t *testing.T, path string) *File {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func load(t *testing.T, f *File) []string {
	t.Helper()
	var texts []string
	n, err := f.Load(func(text []byte) error {
		texts = append(texts, string(text))
		return nil
	})
	if err != nil || n != len(texts) {
		t.Fatalf("%d loaded, %v", n, err)
	}
	return texts
}

// What was kept comes back in order, the newest version of it, without what was dropped.
func TestFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "traces.db")
	f := open(t, path)
	for i := range 300 { // more than one digit of a number in text
		f.Keep(fmt.Sprintf("trace-%d", (i*7)%300), 1, fmt.Appendf(nil, "%d", i))
	}
	f.Keep("trace-7", 2, []byte("1b"))
	f.Keep("trace-7", 2, []byte("1c"))
	f.Drop("trace-14")
	f.Drop("never there")
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}

	f = open(t, path)
	got := load(t, f)
	want := []string{"0", "1", "1c"}
	for i := 3; i < 300; i++ {
		want = append(want, fmt.Sprint(i))
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d texts: %q", len(got), got)
	}
	f.Keep("trace-14", 1, []byte("back"))
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f = open(t, path)
	defer f.Close()
	if got := load(t, f); got[len(got)-1] != "back" {
		t.Errorf("the last is %s: what comes back is new", got[len(got)-1])
	}
}

func TestInUse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "traces.db")
	defer open(t, path).Close()
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "in use by another program") {
		t.Errorf("the error is %v", err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "missing", "traces.db")); err == nil {
		t.Error("a folder that is missing is no error")
	}
}
