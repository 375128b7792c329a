//go:build unix

package commit

import (
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Somebody else's files: a user who may read all of them, and write all but one, changes nothing.
func TestOtherUser(t *testing.T) {
	const nobody = 65534
	if os.Geteuid() != 0 {
		t.Skip("only root can be somebody else")
	}
	for _, test := range []struct{ root, want string }{
		{"main.go", "main.go is read-only; make it writable and run again\n"},
		{"go.mod", "go.mod is read-only; make it writable and run again\n"},
		{"sub", "permission denied\n"},
		{".", "permission denied\n"},
		{"", ""},
	} {
		root := program(t)
		prepareDirs(t, root)
		give(t, root, nobody, test.root)
		before := readTree(t, root)
		maps.DeleteFunc(before, func(name, _ string) bool { return strings.Contains(name, ".vendor.new") })
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), helperMode+"=apply", helperRoot+"="+root, "HOME="+t.TempDir())
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		out, err := cmd.CombinedOutput()
		if errors.Is(err, os.ErrPermission) {
			t.Skip("the other user cannot run the test: ", err)
		}
		if test.want == "" {
			if err != nil {
				t.Errorf("all given away: %v, %s", err, out)
			}
			continue
		}
		if err == nil || !strings.HasSuffix(string(out), test.want) || strings.Count(string(out), "\n") != 1 {
			t.Errorf("all given away but %s: %v, %q, want a line with %q", test.root, err, out, test.want)
		}
		for _, dir := range []string{".vendor.new", "sub/.vendor.new"} { // the caller's still
			if err := os.RemoveAll(filepath.Join(root, dir)); err != nil {
				t.Fatal(err)
			}
		}
		wantTree(t, root, before)
	}
}

// give gives all below a folder to a user, but for one name, and lets everybody in.
func give(t *testing.T, root string, user int, but string) {
	t.Helper()
	for dir := filepath.Dir(root); dir != filepath.Clean(os.TempDir()) && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	err := filepath.WalkDir(root, func(name string, _ os.DirEntry, err error) error {
		if rel, _ := filepath.Rel(root, name); err != nil || rel == but {
			return err
		}
		return os.Lchown(name, user, user)
	})
	if err != nil {
		t.Fatal(err)
	}
}
