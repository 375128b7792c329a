package report_test

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/seed-4257438c/xray-instrument/analysis/report"
)

// TestWriteFile: new files and old ones; the mode of an old one stays, nothing is
// left beside it.
func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "out.sarif")
	for _, text := range []string{"first, and longer", "second", ""} {
		if err := report.WriteFile(file, []byte(text)); err != nil {
			t.Fatal(err)
		}
		wantFile(t, file, text)
	}
	onlyEntries(t, dir, "out.sarif")
	if runtime.GOOS == "windows" {
		return
	}
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := report.WriteFile(file, []byte("third")); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode is %v, %v", info.Mode(), err)
	}
}

// TestWriteFileReplaces: the old file is not written into, so that who reads it
// meanwhile has it whole.
func TestWriteFileReplaces(t *testing.T) {
	dir := t.TempDir()
	file, other := filepath.Join(dir, "out.sarif"), filepath.Join(dir, "other")
	writeTest(t, file, "old")
	if err := os.Link(file, other); err != nil {
		t.Skip(err)
	}
	if err := report.WriteFile(file, []byte("new")); err != nil {
		t.Fatal(err)
	}
	wantFile(t, file, "new")
	wantFile(t, other, "old")
}

// TestWriteFileLink: the file behind a symbolic link is replaced, the link stays.
func TestWriteFileLink(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "out.sarif"), filepath.Join(dir, "link")
	writeTest(t, file, "old")
	if err := os.Symlink("out.sarif", link); err != nil {
		t.Skip(err)
	}
	if err := report.WriteFile(link, []byte("new")); err != nil {
		t.Fatal(err)
	}
	wantFile(t, file, "new")
	if target, err := os.Readlink(link); err != nil || target != "out.sarif" {
		t.Errorf("the link is %q, %v", target, err)
	}
}

// TestWriteFileDevice: a device is written to and stays one, whoever runs this.
func TestWriteFileDevice(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no devices in folders")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	name := "/dev/fd/" + strconv.Itoa(int(w.Fd()))
	if _, err := os.Stat(name); err != nil {
		t.Skip(err)
	}
	if err := report.WriteFile(name, []byte("text")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 4)
	if _, err := r.Read(got); err != nil || string(got) != "text" {
		t.Errorf("the pipe has %q, %v", got, err)
	}
	if err := report.WriteFile(os.DevNull, []byte("text")); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("%s is a file now, %v", os.DevNull, err)
	}
}

// TestWriteFileRefusals: one line that names the file and the reason; what was there
// stays, and nothing is left behind.
func TestWriteFileRefusals(t *testing.T) {
	dir := t.TempDir()
	writeTest(t, filepath.Join(dir, "file"), "old")
	protected := filepath.Join(dir, "protected")
	writeTest(t, protected, "old")
	if err := os.Chmod(protected, 0o444); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o777); err != nil {
		t.Fatal(err)
	}
	for name, reason := range map[string]string{
		"missing/out.sarif": "the folder " + filepath.Join(dir, "missing") + " does not exist",
		"folder":            "it is a folder",
		"file/out.sarif":    "",
		"protected":         "it is read-only",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		err := report.WriteFile(path, []byte("new"))
		if err == nil {
			t.Errorf("%s is written", name)
		} else if text := err.Error(); !strings.HasPrefix(text, "cannot write "+path+": "+reason) || strings.Contains(text, "\n") || strings.Contains(text, ".new") {
			t.Errorf("%s: %v", name, err)
		}
	}
	wantFile(t, filepath.Join(dir, "file"), "old")
	wantFile(t, protected, "old")
	onlyEntries(t, dir, "file", "folder", "protected")
}

// TestWriteFileWhole: a reader meanwhile sees one content or the other.
func TestWriteFileWhole(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open file can't be replaced")
	}
	file := filepath.Join(t.TempDir(), "out.sarif")
	a, b := bytes.Repeat([]byte("a"), 1<<18), bytes.Repeat([]byte("b"), 1<<17)
	writeTest(t, file, string(a))
	done := make(chan error)
	go func() {
		var err error
		for i := 0; i < 10 && err == nil; i++ {
			err = report.WriteFile(file, [][]byte{b, a}[i%2])
		}
		done <- err
	}()
	for {
		got, err := os.ReadFile(file)
		if err != nil || !bytes.Equal(got, a) && !bytes.Equal(got, b) {
			t.Errorf("%d bytes are neither content, %v", len(got), err)
		}
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
			return
		default:
		}
	}
}

func writeTest(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

func wantFile(t *testing.T, file, want string) {
	t.Helper()
	if got, err := os.ReadFile(file); err != nil || string(got) != want {
		t.Errorf("%s has %q, want %q, %v", file, got, want, err)
	}
}

// onlyEntries checks that a folder holds these files and no others.
func onlyEntries(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("%s holds %q, want %q", dir, got, want)
	}
}
