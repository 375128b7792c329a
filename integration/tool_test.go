package integration

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// buildTool builds the command from the module around this one and returns its path.
func buildTool(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "xray-instrument")
	run(t, "..", "go", "build", "-o", path, "./cmd/xray-instrument")
	return path
}

// copySource returns a folder with a copy of the files under dir.
func copySource(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), filepath.Base(dir))
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// buildServices builds all main packages of the module in dir and returns the folder with the programs.
func buildServices(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	run(t, dir, "go", "build", "-o", to+string(filepath.Separator), "./cmd/...")
	return to
}

// run runs a program in dir to its end and fails the test when it fails.
func run(t *testing.T, dir, program string, args ...string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s %q in %s: %v\n%s", filepath.Base(program), args, dir, err, out)
	}
}

// snapshot reads all files under dir.
func snapshot(t *testing.T, dir string) map[string][]byte {
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

// sameFiles fails the test for every file that is missing, new or different.
func sameFiles(t *testing.T, got, want map[string][]byte) {
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
