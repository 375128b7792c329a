package cache

import (
	"io/fs"
	"time"
)

// unsettled is for how long after a change a file may be changed again without another time:
// that of the coarsest file systems, and some more.
const unsettled = 3 * time.Second

// Stamp adds what the system says of a file, in place of its contents, and reports whether that
// tells it from what it was before any change: not where the system has no time of the last
// change that no program can set, and not of a file that has been changed just now.
func (h *Hash) Stamp(name string, info fs.FileInfo) bool {
	node, changed, ok := identity(info)
	if !ok || time.Since(changed) < unsettled || time.Since(info.ModTime()) < unsettled {
		return false
	}
	h.Add(name, node)
	for _, n := range []int64{changed.UnixNano(), info.ModTime().UnixNano(), info.Size()} {
		h.number(uint64(n))
	}
	return true
}
