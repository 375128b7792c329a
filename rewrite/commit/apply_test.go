package commit

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestApply(t *testing.T) {
	root := program(t)
	prepareDirs(t, root)
	if err := Apply(root, programChanges(root), programDirs(root)...); err != nil {
		t.Fatal(err)
	}
	want := changedProgram(t)
	wantTree(t, root, want)
	if err := Recover(root); err != nil {
		t.Fatal(err)
	}
	wantTree(t, root, want)
}

func TestApplyRelativePaths(t *testing.T) {
	root := t.TempDir()
	writeFiles(t, root, map[string]string{"a/b.go": "1"})
	t.Chdir(root)
	if err := Apply(".", []Change{{Path: "a/b.go", Before: []byte("1"), After: []byte("2")}}); err != nil {
		t.Fatal(err)
	}
	wantTree(t, root, tree{".": "folder", "a": "folder", "a/b.go": `-rw-r--r-- "2"`})
}

// A run without changes does not touch the root, which may well be read-only.
func TestApplyNothing(t *testing.T) {
	root := program(t)
	recordSteps(t, func(step, name string) error {
		t.Errorf("step %s %s", step, name)
		return nil
	})
	before := readTree(t, root)
	same := []Change{{Path: "main.go", Before: []byte("x"), After: []byte("x")}, {Path: "none.go"}}
	if err := Apply(root, same, Dir{Path: "vendor"}); err != nil {
		t.Fatal(err)
	}
	wantTree(t, root, before)
}

// One file that two packages reach, one of them through a link, is written once.
func TestApplySameFileTwice(t *testing.T) {
	root := program(t)
	a := Change{Path: "sub/linked.go", Before: []byte("package sub // linked\n"), After: []byte("package sub // traced\n")}
	b := a
	b.Path = "real/linked.go"
	if err := Apply(root, []Change{a, b}); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(root, "sub", "linked.go"))
	if err != nil || string(got) != string(a.After) {
		t.Errorf("got %q, %v", got, err)
	}
}

// A root that is reached through a symbolic link is the folder behind it.
func TestApplyLinkedRoot(t *testing.T) {
	root := program(t)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(root, link); err != nil {
		t.Fatal(err)
	}
	prepareDirs(t, root)
	if err := Apply(link, programChanges(root), programDirs(link)...); err != nil {
		t.Fatal(err)
	}
	wantTree(t, root, changedProgram(t))
}

func TestOrder(t *testing.T) {
	root := program(t)
	prepareDirs(t, root)
	var got []string
	ready := false
	recordSteps(t, func(step, name string) error {
		ready = ready && step != "settle" || name == readyName && step == "write"
		if ready && (step == "rename" || step == "delete") && !strings.HasPrefix(name, JournalName) {
			got = append(got, name)
		}
		return nil
	})
	if err := Apply(root, programChanges(root), programDirs(root)...); err != nil {
		t.Fatal(err)
	}
	want := []string{"new.go", "crlf.go", "empty.go", "main.go", "real/linked.go", "sub/c.go", "gone.go",
		"go.sum", "sub/vendor", "vendor", "go.mod"}
	if !slices.Equal(got, want) {
		t.Errorf("replaced in the order\n%q, want\n%q", got, want)
	}
}

// recordSteps calls f at each step of this test.
func recordSteps(t *testing.T, f func(step, name string) error) {
	t.Helper()
	old := atStep
	atStep = f
	t.Cleanup(func() { atStep = old })
}
