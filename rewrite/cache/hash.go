package cache

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Key names what is kept.
type Key [sha256.Size]byte

// MarshalText and UnmarshalText have keys be short in what is kept.
func (k Key) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, k[:]), nil }

// UnmarshalText is the other way round.
func (k *Key) UnmarshalText(text []byte) error {
	n, err := hex.Decode(k[:], text[:min(len(text), 2*len(k))])
	if err == nil && (n < len(k) || len(text) > 2*len(k)) {
		err = errors.New("no key")
	}
	return err
}

// Hash makes a key of texts and files. What is added one after the other cannot be
// mistaken for something else that is added so: each has its length in front.
type Hash struct {
	h    hash.Hash
	seen map[string]bool // folders
}

// NewHash returns the hash of nothing.
func NewHash() *Hash { return &Hash{sha256.New(), map[string]bool{}} }

// Key returns the key of what has been added.
func (h *Hash) Key() Key { return Key(h.h.Sum(nil)) }

// Add adds texts.
func (h *Hash) Add(texts ...string) {
	for _, t := range texts {
		h.bytes([]byte(t))
	}
}

func (h *Hash) number(n uint64) { h.h.Write(binary.LittleEndian.AppendUint64(nil, n)) }

func (h *Hash) bytes(data []byte) {
	h.number(uint64(len(data)))
	h.h.Write(data)
}

// File adds the contents of a file.
func (h *Hash) File(name string) error {
	data, err := os.ReadFile(name)
	if err == nil {
		h.bytes(data)
	}
	return err
}

// largest is the size in bytes up to which the contents of a file count that is no Go
// file: templates of that size are read.
const largest = 1 << 20

// ErrLink says that a folder is reached by a symbolic link: what lies behind it has no
// name of its own.
var ErrLink = errors.New("a symbolic link to a folder")

// Tree adds the names of all files below a folder, and the contents of those that a
// run may read. The folders of version control are left out.
func (h *Hash) Tree(dir string) error {
	dir = filepath.Clean(dir)
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		if !d.IsDir() {
			h.Add(rel)
			return h.entry(name, d)
		}
		switch d.Name() {
		case ".git", ".hg", ".svn", ".bzr":
			return fs.SkipDir
		}
		if h.seen[name] {
			return fs.SkipDir
		}
		h.seen[name] = true
		h.Add(rel + "/")
		return nil
	})
}

// entry adds what counts of a file.
func (h *Hash) entry(name string, d fs.DirEntry) error {
	isGo := strings.HasSuffix(name, ".go")
	if isGo && d.Type().IsRegular() { // most files: nothing more needs to be asked of them
		return h.File(name)
	}
	modules := strings.Contains(filepath.ToSlash(name), "/node_modules/") // of another world: nobody reads them
	info, err := d.Info()
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if modules {
			return nil
		}
		if info, err = os.Stat(name); errors.Is(err, fs.ErrNotExist) {
			h.Add("nothing")
			return nil
		}
		if err == nil && info.IsDir() {
			return ErrLink
		}
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || !isGo && (modules || info.Size() > largest) {
		return nil
	}
	return h.File(name)
}
