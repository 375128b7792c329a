package integration

import (
	"bytes"
	"testing"
)

// testSource looks at the instrumented source alone: it is sound, a second run leaves it
// as it is, and -remove gives the original back.
func testSource(t *testing.T, tool, dir string) {
	t.Run("plain source", func(t *testing.T) {
		for name, content := range snapshot(t, source) {
			if bytes.Contains(bytes.ToLower(content), []byte("xray")) {
				t.Errorf("%s speaks of X-Ray", name)
			}
		}
	})
	t.Run("tests", func(t *testing.T) {
		run(t, dir, "go", "vet", "./...")
		run(t, dir, "go", "test", "./...")
	})
	t.Run("second run", func(t *testing.T) {
		before := snapshot(t, dir)
		run(t, dir, tool, "./...")
		sameFiles(t, snapshot(t, dir), before)
	})
	t.Run("remove", func(t *testing.T) {
		plain := copySource(t, source)
		run(t, plain, tool, "-thread=off", "./...")
		run(t, plain, tool, "-remove", "./...")
		sameFiles(t, snapshot(t, plain), snapshot(t, source))

		threaded := copySource(t, dir) // context parameters stay
		run(t, threaded, tool, "-remove", "./...")
		run(t, threaded, "go", "vet", "./...")
		run(t, threaded, tool, "./...")
		sameFiles(t, snapshot(t, threaded), snapshot(t, dir))
	})
	t.Run("another copy", func(t *testing.T) {
		again := copySource(t, source)
		run(t, again, tool, "./...")
		sameFiles(t, snapshot(t, again), snapshot(t, dir))
	})
}
