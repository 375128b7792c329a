package find

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Read adds all Go files of a module, tests and files of other builds included,
// to the survey, but for those that skip accepts. made is called with the support
// files that earlier runs left, which are no part of it. kept, if it is not nil, may
// know the survey of a file alone.
func (s *Survey) Read(dir string, skip func(name string) bool, made func(name string, src []byte), kept Kept) {
	EachFile(dir, func(name string) bool {
		if skip(name) {
			return true
		}
		rel, err := filepath.Rel(dir, name)
		if err != nil {
			rel = name
		}
		rel = filepath.ToSlash(rel)
		if kept != nil {
			if file := kept.Unread(name, rel); file != nil {
				s.Merge(file)
				return true
			}
		}
		src, err := os.ReadFile(name)
		switch {
		case err != nil:
		case IsSupport(src):
			if made != nil {
				made(name, src)
			}
		case kept != nil:
			s.Merge(kept.Of(rel, src))
		default:
			s.Add(rel, src)
		}
		return true
	})
	s.made(dir)
}

// Kept are surveys of single files.
type Kept interface {
	// Unread returns that of a file, with its name in the module, that is known without
	// reading it, or nil.
	Unread(name, rel string) *Survey
	// Of returns that of a file with a text.
	Of(rel string, src []byte) *Survey
}

// EachFile calls visit with the Go files of a module's folder, until it returns
// false. Vendored and nested modules, testdata and folders that the go command
// ignores are left out, and so are folders that cannot be read: they hold nothing
// that it would build.
func EachFile(dir string, visit func(name string) bool) {
	filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
		case d.IsDir():
			if name != dir && skipDir(name, d.Name()) {
				return fs.SkipDir
			}
		case strings.HasSuffix(name, ".go") && d.Type().IsRegular():
			if !visit(name) {
				return fs.SkipAll
			}
		}
		return nil
	})
}

func skipDir(name, base string) bool {
	if base == "vendor" || base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	_, err := os.Stat(filepath.Join(name, "go.mod"))
	return err == nil
}

// Fingerprint returns a text that tells surveys apart which decide differently.
// The places, which move with every edit, decide nothing: only a reason quotes one.
func (s *Survey) Fingerprint() string {
	var b strings.Builder
	for _, places := range [][]string{s.Handlers, s.AWS, s.Asserts, s.Drivers, s.Served, s.Options, s.Values} {
		b.WriteString(strconv.FormatBool(len(places) > 0) + "\n")
	}
	for _, bare := range s.Bare {
		b.WriteString(bare.Framework + " " + bare.Dir + " " + strings.Join(slices.Sorted(maps.Keys(bare.Imports)), " ") + "\n")
	}
	b.WriteString(strings.Join(slices.Sorted(maps.Keys(s.Started)), " ") + "\n")
	b.WriteString(strings.Join(slices.Sorted(maps.Keys(s.Counts)), " ") + "\n")
	for _, kind := range slices.Sorted(maps.Keys(s.Hooks)) {
		b.WriteString(string(kind) + "\n")
	}
	for _, name := range slices.Sorted(maps.Keys(s.Methods)) {
		if s.Methods[name+"WithContext"] == "" {
			b.WriteString(name + "\n")
		}
	}
	return b.String()
}
