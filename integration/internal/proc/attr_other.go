//go:build !linux

package proc

import "syscall"

// attributes ignores the user: the tests run under their own.
func attributes(_, _ uint32) *syscall.SysProcAttr { return nil }
