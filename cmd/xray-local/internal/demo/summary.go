package demo

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
)

// summarize says how many lines of each file of a program the tool has changed, as git diff --stat does.
func summarize(before, after string) (string, error) {
	var out strings.Builder
	err := filepath.WalkDir(after, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(path) != ".go" && entry.Name() != "go.mod" {
			return err
		}
		name, err := filepath.Rel(after, path)
		if err != nil {
			return err
		}
		now, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		then, err := os.ReadFile(filepath.Join(before, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if bytes.Equal(then, now) {
			return nil
		}
		more, less := count(diff.Diff("before", then, "after", now))
		note := ""
		if then == nil {
			note = "  (new: helper code)"
		}
		fmt.Fprintf(&out, "  %-44s +%-4d -%d%s\n", filepath.ToSlash(name), more, less, note)
		return nil
	})
	return out.String(), err
}

// count returns how many lines of a diff are new, and how many are gone.
func count(text []byte) (more, less int) {
	hunks := false // the lines of the head begin like those of changes
	for line := range bytes.Lines(text) {
		switch {
		case bytes.HasPrefix(line, []byte("@@")):
			hunks = true
		case hunks && line[0] == '+':
			more++
		case hunks && line[0] == '-':
			less++
		}
	}
	return more, less
}
