package commit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// swap is a Dir whose place is known: both paths are relative to the root, with slashes.
type swap struct{ path, new string }

// The names in a swap's folder of the journal.
const (
	swapPath   = "path"   // a file that holds the folder's path
	swapNew    = "new"    // the prepared folder, before it is in place
	swapOld    = "old"    // the folder that was replaced
	swapAbsent = "absent" // a marker: there was no folder to replace
)

// locateSwaps finds and checks the folders to replace.
func locateSwaps(r *os.Root, dirs []Dir) ([]swap, error) {
	var list []swap
	for _, d := range dirs {
		if d.New == "" {
			continue
		}
		s, err := locateSwap(r, d)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b swap) int { return strings.Compare(a.path, b.path) })
	return list, nil
}

func locateSwap(r *os.Root, d Dir) (swap, error) {
	if info, err := os.Lstat(absolute(r, d.Path)); err == nil && !info.IsDir() {
		return swap{}, fmt.Errorf("%s is not a folder (a symbolic link is not followed)", d.Path)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return swap{}, err
	}
	if info, err := os.Lstat(absolute(r, d.New)); err != nil {
		return swap{}, err
	} else if !info.IsDir() {
		return swap{}, fmt.Errorf("%s is not a folder", d.New)
	}
	to, err := resolve(r, d.Path)
	if err != nil {
		return swap{}, err
	}
	from, err := resolve(r, d.New)
	return swap{path: to, new: from}, err
}

// swapFile names a file of the i-th swap in the journal.
func swapFile(i int, name string) string { return path.Join(swapName, strconv.Itoa(i), name) }

// stageSwap takes the prepared folder into the journal.
func (j journal) stageSwap(i int, s swap) error {
	if err := j.root.MkdirAll(native(path.Join(swapName, strconv.Itoa(i))), 0o777); err != nil {
		return err
	}
	if err := writeFile(j.root, swapFile(i, swapPath), []byte(s.path), nil); err != nil {
		return err
	}
	if !exists(j.root, s.path) {
		if err := writeFile(j.root, swapFile(i, swapAbsent), nil, nil); err != nil {
			return err
		}
	}
	if err := rename(j.root, s.new, swapFile(i, swapNew)); err != nil {
		return err
	}
	syncDirs(j.root, path.Join(swapName, strconv.Itoa(i)))
	return nil
}

// swapIn puts the prepared folder in place of the old one.
func (j journal) swapIn(i int, name string) error {
	if !exists(j.root, swapFile(i, swapAbsent)) {
		if err := rename(j.root, name, swapFile(i, swapOld)); err != nil {
			return err
		}
	}
	return rename(j.root, swapFile(i, swapNew), name)
}

// swapBack is the inverse of swapIn, from whatever step swapIn or an earlier
// swapBack came to.
func (j journal) swapBack(i int) error {
	data, err := j.root.ReadFile(native(swapFile(i, swapPath)))
	if err != nil {
		return err
	}
	name := string(data)
	if !filepath.IsLocal(native(name)) {
		return fmt.Errorf("%s is damaged", swapFile(i, swapPath))
	}
	placed := !exists(j.root, swapFile(i, swapNew))
	if placed && exists(j.root, name) {
		if err := rename(j.root, name, swapFile(i, swapNew)); err != nil {
			return err
		}
	}
	if exists(j.root, swapFile(i, swapOld)) {
		return rename(j.root, swapFile(i, swapOld), name)
	}
	return nil
}

// swapCount returns how many folders the journal replaces.
func (j journal) swapCount() int {
	list, err := fs.ReadDir(j.root.FS(), swapName)
	if err != nil {
		return 0
	}
	return len(list)
}
