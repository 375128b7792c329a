//go:build linux || darwin

package cache

import (
	"io/fs"
	"strconv"
	"syscall"
	"time"
)

// identity returns the name that the file system has for a file, and when it or what is known
// of it was changed last.
func identity(info fs.FileInfo) (node string, changed time.Time, ok bool) {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "", time.Time{}, false
	}
	return strconv.FormatUint(uint64(s.Dev), 10) + " " + strconv.FormatUint(s.Ino, 10), changedAt(s), true
}
