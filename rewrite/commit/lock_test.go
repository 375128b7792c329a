package commit

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// countUnderLock applies changes whose result depends on the one before: each
// of many files is raised by one.
func countUnderLock(root string) error {
	for range 10 {
		if err := raise(root); err != nil {
			return err
		}
	}
	return nil
}

func raise(root string) error {
	unlock, err := Lock(root)
	if err != nil {
		return err
	}
	defer unlock()
	var changes []Change
	for i := range 5 {
		name := filepath.Join(root, fmt.Sprintf("%d.go", i))
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(string(data))
		if err != nil {
			return err
		}
		changes = append(changes, Change{Path: name, Before: data, After: []byte(strconv.Itoa(n + 1))})
	}
	return Apply(root, changes)
}

func TestLock(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("LocalAppData", t.TempDir())
	root := t.TempDir()
	for i := range 5 {
		writeFiles(t, root, map[string]string{fmt.Sprintf("%d.go", i): "0"})
	}
	var waits []func() error
	for range 4 {
		cmd, output := start(t, "count", root, 0)
		waits = append(waits, func() error {
			if err := cmd.Wait(); err != nil {
				return fmt.Errorf("%w: %s", err, output)
			}
			return nil
		})
	}
	waits = append(waits, waitFor(root), waitFor(root))
	for _, wait := range waits {
		if err := wait(); err != nil {
			t.Error(err)
		}
	}
	for i := range 5 {
		if data, _ := os.ReadFile(filepath.Join(root, fmt.Sprintf("%d.go", i))); string(data) != "60" {
			t.Errorf("file %d is %s, want 60", i, data)
		}
	}
	if list := readTree(t, root); len(list) != 6 {
		t.Errorf("the tree holds more than its files: %v", list)
	}
}

// waitFor counts in a goroutine of this process.
func waitFor(root string) func() error {
	done := make(chan error, 1)
	go func() { done <- countUnderLock(root) }()
	return func() error { return <-done }
}

func TestLockFile(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("XDG_CACHE_HOME", cache)
	t.Setenv("LocalAppData", cache)
	t.Setenv("HOME", cache)
	root, other := t.TempDir(), t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(root, link); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	a, err := lockFile(root)
	if err != nil || !strings.HasPrefix(a, cache) {
		t.Errorf("lock file %s, %v, want it in %s", a, err, cache)
	}
	if b, _ := lockFile(link); b != a {
		t.Errorf("a link to the root has lock file %s, want %s", b, a)
	}
	if c, _ := lockFile(other); c == a {
		t.Error("two roots have one lock file")
	}
	if _, err := Lock(filepath.Join(root, "none")); err == nil || !strings.HasPrefix(err.Error(), "can't lock ") {
		t.Errorf("a missing root: %v", err)
	}
}

// A killed process gives up its lock.
func TestLockOfKilledProcess(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("LocalAppData", t.TempDir())
	root := t.TempDir()
	for i := range 5 {
		writeFiles(t, root, map[string]string{fmt.Sprintf("%d.go", i): "0"})
	}
	if runHelper(t, "count", root, 5) {
		t.Fatal("not killed")
	}
	unlock, err := Lock(root)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}
