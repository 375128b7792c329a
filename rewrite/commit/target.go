package commit

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
)

// target is a change whose place is known.
type target struct {
	name          string      // of the real file: relative to the root, with slashes
	before, after []byte      // as in Change
	info          fs.FileInfo // of the file to replace; nil: it does not exist
}

// locateAll finds and checks the target of each change that changes something.
func locateAll(r *os.Root, changes []Change) ([]target, error) {
	var list []target
	for _, c := range changes {
		if same(c.Before, c.After) {
			continue
		}
		t, err := locate(r, c)
		if err != nil {
			return nil, err
		}
		known := slices.IndexFunc(list, func(u target) bool { return u.name == t.name })
		switch {
		case known < 0:
			list = append(list, t)
		case !same(list[known].before, t.before) || !same(list[known].after, t.after):
			return nil, fmt.Errorf("%s is reached by two paths that were rewritten differently", t.name)
		}
	}
	return list, nil
}

func locate(r *os.Root, c Change) (target, error) {
	name, err := resolve(r, c.Path)
	if err != nil {
		return target{}, err
	}
	t := target{name: name, before: c.Before, after: c.After}
	if t.info, err = r.Lstat(native(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return t, err
	}
	if c.After == nil && t.isLink(r, c.Path) {
		return t, fmt.Errorf("%s is a symbolic link and is not deleted; delete it and its file by hand", name)
	}
	if err := t.check(r); err != nil {
		return t, err
	}
	return t, t.writable(r)
}

// isLink reports whether the path the caller gave is itself a symbolic link.
func (t target) isLink(r *os.Root, given string) bool {
	info, err := os.Lstat(absolute(r, given))
	return err == nil && info.Mode()&fs.ModeSymlink != 0
}

// check compares the target with what the run read.
func (t target) check(r *os.Root) error {
	now, err := r.ReadFile(native(t.name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		now = nil
	case err != nil:
		return err
	case now == nil:
		now = []byte{}
	}
	if !same(now, t.before) {
		return fmt.Errorf("%s %w", t.name, ErrChanged)
	}
	return nil
}

// writable refuses what its owner protected, although a rename would get past it.
func (t target) writable(r *os.Root) error {
	dir := path.Dir(t.name)
	if info, err := r.Stat(native(dir)); err != nil {
		return err
	} else if runtime.GOOS != "windows" && info.Mode()&0o200 == 0 {
		return fmt.Errorf("folder %s %w", dir, ErrReadOnly)
	}
	if t.info == nil {
		return nil
	}
	if !t.info.Mode().IsRegular() {
		return fmt.Errorf("%s is not a regular file", t.name)
	}
	f, err := r.OpenFile(native(t.name), os.O_WRONLY, 0)
	if err == nil {
		err = f.Close()
	}
	if t.info.Mode()&0o200 == 0 || errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%s %w", t.name, ErrReadOnly)
	}
	return err
}

// resolve gives the place of the real file behind a path, relative to the root.
func resolve(r *os.Root, name string) (string, error) {
	root, err := filepath.EvalSymlinks(r.Name())
	if err != nil {
		return "", err
	}
	name = absolute(r, name)
	real, err := filepath.EvalSymlinks(name)
	if errors.Is(err, fs.ErrNotExist) {
		real, err = resolveNew(name)
	}
	if err != nil {
		return "", err
	}
	rel, err := filepath.Rel(root, real)
	if err != nil || !filepath.IsLocal(rel) {
		return "", fmt.Errorf("%s %w", name, ErrOutside)
	}
	return filepath.ToSlash(rel), nil
}

// resolveNew is resolve for a file that does not exist: its folder does.
func resolveNew(name string) (string, error) {
	if _, err := os.Lstat(name); err == nil {
		return "", fmt.Errorf("%s is a symbolic link to a file that does not exist", name)
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(name))
	if err != nil {
		return "", fmt.Errorf("folder %s does not exist", filepath.Dir(name))
	}
	return filepath.Join(dir, filepath.Base(name)), nil
}

func absolute(r *os.Root, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(r.Name(), name)
}

// native gives a slash-separated name in the form of the operating system.
func native(name string) string { return filepath.FromSlash(name) }

// same compares two states of a file; nil, the absent file, differs from the empty one.
func same(a, b []byte) bool { return (a == nil) == (b == nil) && bytes.Equal(a, b) }
