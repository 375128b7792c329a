//go:build unix

package commit

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives a new file the owner of the file it replaces, as far as the
// user may: a run as root leaves the files to whom they belong.
func keepOwner(f *os.File, like fs.FileInfo) {
	stat, ok := like.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() == int(stat.Uid) && os.Getegid() == int(stat.Gid) {
		return
	}
	_ = f.Chown(int(stat.Uid), int(stat.Gid))
}
