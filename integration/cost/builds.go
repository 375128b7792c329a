package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/seed-4257438c/xray-instrument/integration/internal/tool"
)

// build is the service, traced in one way.
type build struct {
	name   string
	source string // the module's folder
	binary string
}

// builds returns the service plain, traced by hand and traced by the command.
func builds(t testing.TB) []build {
	data := filepath.Join(tool.Checkout(t), "integration", "cost", "testdata")
	plain := filepath.Join(data, "service")
	all := []build{
		{name: "plain", source: plain},
		{name: "by hand", source: byHand(t, plain, filepath.Join(data, "byhand"))},
		{name: "by the command", source: tool.Instrument(t, tool.Build(t), plain)},
	}
	for i := range all {
		all[i].binary = filepath.Join(tool.Programs(t, all[i].source, "."), "orders")
	}
	return all
}

// byHand returns a copy of the plain service with the files that differ where it is traced by
// hand.
func byHand(t testing.TB, plain, differing string) string {
	dir := tool.Copy(t, plain)
	for name, content := range tool.Snapshot(t, differing) {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
