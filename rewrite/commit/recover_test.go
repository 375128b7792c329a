package commit

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func TestRecoverWithoutJournal(t *testing.T) {
	root := program(t)
	before := readTree(t, root)
	if err := Recover(root); err != nil {
		t.Fatal(err)
	}
	wantTree(t, root, before)
	if err := Recover(filepath.Join(root, "none")); err != nil {
		t.Errorf("no root: %v", err)
	}
}

// A damaged record costs the protection of later edits, and nothing else.
func TestDamagedRecord(t *testing.T) {
	before, after := readTree(t, program(t)), changedProgram(t)
	damages := map[string]func(string, []byte) error{
		"missing":   func(name string, _ []byte) error { return os.Remove(name) },
		"empty":     func(name string, _ []byte) error { return os.WriteFile(name, nil, 0o644) },
		"truncated": func(name string, data []byte) error { return os.WriteFile(name, data[:len(data)/2], 0o644) },
		"garbled": func(name string, data []byte) error {
			return os.WriteFile(name, bytes.ReplaceAll(data, []byte("main"), []byte("niam")), 0o644)
		},
	}
	for kind, damage := range damages {
		t.Run(kind, func(t *testing.T) {
			seenAfter := false
			for n := 1; ; n += 2 {
				root, done := killedAt(t, n)
				if done {
					return
				}
				dropPrepared(root)
				name := filepath.Join(root, filepath.FromSlash(recordName))
				data, err := os.ReadFile(name)
				_, ready := os.Stat(filepath.Join(root, filepath.FromSlash(readyName)))
				if err != nil || kind == "missing" && ready != nil {
					continue // without ready, a missing record means that nothing was staged
				}
				if err := damage(name, data); err != nil {
					t.Fatal(err)
				}
				if err := Recover(root); err != nil {
					t.Fatal(err)
				}
				wantWhole(t, root, before, after, &seenAfter)
			}
		})
	}
}

// halfDone returns a tree in which main.go is replaced and the run was killed then.
func halfDone(t *testing.T) string {
	t.Helper()
	for n := 20; ; n++ {
		root, done := killedAt(t, n)
		if done {
			t.Fatal("not killed while replacing")
		}
		data, err := os.ReadFile(filepath.Join(root, "main.go"))
		if err == nil && string(data) == filesAfter["main.go"] {
			dropPrepared(root)
			return root
		}
	}
}

// An edit after the interruption is the user's: nothing is touched until they decide.
func TestEditedSince(t *testing.T) {
	root := halfDone(t)
	file := filepath.Join(root, "crlf.go")
	if err := os.WriteFile(file, []byte("edited"), 0o750); err != nil {
		t.Fatal(err)
	}
	edited := readTree(t, root)
	err := Recover(root)
	wantError(t, err, ErrInterrupted, "crlf.go can't be put back after an interrupted run: it was edited since")
	wantTree(t, root, edited)
	wantError(t, Apply(root, []Change{change("keep.go")}), ErrInterrupted, "crlf.go")

	t.Run("put back", func(t *testing.T) {
		data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(beforeName), "crlf.go"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, data, 0o750); err != nil {
			t.Fatal(err)
		}
		if err := Recover(root); err != nil {
			t.Fatal(err)
		}
		wantTree(t, root, readTree(t, program(t)))
	})
}

// A file that was edited before the run came to it keeps the edit.
func TestEditedBeforeReplaced(t *testing.T) {
	root := halfDone(t)
	writeFiles(t, root, map[string]string{"sub/c.go": "edited"})
	if err := Recover(root); err != nil {
		t.Fatal(err)
	}
	want := readTree(t, program(t))
	want["sub/c.go"] = `-rw-r--r-- "edited"`
	wantTree(t, root, want)
}

// The other way out that the message names: the journal is deleted and the tree stays.
func TestJournalDeleted(t *testing.T) {
	root := halfDone(t)
	if err := os.RemoveAll(filepath.Join(root, JournalName)); err != nil {
		t.Fatal(err)
	}
	if err := Apply(root, []Change{change("keep.go"), change("sub/c.go")}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(root, "sub", ".c.go.xray-instrument.new")); err == nil {
		t.Error("the stale staged file of sub/c.go is still there")
	}
}

func TestDamagedCopy(t *testing.T) {
	root := halfDone(t)
	kept := filepath.Join(root, filepath.FromSlash(beforeName), "main.go")
	if err := os.WriteFile(kept, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	halfway := readTree(t, root)
	wantError(t, Recover(root), ErrInterrupted, "main.go can't be put back after an interrupted run: its old content in .xray-instrument.journal/before is damaged")
	wantTree(t, root, halfway)
}

// vendor was made anew between the interruption and the recovery: the folder is the user's.
func TestFolderMadeSince(t *testing.T) {
	for n := 30; ; n++ {
		root, done := killedAt(t, n)
		if done {
			t.Fatal("never killed between the two renames of a folder")
		}
		vendor := filepath.Join(root, "vendor")
		if _, err := os.Stat(vendor); err == nil {
			continue
		}
		writeFiles(t, vendor, map[string]string{"modules.txt": "# mine\n"})
		wantError(t, Recover(root), ErrInterrupted, "a folder can't be put back after an interrupted run")
		if data, err := os.ReadFile(filepath.Join(vendor, "modules.txt")); err != nil || string(data) != "# mine\n" {
			t.Errorf("vendor is %q, %v", data, err)
		}
		return
	}
}

func TestCopyFile(t *testing.T) {
	root := program(t)
	r, err := openRoot(root)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := copyFile(r, "crlf.go", "copy.go"); err != nil {
		t.Fatal(err)
	}
	got := readTree(t, root)
	if got["copy.go"] != got["crlf.go"] {
		t.Errorf("copy is %s, want %s", got["copy.go"], got["crlf.go"])
	}
}
