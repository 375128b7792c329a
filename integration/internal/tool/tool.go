// Package tool builds the command, runs it on copies of programs, and compares
// folders, for the tests that instrument whole programs.
package tool

import (
	"bytes"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
)

// Checkout returns the root of the module around the integration tests.
func Checkout(t testing.TB) string {
	t.Helper()
	_, file, _, ok := runtime.Caller(0)
	if !ok {
		t.Fatal("the source of this package is not known")
	}
	return filepath.Join(filepath.Dir(file), "..", "..", "..")
}

// Build builds the command and returns its path.
func Build(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "xray-instrument")
	Run(t, Checkout(t), "go", "build", "-buildvcs=false", "-o", path, "./cmd/xray-instrument")
	return path
}

// Copy returns a folder with a copy of the files under dir.
func Copy(t testing.TB, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), filepath.Base(dir))
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// Instrument returns a copy of the module under source that the command has rewritten. It
// must pass go vet, a second run must change nothing, and removal must give every byte
// back (with -thread=off: contexts that are threaded stay).
func Instrument(t testing.TB, command, source string) string {
	t.Helper()
	dir := Copy(t, source)
	Run(t, dir, command, "./...")
	Run(t, dir, "go", "vet", "./...")
	before := Snapshot(t, dir)
	Run(t, dir, command, "./...")
	SameFiles(t, Snapshot(t, dir), before)

	back := Copy(t, source)
	Run(t, back, command, "-thread=off", "./...")
	Run(t, back, command, "-remove", "./...")
	SameFiles(t, Snapshot(t, back), Snapshot(t, source))
	return dir
}

// Programs builds the main packages that a pattern names in the module in dir and
// returns the folder with the programs.
func Programs(t testing.TB, dir, pattern string) string {
	t.Helper()
	to := t.TempDir()
	Run(t, dir, "go", "build", "-o", to+string(filepath.Separator), pattern)
	return to
}

// Run runs a program in dir to its end and fails the test when it fails.
func Run(t testing.TB, dir, program string, args ...string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %q in %s: %v\n%s", filepath.Base(program), args, dir, err, out)
	}
}

// Snapshot reads all files under dir.
func Snapshot(t testing.TB, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		files[name] = content
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// SameFiles fails the test for every file that is missing, new or different.
func SameFiles(t testing.TB, got, want map[string][]byte) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if now, ok := got[name]; !ok {
			t.Errorf("%s is gone", name)
		} else if !bytes.Equal(now, want[name]) {
			t.Errorf("%s has changed, to:\n%s", name, now)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is new", name)
		}
	}
}

// Get asks a URL as part of a trace, whose id has 32 hexadecimal digits, and returns the
// body of the answer, whatever its status.
func Get(t testing.TB, url, id string) string {
	t.Helper()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-Amzn-Trace-Id", "Root=1-"+id[:8]+"-"+id[8:]+";Sampled=1")
	_, body := Ask(t, req)
	return body
}

// Ask sends a request and returns the answer with its body, which is closed.
func Ask(t testing.TB, req *http.Request) (*http.Response, string) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}
