package commit

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
)

// JournalName is the folder in the root in which a run keeps what it needs to undo
// itself. It exists only while a run writes, and after a run that was interrupted.
const JournalName = ".xray-instrument.journal"

// The names in the journal.
const (
	recordName = JournalName + "/record"
	readyName  = JournalName + "/ready"
	beforeName = JournalName + "/before"
	absentName = JournalName + "/absent"
	swapName   = JournalName + "/swap"
)

// journal is the journal folder of a root, whether it exists or not.
type journal struct{ root *os.Root }

// record says what the run changes, so that a later edit can be told from the run's own.
type record struct {
	Files []fileRecord `json:"files"`
}

// fileRecord holds the hashes of a file's two states; "" is the absent file.
type fileRecord struct {
	Path   string `json:"path"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// anyHash stands for a state that a damaged record no longer tells.
const anyHash = "?"

// open creates the journal with its record, before anything is staged.
func (j journal) open(files []target) error {
	if err := atStep("journal", JournalName); err != nil {
		return err
	}
	if err := j.root.Mkdir(JournalName, 0o777); err != nil {
		return err
	}
	rec := record{}
	for _, t := range files {
		rec.Files = append(rec.Files, fileRecord{t.name, hash(t.before), hash(t.after)})
	}
	data, err := json.MarshalIndent(rec, "", "\t")
	if err != nil {
		return err
	}
	data = append([]byte(hash(data)+"\n"), data...)
	const temp = recordName + ".new"
	if err := writeFile(j.root, temp, data, nil); err != nil {
		return err
	}
	if err := rename(j.root, temp, recordName); err != nil {
		return err
	}
	syncDirs(j.root, JournalName, ".")
	return nil
}

// stage writes a target's new content beside it, and keeps the old one in the journal.
func (j journal) stage(t target) error {
	if t.after != nil {
		if err := writeFile(j.root, stagedName(t.name), t.after, t.info); err != nil {
			return err
		}
	}
	if t.before == nil {
		return j.keepAbsent(t.name)
	}
	name := path.Join(beforeName, t.name)
	if err := j.root.MkdirAll(native(path.Dir(name)), 0o777); err != nil {
		return err
	}
	return copyFile(j.root, t.name, name)
}

func (j journal) keepAbsent(file string) error {
	name := path.Join(absentName, file)
	if err := j.root.MkdirAll(native(path.Dir(name)), 0o777); err != nil {
		return err
	}
	return writeFile(j.root, name, nil, nil)
}

// syncKept flushes the names under which the old files are kept.
func (j journal) syncKept() {
	for _, dir := range []string{beforeName, absentName} {
		_ = fs.WalkDir(j.root.FS(), dir, func(name string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				syncDirs(j.root, name)
			}
			return nil
		})
	}
	syncDirs(j.root, JournalName)
}

func (j journal) markReady() error {
	if err := writeFile(j.root, readyName, nil, nil); err != nil {
		return err
	}
	syncDirs(j.root, JournalName)
	return nil
}

func (j journal) unmarkReady() error {
	if err := atStep("settle", readyName); err != nil {
		return err
	}
	if err := j.root.Remove(native(readyName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	syncDirs(j.root, JournalName)
	return nil
}

// readRecord returns the record, or ok false if it is missing or damaged.
func (j journal) readRecord() (rec record, ok bool) {
	data, err := j.root.ReadFile(native(recordName))
	if err != nil {
		return record{}, false
	}
	sum, body, _ := bytes.Cut(data, []byte("\n"))
	if string(sum) != hash(body) {
		return record{}, false
	}
	return rec, json.Unmarshal(body, &rec) == nil
}

// rebuildRecord reads from the journal's layout what a damaged record would have said.
func (j journal) rebuildRecord() (record, error) {
	var rec record
	err := j.walk(beforeName, func(file string) error {
		data, err := j.root.ReadFile(native(path.Join(beforeName, file)))
		if err != nil {
			return fmt.Errorf("%s %w: its copy in %s can't be read: %w", file, ErrInterrupted, JournalName, err)
		}
		rec.Files = append(rec.Files, fileRecord{file, hash(nonNil(data)), anyHash})
		return nil
	})
	if err != nil {
		return rec, err
	}
	err = j.walk(absentName, func(file string) error {
		rec.Files = append(rec.Files, fileRecord{file, "", anyHash})
		return nil
	})
	return rec, err
}

// walk calls visit with the path, relative to dir, of each file below dir.
func (j journal) walk(dir string, visit func(file string) error) error {
	return fs.WalkDir(j.root.FS(), dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil || d.IsDir():
			return err
		}
		return visit(name[len(dir)+1:])
	})
}

// hash names a file's state; "" is the absent file.
func hash(data []byte) string {
	if data == nil {
		return ""
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// nonNil makes the content of an empty file differ from that of an absent one.
func nonNil(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}
