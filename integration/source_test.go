package integration

import (
	"bytes"
	"regexp"
	"testing"

	"github.com/seed-4257438c/xray-instrument/integration/internal/tool"
)

// ownSteps are the directives by which the platform names steps and keys of its own.
var ownSteps = regexp.MustCompile(`(?m)^\t*//xray:(capture \w+|annotate \w+=[\w.]+)$`)

// testSource looks at the instrumented source alone: it is sound, a second run leaves it
// as it is, and -remove gives the original back.
func testSource(t *testing.T, command, dir string) {
	t.Run("plain source", func(t *testing.T) {
		for name, content := range tool.Snapshot(t, source) {
			if bytes.Contains(bytes.ToLower(ownSteps.ReplaceAll(content, nil)), []byte("xray")) {
				t.Errorf("%s speaks of X-Ray beside its directives", name)
			}
		}
	})
	t.Run("tests", func(t *testing.T) {
		tool.Run(t, dir, "go", "vet", "./...")
		tool.Run(t, dir, "go", "test", "./...")
	})
	t.Run("second run", func(t *testing.T) {
		before := tool.Snapshot(t, dir)
		tool.Run(t, dir, command, "./...")
		tool.SameFiles(t, tool.Snapshot(t, dir), before)
	})
	t.Run("remove", func(t *testing.T) {
		plain := tool.Copy(t, source)
		tool.Run(t, plain, command, "-thread=off", "./...")
		tool.Run(t, plain, command, "-remove", "./...")
		tool.SameFiles(t, tool.Snapshot(t, plain), tool.Snapshot(t, source))

		threaded := tool.Copy(t, dir) // context parameters stay
		tool.Run(t, threaded, command, "-remove", "./...")
		tool.Run(t, threaded, "go", "vet", "./...")
		tool.Run(t, threaded, command, "./...")
		tool.SameFiles(t, tool.Snapshot(t, threaded), tool.Snapshot(t, dir))
	})
	t.Run("another copy", func(t *testing.T) {
		again := tool.Copy(t, source)
		tool.Run(t, again, command, "./...")
		tool.SameFiles(t, tool.Snapshot(t, again), tool.Snapshot(t, dir))
	})
}
