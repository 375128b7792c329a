package commit

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// change returns a change of the program's file that would succeed.
func change(name string) Change {
	return Change{Path: name, Before: []byte(filesBefore[name]), After: []byte("package rewritten\n")}
}

func TestRefuse(t *testing.T) {
	outside := t.TempDir()
	writeFiles(t, outside, map[string]string{"o.go": "package o\n"})
	tests := []struct {
		name    string
		prepare func(root string) error
		change  Change
		dir     Dir
		is      error
		message string
	}{
		{name: "changed", change: Change{Path: "main.go", Before: []byte("old"), After: []byte("new")},
			is: ErrChanged, message: "main.go changed while the program was being rewritten; run again"},
		{name: "deleted meanwhile", change: Change{Path: "sub/none.go", Before: []byte("old"), After: []byte("new")},
			is: ErrChanged, message: "sub/none.go changed while"},
		{name: "created meanwhile", change: Change{Path: "main.go", After: []byte("new")},
			is: ErrChanged, message: "main.go changed while"},
		{name: "emptied meanwhile", change: Change{Path: "empty.go", After: []byte("new")}, is: ErrChanged, message: "empty.go changed"},
		{name: "outside", change: Change{Path: filepath.Join(outside, "o.go"), Before: []byte("package o\n"), After: []byte("new")},
			is: ErrOutside, message: "o.go lies outside the module or workspace; run in the module it belongs to"},
		{name: "new file outside", change: Change{Path: filepath.Join(outside, "n.go"), After: []byte("new")}, is: ErrOutside, message: "n.go lies outside"},
		{name: "dots", change: Change{Path: "../x.go", After: []byte("new")}, is: ErrOutside, message: "x.go lies outside"},
		{name: "link out", change: Change{Path: "out.go", Before: []byte("package o\n"), After: []byte("new")},
			prepare: func(root string) error {
				return os.Symlink(filepath.Join(outside, "o.go"), filepath.Join(root, "out.go"))
			}, is: ErrOutside, message: "out.go lies outside"},
		{name: "folder link out", change: Change{Path: "out/o.go", Before: []byte("package o\n"), After: []byte("new")},
			prepare: func(root string) error { return os.Symlink(outside, filepath.Join(root, "out")) },
			is:      ErrOutside, message: "o.go lies outside"},
		{name: "dangling link", change: Change{Path: "dangling.go", After: []byte("new")},
			prepare: func(root string) error { return os.Symlink("nothing", filepath.Join(root, "dangling.go")) },
			message: "dangling.go is a symbolic link to a file that does not exist"},
		{name: "delete link", change: Change{Path: "sub/linked.go", Before: []byte("package sub // linked\n")},
			message: "real/linked.go is a symbolic link and is not deleted"},
		{name: "no folder", change: Change{Path: "none/x.go", After: []byte("new")}, message: "none does not exist"},
		{name: "not a file", change: Change{Path: "sub", Before: []byte("x"), After: []byte("new")}, message: "sub"},
		{name: "read-only file", change: change("keep.go"),
			prepare: func(root string) error { return os.Chmod(filepath.Join(root, "keep.go"), 0o444) },
			is:      ErrReadOnly, message: "keep.go is read-only; make it writable and run again"},
		{name: "same file, two contents", change: Change{Path: "real/linked.go", Before: []byte("package sub // linked\n"), After: []byte("2")},
			message: "real/linked.go is reached by two paths that were rewritten differently"},
		{name: "no prepared folder", change: change("keep.go"), dir: Dir{Path: "vendor", New: "none"}, message: "none"},
		{name: "prepared file", change: change("keep.go"), dir: Dir{Path: "vendor", New: "go.mod"}, message: "go.mod is not a folder"},
		{name: "prepared outside", change: change("keep.go"), dir: Dir{Path: "vendor", New: outside}, is: ErrOutside, message: "lies outside"},
		{name: "vendor is a file", change: change("keep.go"), dir: Dir{Path: "main.go", New: "real"}, message: "main.go is not a folder"},
		{name: "vendor is a link", change: change("keep.go"), dir: Dir{Path: "v", New: "real"},
			prepare: func(root string) error { return os.Symlink("vendor", filepath.Join(root, "v")) }, message: "v is not a folder"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root := program(t)
			if test.prepare != nil {
				if err := test.prepare(root); err != nil {
					t.Fatal(err)
				}
			}
			before := readTree(t, root)
			changes := []Change{change("main.go"), test.change}
			switch {
			case test.change.Path == "main.go":
				changes = changes[1:]
			case strings.HasPrefix(test.name, "same file"):
				changes = append(changes, Change{Path: "sub/linked.go", Before: test.change.Before, After: []byte("1")})
			}
			err := Apply(root, changes, test.dir)
			wantError(t, err, test.is, test.message)
			wantTree(t, root, before)
		})
	}
}

func wantError(t *testing.T, err, is error, message string) {
	t.Helper()
	switch {
	case err == nil:
		t.Error("no error")
	case is != nil && !errors.Is(err, is):
		t.Errorf("error %v is not %v", err, is)
	case !strings.Contains(err.Error(), message) || strings.Contains(err.Error(), "\n"):
		t.Errorf("error %q, want a line with %q", err, message)
	}
}

func TestReadOnlyFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a folder's read-only bit means nothing on Windows")
	}
	for _, dir := range []string{"sub", "."} {
		root := program(t)
		name := filepath.Join(root, dir)
		if err := os.Chmod(name, 0o555); err != nil {
			t.Fatal(err)
		}
		before := readTree(t, root)
		err := Apply(root, []Change{change("main.go"), change("sub/c.go")})
		wantError(t, err, ErrReadOnly, "folder "+dir+" is read-only")
		wantTree(t, root, before)
		if err := os.Chmod(name, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// An editor that saves between the check of the whole and the replacement of its file stops
// the run as well, and what was replaced until then is put back.
func TestChangedWhileReplacing(t *testing.T) {
	root := program(t)
	file := filepath.Join(root, "sub", "c.go")
	recordSteps(t, func(step, name string) error {
		if step == "rename" && name == "main.go" {
			return os.WriteFile(file, []byte("edited"), 0o644)
		}
		return nil
	})
	before := readTree(t, root)
	before["sub/c.go"] = `-rw-r--r-- "edited"`
	err := Apply(root, programChanges(root))
	wantError(t, err, ErrChanged, "sub/c.go changed while")
	wantTree(t, root, before)
}

// Whatever step fails, the error is returned and nothing has changed.
func TestFailAtEveryStep(t *testing.T) {
	full := &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
	for n := 1; ; n++ {
		root := program(t)
		before := readTree(t, root)
		prepareDirs(t, root)
		steps, at := 0, ""
		recordSteps(t, func(step, name string) error {
			if steps++; steps == n {
				at = step + " " + name
				return full
			}
			return nil
		})
		err := Apply(root, programChanges(root), programDirs(root)...)
		if at == "" {
			if n < 30 || err != nil {
				t.Fatalf("only %d steps, %v", n, err)
			}
			return
		}
		if strings.HasPrefix(at, "sweep") {
			continue // the changes are made, the journal is left to the next run
		}
		if !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("fail at %s: error %v", at, err)
		}
		_ = os.RemoveAll(filepath.Join(root, ".vendor.new"))        // the caller's, if the commit
		_ = os.RemoveAll(filepath.Join(root, "sub", ".vendor.new")) // did not come as far as taking them
		wantTree(t, root, before)
	}
}
