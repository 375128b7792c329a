// Package cache keeps what runs found, under a key made of everything that can change
// it, until it is the oldest of too much.
//
// The files are those of the go command's build cache, by package cache of go-internal:
// safe for runs at the same time, and checked when they are read, so that what is
// damaged counts as not there. That cache forgets by age; here the oldest goes when
// the whole has grown too large.
//
// The package decides nothing about what makes a key complete: see [Hash] and package
// rewrite. It imports nothing of the project.
package cache

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	store "github.com/rogpeppe/go-internal/cache"
)

// Cache is a folder. The zero value keeps nothing.
type Cache struct {
	dir   string
	most  int64 // bytes
	store *store.Cache
}

// Most is how many bytes a cache holds.
const Most = 64 << 20

// In returns the cache in a folder, which is made when something is kept; "" is none.
func In(dir string) *Cache { return &Cache{dir: dir, most: Most} }

// Get reads what was kept under a key into a value, and reports whether there was
// anything.
func (c *Cache) Get(key Key, value any) bool {
	if c.dir == "" {
		return false
	}
	if _, err := os.Stat(c.dir); err != nil || !c.open() {
		return false
	}
	data, _, err := c.store.GetBytes(store.ActionID(key))
	if err != nil {
		return false
	}
	data, ours := bytes.CutPrefix(data, key[:])
	return ours && json.Unmarshal(data, value) == nil
}

// Put keeps a value under a key. Where that fails it is not there the next time, and
// nothing else is lost.
func (c *Cache) Put(key Key, value any) {
	if c.dir == "" || os.MkdirAll(c.dir, 0o777) != nil {
		return
	}
	data, err := json.Marshal(value)
	if err != nil || int64(len(data)) > c.most/8 {
		return
	}
	if c.open() && c.store.PutBytes(store.ActionID(key), slices.Concat(key[:], data)) == nil && c.isDue(len(data)) {
		c.trim()
	}
}

// open opens the folder, once: there are many folders in it.
func (c *Cache) open() bool {
	if c.store == nil {
		c.store, _ = store.Open(c.dir)
	}
	return c.store != nil
}

// slack is the part of a cache that may be filled before what is in it is counted again.
const slack = 16

// isDue reports whether so much has been kept since the cache was last counted that it
// may be too large. A file has a byte for each KB.
func (c *Cache) isDue(size int) bool {
	name := filepath.Join(c.dir, "since")
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return true
	}
	defer f.Close()
	_, err = f.Write(make([]byte, 1+size>>10))
	info, e := f.Stat()
	return err != nil || e != nil || info.Size() > c.most/slack>>10
}

// trim removes the files that have not been used for the longest time, half of all,
// where there are too many.
func (c *Cache) trim() {
	os.Remove(filepath.Join(c.dir, "since"))
	type file struct {
		name string
		size int64
		used time.Time
	}
	var files []file
	total := int64(0)
	filepath.WalkDir(c.dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, "-a") && !strings.HasSuffix(name, "-d") {
			return nil
		}
		if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
			files = append(files, file{name, info.Size(), info.ModTime()})
			total += info.Size()
		}
		return nil
	})
	if total <= c.most-c.most/slack {
		return
	}
	slices.SortFunc(files, func(a, b file) int { return a.used.Compare(b.used) })
	for _, f := range files {
		if total <= c.most/2 {
			return
		}
		if os.Remove(f.name) == nil {
			total -= f.size
		}
	}
}
