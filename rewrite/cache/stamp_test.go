//go:build linux || darwin

package cache

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// stamped returns the key that a file's stamp makes, false if it has none.
func stamped(t *testing.T, name string) (Key, bool) {
	t.Helper()
	info, err := os.Lstat(name)
	if err != nil {
		t.Fatal(err)
	}
	h := NewHash()
	ok := h.Stamp("name", info)
	return h.Key(), ok
}

// TestStamp shows that a change of a file that leaves its size and its time is seen, and that
// there is no stamp while a change might not be.
func TestStamp(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.go")
	old := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, old, old); err != nil {
			t.Fatal(err)
		}
		if _, ok := stamped(t, name); ok {
			t.Error("a file has a stamp that may be changed again unnoticed")
		}
		time.Sleep(unsettled + unsettled/10)
	}
	write("one")
	first, ok := stamped(t, name)
	if again, _ := stamped(t, name); !ok || first != again {
		t.Error("a file that stays what it was has no stamp that stays")
	}
	write("two")
	if second, ok := stamped(t, name); !ok || first == second {
		t.Error("a file that was changed has the stamp that it had before")
	}
	if err := os.Rename(name, name+"2"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte("two"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, ok := stamped(t, name); ok {
		t.Error("a file that has come just now has a stamp")
	}
}
