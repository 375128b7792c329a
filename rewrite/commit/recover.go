package commit

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// Recover repairs what an interrupted run left in root: a run that had not come to its
// end is undone, a run that had is tidied up after. Without a
// journal, which is the usual case, it costs one stat.
//
// Nothing is lost: if a file was edited after the interruption, Recover changes nothing and
// says how to go on. The caller holds the root's [Lock].
func Recover(root string) error {
	if _, err := os.Lstat(filepath.Join(root, JournalName)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	r, err := openRoot(root)
	if err != nil {
		return err
	}
	defer r.Close()
	return journal{r}.recover()
}

func (j journal) recover() error {
	if exists(j.root, readyName) {
		if err := j.undo(); err != nil {
			return err
		}
	}
	return j.sweep()
}

// undo puts back what was replaced. Each of its steps may be the last one before a
// kill, and the next undo goes on from there.
func (j journal) undo() error {
	rec, ok := j.readRecord()
	if !ok {
		var err error
		if rec, err = j.rebuildRecord(); err != nil {
			return err
		}
	}
	todo, err := j.replaced(rec)
	if err != nil {
		return err
	}
	for i := len(todo) - 1; i >= 0; i-- {
		if err := j.restore(todo[i]); err != nil {
			return fmt.Errorf("%s %w: %w", todo[i].Path, ErrInterrupted, err)
		}
	}
	for i := range j.swapCount() {
		if err := j.swapBack(i); err != nil {
			return fmt.Errorf("a folder %w: %w; repair it and delete %s to keep everything as it is then", ErrInterrupted, err, JournalName)
		}
	}
	if !ok {
		if err := j.sweepBlindly(); err != nil {
			return err
		}
	}
	return j.unmarkReady()
}

// replaced lists the files that have their new content. It refuses if one of them was
// edited since, or if its old content is no longer there. A file that was edited before the
// run came to replace it stays as it is.
func (j journal) replaced(rec record) ([]fileRecord, error) {
	var list []fileRecord
	for _, f := range rec.Files {
		now, err := j.hashOf(f.Path)
		if err != nil {
			return nil, err
		}
		switch {
		case now == f.Before || exists(j.root, stagedName(f.Path)):
			continue
		case now != f.After && f.After != anyHash:
			return nil, fmt.Errorf("%s %w: it was edited since; its old content is %s: put that back, or delete %s to keep everything as it is now",
				f.Path, ErrInterrupted, path.Join(beforeName, f.Path), JournalName)
		}
		if kept, err := j.hashOf(path.Join(beforeName, f.Path)); err != nil || kept != f.Before {
			return nil, fmt.Errorf("%s %w: its old content in %s is damaged; restore the file, for example from version control, and delete %s",
				f.Path, ErrInterrupted, beforeName, JournalName)
		}
		list = append(list, f)
	}
	return list, nil
}

// restore gives a file its old content back, in one rename.
func (j journal) restore(f fileRecord) error {
	if f.Before == "" {
		if err := atStep("undo", f.Path); err != nil {
			return err
		}
		return j.root.Remove(native(f.Path))
	}
	if err := copyFile(j.root, path.Join(beforeName, f.Path), backName(f.Path)); err != nil {
		return err
	}
	return rename(j.root, backName(f.Path), f.Path)
}

// sweep removes the staged files that are left, and the journal.
func (j journal) sweep() error {
	rec, ok := j.readRecord()
	if !ok && exists(j.root, recordName) {
		if err := j.sweepBlindly(); err != nil {
			return err
		}
	}
	for _, f := range rec.Files {
		if err := errors.Join(j.removeStaged(stagedName(f.Path)), j.removeStaged(backName(f.Path))); err != nil {
			return err
		}
	}
	if err := atStep("sweep", JournalName); err != nil {
		return err
	}
	return j.removeJournal()
}

// removeJournal removes the record last: until then a kill leaves enough to go on.
func (j journal) removeJournal() error {
	for _, name := range []string{beforeName, absentName, swapName, JournalName} {
		if err := j.root.RemoveAll(native(name)); err != nil {
			return fmt.Errorf("can't remove %s: %w", JournalName, err)
		}
	}
	syncDirs(j.root, ".")
	return nil
}

// sweepBlindly looks for staged files by their name, in the whole tree.
func (j journal) sweepBlindly() error {
	return fs.WalkDir(j.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && isBeside(path.Base(name)) {
			return j.removeStaged(name)
		}
		return nil // what can't be read was not written to either
	})
}

func (j journal) removeStaged(name string) error {
	if err := j.root.Remove(native(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// hashOf hashes the file of that name; "" is the absent file.
func (j journal) hashOf(name string) (string, error) {
	data, err := j.root.ReadFile(native(name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return hash(nonNil(data)), err
}
