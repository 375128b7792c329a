package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// killDelay is how long a program may take to end when it is asked to.
const killDelay = 3 * time.Second

// command runs a program to its end and returns what it wrote to standard error.
func (d *Demo) command(ctx context.Context, dir, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.WaitDelay = dir, killDelay
	group(cmd)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, exec.ErrNotFound):
		return "", fmt.Errorf("the demonstration needs Go: %w", err)
	case err != nil:
		return "", errors.New(explain(filepath.Base(program)+" "+args[0], out.String(), err))
	}
	return out.String(), nil
}

// offline are what the go command says when modules can't be had.
var offline = []string{
	"dial tcp", "no such host", "connection refused", "network is unreachable", "i/o timeout", "TLS handshake timeout",
	"module lookup disabled", "proxyconnect", "Bad Gateway", "Service Unavailable",
}

// explain says in one line why a command has failed.
func explain(command, output string, err error) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	for _, line := range lines {
		for _, sign := range offline {
			if strings.Contains(line, sign) {
				return "the demonstration needs modules that can't be downloaded, is there a network? " + strings.TrimSpace(line)
			}
		}
		if strings.Contains(line, "no space left on device") {
			return "the demonstration needs room for temporary files: " + strings.TrimSpace(line)
		}
	}
	return fmt.Sprintf("%s: %v: %s", command, err, strings.TrimSpace(lines[len(lines)-1]))
}
