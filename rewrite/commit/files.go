package commit

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// atStep is called before each step that changes the disk. Tests fail or kill the
// process there.
var atStep = func(step, name string) error { return nil }

// openRoot opens the folder under which all paths of a run lie.
func openRoot(name string) (*os.Root, error) {
	abs, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	return os.OpenRoot(abs)
}

const (
	besidePrefix = "."
	stagedSuffix = ".xray-instrument.new"
	backSuffix   = ".xray-instrument.old"
)

// stagedName is the name beside a file under which its new content waits. The go
// command ignores it, and it can be found without the record. While it is there, the
// file has not been replaced.
func stagedName(name string) string { return beside(name, stagedSuffix) }

// backName is the name beside a file from which its old content comes back.
func backName(name string) string { return beside(name, backSuffix) }

func beside(name, suffix string) string {
	return path.Join(path.Dir(name), besidePrefix+path.Base(name)+suffix)
}

// isBeside reports whether a name is one of those that a run makes beside its targets.
func isBeside(name string) bool {
	return strings.HasPrefix(name, besidePrefix) &&
		(strings.HasSuffix(name, stagedSuffix) || strings.HasSuffix(name, backSuffix))
}

// writeFile creates a file with the mode and the owner of like, if there is one,
// and waits until it is on the disk. A stale file of that name is unlinked first, never
// written through: it may be a link to something precious.
func writeFile(r *os.Root, name string, data []byte, like fs.FileInfo) error {
	if err := atStep("write", name); err != nil {
		return err
	}
	if err := r.Remove(native(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := r.OpenFile(native(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	if err := fill(f, data, like); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

func fill(f *os.File, data []byte, like fs.FileInfo) error {
	if _, err := f.Write(data); err != nil {
		return err
	}
	if like != nil {
		keepOwner(f, like)
		if err := f.Chmod(like.Mode().Perm()); err != nil && runtime.GOOS != "windows" {
			return err
		}
	}
	return f.Sync()
}

// copyFile makes a second file of the same content, mode and owner. It is never a hard
// link: an editor that writes in place would change both.
func copyFile(r *os.Root, from, to string) error {
	src, err := r.Open(native(from))
	if err != nil {
		return err
	}
	defer src.Close()
	info, err := src.Stat()
	if err != nil {
		return err
	}
	data, err := io.ReadAll(src)
	if err != nil {
		return err
	}
	return writeFile(r, to, data, info)
}

// rename moves a file or a folder. Windows refuses while another process, such as
// a virus scanner, has the file open; that passes, so it is tried for a while.
func rename(r *os.Root, from, to string) error {
	if err := atStep("rename", to); err != nil {
		return err
	}
	err := r.Rename(native(from), native(to))
	for try := 0; err != nil && runtime.GOOS == "windows" && try < 20 && !errors.Is(err, fs.ErrNotExist); try++ {
		time.Sleep(50 * time.Millisecond)
		err = r.Rename(native(from), native(to))
	}
	return err
}

// syncDirs flushes the names in folders to the disk, where the system can do that.
func syncDirs(r *os.Root, names ...string) {
	for _, name := range names {
		if f, err := r.Open(native(name)); err == nil {
			_ = f.Sync()
			f.Close()
		}
	}
}

func exists(r *os.Root, name string) bool {
	_, err := r.Lstat(native(name))
	return err == nil
}
