package commit

import (
	"cmp"
	"fmt"
	"os"
	"path"
	"slices"
)

// Change is one file's new state.
type Change struct {
	Path   string // absolute, or relative to the root
	Before []byte // what was read; nil: the file did not exist
	After  []byte // what it becomes; nil: the file is deleted
}

// Dir is a folder that is replaced as a whole, such as vendor.
type Dir struct {
	Path string // the folder to replace, absolute or relative to the root; it need not exist
	New  string // the prepared folder, under the root and on Path's file system, is moved to Path; "": Path is left as it is
}

// Apply makes every change or none of them. Root is the folder of the module or
// the workspace; every path, its symbolic links resolved, lies under it. A target that is
// a symbolic link stays one: the file it points to is written.
//
// What an interrupted run left is recovered first. A prepared folder belongs to Apply
// as soon as the changes themselves are found valid: it is moved into place, or deleted when the
// commit fails after that.
//
// The caller holds the root's [Lock].
func Apply(root string, changes []Change, dirs ...Dir) error {
	if err := Recover(root); err != nil {
		return err
	}
	r, err := openRoot(root)
	if err != nil {
		return err
	}
	defer r.Close()
	tx, err := plan(r, changes, dirs)
	if err != nil || tx.empty() {
		return err
	}
	return tx.run()
}

// transaction is one Apply: what is replaced, in the order in which it is.
type transaction struct {
	journal
	files []target
	swaps []swap
}

func (tx *transaction) empty() bool { return len(tx.files) == 0 && len(tx.swaps) == 0 }

// plan locates and checks every change, and puts them in order.
func plan(r *os.Root, changes []Change, dirs []Dir) (*transaction, error) {
	tx := &transaction{journal: journal{r}}
	var err error
	if tx.files, err = locateAll(r, changes); err != nil {
		return nil, err
	}
	if tx.swaps, err = locateSwaps(r, dirs); err != nil {
		return nil, err
	}
	slices.SortFunc(tx.files, func(a, b target) int {
		return cmp.Or(cmp.Compare(a.class(), b.class()), cmp.Compare(a.name, b.name))
	})
	return tx, nil
}

// The classes of files, in the order in which they are replaced.
const (
	classCreate = iota
	classModify
	classDelete
	classSum
	classMod
)

// class says when a file is replaced; see the package's comment for the reasons.
func (t target) class() int {
	switch path.Base(t.name) {
	case "go.sum", "go.work.sum":
		return classSum
	case "go.mod", "go.work":
		return classMod
	}
	switch {
	case t.before == nil:
		return classCreate
	case t.after == nil:
		return classDelete
	}
	return classModify
}

// run takes the transaction from its journal to its end, or back.
func (tx *transaction) run() error {
	for _, step := range []func() error{tx.prepare, tx.replace, tx.settle} {
		if err := step(); err != nil {
			return tx.abandon(err)
		}
	}
	// The changes are made; a journal that can't be swept now is swept by the next run.
	_ = tx.sweep()
	return nil
}

// prepare does all that can fail for want of room or of rights, and
// ends with the targets compared with what the run read.
func (tx *transaction) prepare() error {
	if err := tx.open(tx.files); err != nil {
		return fmt.Errorf("can't write the journal of the run: %w", err)
	}
	for _, t := range tx.files {
		if err := tx.stage(t); err != nil {
			return fmt.Errorf("%s can't be written, nothing was changed: %w", t.name, err)
		}
	}
	for i, s := range tx.swaps {
		if err := tx.stageSwap(i, s); err != nil {
			return fmt.Errorf("%s can't be replaced, nothing was changed: %w", s.path, err)
		}
	}
	for _, t := range tx.files {
		if err := t.check(tx.root); err != nil {
			return err
		}
	}
	syncDirs(tx.root, tx.folders()...)
	tx.syncKept()
	return tx.markReady()
}

// replace puts the new files and folders in place.
func (tx *transaction) replace() error {
	mods, _ := slices.BinarySearchFunc(tx.files, classMod, func(t target, class int) int {
		return cmp.Compare(t.class(), class)
	})
	if err := tx.replaceFiles(tx.files[:mods]); err != nil {
		return err
	}
	for i, s := range tx.swaps {
		if err := tx.swapIn(i, s.path); err != nil {
			return fmt.Errorf("%s can't be replaced: %w", s.path, err)
		}
	}
	return tx.replaceFiles(tx.files[mods:])
}

// replaceFiles looks at each target once more just before it is replaced: an editor may have
// saved while the others were written.
func (tx *transaction) replaceFiles(files []target) error {
	for _, t := range files {
		if err := t.check(tx.root); err != nil {
			return err
		}
		if err := tx.replaceFile(t); err != nil {
			return fmt.Errorf("%s can't be replaced: %w", t.name, err)
		}
	}
	return nil
}

func (tx *transaction) replaceFile(t target) error {
	if t.after == nil {
		if err := atStep("delete", t.name); err != nil {
			return err
		}
		return tx.root.Remove(native(t.name))
	}
	return rename(tx.root, stagedName(t.name), t.name)
}

// settle ends the run: from here on it has happened.
func (tx *transaction) settle() error {
	syncDirs(tx.root, tx.folders()...)
	return tx.unmarkReady()
}

// abandon takes everything back because of err.
func (tx *transaction) abandon(err error) error {
	if undoErr := tx.recover(); undoErr != nil {
		return fmt.Errorf("%w; and putting the files back failed, the next run tries again: %w", err, undoErr)
	}
	return err
}

// folders lists the folders in which names change.
func (tx *transaction) folders() []string {
	var list []string
	for _, t := range tx.files {
		list = append(list, path.Dir(t.name))
	}
	for _, s := range tx.swaps {
		list = append(list, path.Dir(s.path))
	}
	slices.Sort(list)
	return slices.Compact(list)
}
