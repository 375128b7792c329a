package report

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// WriteFile puts data into a file, whole or not at all: it is written beside the
// file and renamed over it, so that a reader never sees a half. The mode of a file
// that is replaced stays. A file that its owner protected is not replaced, although
// a rename would get past that. Devices and pipes are written to. The error is one
// line that names the file.
func WriteFile(path string, data []byte) error {
	if err := writeFile(path, data); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, cause(err))
	}
	return nil
}

func writeFile(path string, data []byte) error {
	// The file behind a symbolic link is replaced, not the link.
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return replace(path, data, nil)
	case err != nil:
		return err
	case info.IsDir():
		return errors.New("it is a folder")
	case info.Mode().Perm()&0o200 == 0:
		return errors.New("it is read-only")
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		_, err := f.Write(data)
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return err
	}
	return replace(path, data, info)
}

// replace writes a file beside path and renames it. old is the file that is there,
// or nil.
func replace(path string, data []byte, old fs.FileInfo) error {
	dir, base := filepath.Split(path)
	if _, err := os.Stat(filepath.Clean(dir)); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the folder %s does not exist", filepath.Clean(dir))
	}
	temp := filepath.Join(dir, fmt.Sprintf(".%s.%016x.new", base, rand.Uint64()))
	if err := create(temp, data, old); err != nil {
		os.Remove(temp)
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		os.Remove(temp)
		return err
	}
	return nil
}

// create writes a new file with the mode of like, if there is one, and waits until
// it is on the disk.
func create(name string, data []byte, like fs.FileInfo) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil && like != nil {
		err = os.Chmod(name, like.Mode().Perm())
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// cause is an error of the system without the call and the name of the file, which
// may be that of a temporary one.
func cause(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	if link, ok := errors.AsType[*os.LinkError](err); ok {
		return link.Err
	}
	return err
}
