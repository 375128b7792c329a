//go:build unix

package demo

import (
	"os/exec"
	"syscall"
)

// group puts a command with everything that it starts into a group of its own, which ends as a
// whole. Ctrl-C at the terminal then reaches this program alone, which ends the others in order.
func group(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
}
