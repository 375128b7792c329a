// Package plain has an idiom as programs without tracing have it.
package plain

import (
	"context"
	"os/exec"
)

// Command finds exec.Command. The command ends with the context.
func Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	return exec.Command(name, args...)
}
