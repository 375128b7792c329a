package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
)

// tree is what the files below a folder hold, by their paths in it.
type tree map[string][]byte

func read(dir string) (tree, error) {
	t := tree{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		t[name], err = os.ReadFile(name)
		return err
	})
	return t, err
}

// restore makes the files what they were. Those that did not change are left alone.
func (t tree) restore(dir string) error {
	now, err := read(dir)
	if err != nil {
		return err
	}
	for name := range now {
		if _, was := t[name]; !was {
			if err := os.Remove(name); err != nil {
				return err
			}
		}
	}
	for name, data := range t {
		if is, ok := now[name]; !ok || !bytes.Equal(is, data) {
			if err := os.WriteFile(name, data, 0o666); err != nil {
				return err
			}
		}
	}
	return nil
}
