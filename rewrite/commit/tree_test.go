package commit

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// tree maps a slash-separated path to what is there: mode and content, or a link's target.
type tree map[string]string

// readTree reads all of root, so that nothing a run leaves can hide.
func readTree(t *testing.T, root string) tree {
	t.Helper()
	list := tree{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel(root, name)
		list[filepath.ToSlash(rel)] = describe(t, name, d)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func describe(t *testing.T, name string, d fs.DirEntry) string {
	t.Helper()
	switch {
	case d.IsDir():
		return "folder"
	case d.Type()&fs.ModeSymlink != 0:
		to, _ := os.Readlink(name)
		return "link to " + to
	}
	info, err := d.Info()
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%v %q", info.Mode().Perm(), data)
}

// diff names the paths in which two trees differ, or returns "".
func (a tree) diff(b tree) string {
	var lines []string
	for name := range a {
		if a[name] != b[name] {
			lines = append(lines, fmt.Sprintf("%s: %q, want %q", name, a[name], b[name]))
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			lines = append(lines, fmt.Sprintf("%s: missing", name))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func wantTree(t *testing.T, root string, want tree) {
	t.Helper()
	if d := readTree(t, root).diff(want); d != "" {
		t.Errorf("tree differs:\n%s", d)
	}
}

// The program that the tests rewrite, before and after; a name that ends in a slash is a prepared or replaced folder's.
var (
	filesBefore = map[string]string{
		"main.go":            "package main\n\nfunc main() { a() }\n",
		"crlf.go":            "package main\r\n\r\nfunc a() {}\r\n",
		"empty.go":           "",
		"gone.go":            "package main // generated\n",
		"keep.go":            "package main // untouched\n",
		"sub/c.go":           "package sub\n",
		"real/linked.go":     "package sub // linked\n",
		"go.mod":             "module m\n",
		"go.sum":             "",
		"vendor/modules.txt": "# old\n",
		"vendor/x/x.go":      "package x\n",
	}
	filesAfter = map[string]string{
		"main.go":       "package main\n\nfunc main() { a(ctx) }\n",
		"crlf.go":       "package main\r\n\r\nfunc a(ctx context.Context) {}\r\n",
		"empty.go":      "package main\n",
		"gone.go":       "",
		"new.go":        "package main // support\n",
		"sub/c.go":      "package sub // traced\n",
		"sub/linked.go": "package sub // linked and traced\n",
		"go.mod":        "module m\n\nrequire sdk v1.0.0\n",
		"go.sum":        "sdk v1.0.0 h1:x\n",
	}
	vendorAfter = map[string]string{
		"modules.txt": "# old\n# sdk v1.0.0\n",
		"x/x.go":      "package x\n",
		"sdk/sdk.go":  "package sdk\n",
	}
)

func writeFiles(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		name = filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// program writes the program and the prepared folders, and returns the root.
func program(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	writeFiles(t, root, filesBefore)
	if err := os.Symlink(filepath.Join("..", "real", "linked.go"), filepath.Join(root, "sub", "linked.go")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if runtime.GOOS != "windows" {
		if err := os.Chmod(filepath.Join(root, "crlf.go"), 0o750); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// prepareDirs writes the folders that replace vendor, and that appear as sub/vendor.
func prepareDirs(t *testing.T, root string) {
	t.Helper()
	writeFiles(t, filepath.Join(root, ".vendor.new"), vendorAfter)
	writeFiles(t, filepath.Join(root, "sub", ".vendor.new"), vendorAfter)
}

func programDirs(root string) []Dir {
	return []Dir{
		{Path: filepath.Join(root, "sub", "vendor"), New: filepath.Join(root, "sub", ".vendor.new")},
		{Path: filepath.Join(root, "vendor"), New: filepath.Join(root, ".vendor.new")},
		{Path: filepath.Join(root, "sub")},
	}
}

// programChanges returns the changes in an order that is not the one they are made in.
func programChanges(root string) []Change {
	var list []Change
	for _, name := range slices.Backward(slices.Sorted(maps.Keys(filesAfter))) {
		c := Change{Path: filepath.Join(root, filepath.FromSlash(name)), After: []byte(filesAfter[name])}
		if name == "gone.go" {
			c.After = nil
		}
		before := name
		if name == "sub/linked.go" {
			before = "real/linked.go"
		}
		if text, ok := filesBefore[before]; ok {
			c.Before = []byte(text)
		}
		list = append(list, c)
	}
	return list
}

// changedProgram returns the tree as it is after the changes, made in another way.
func changedProgram(t *testing.T) tree {
	t.Helper()
	root := program(t)
	after := maps.Clone(filesAfter)
	delete(after, "gone.go")
	if err := os.Remove(filepath.Join(root, "gone.go")); err != nil {
		t.Fatal(err)
	}
	writeFiles(t, root, after)
	writeFiles(t, filepath.Join(root, "vendor"), vendorAfter)
	writeFiles(t, filepath.Join(root, "sub", "vendor"), vendorAfter)
	return readTree(t, root)
}
