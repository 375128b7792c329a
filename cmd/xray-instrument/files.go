package main

// Go files among the arguments, as hooks and editors give them: each stands for its
// package. The go command takes files for a package of their own, without the other
// files of their folder and with the module of the working folder. Here the package
// is looked at as it is built, and each module in a run of its own.

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// job is what one run looks at.
type job struct {
	dir      string   // the folder that the patterns are relative to
	patterns []string // packages, as for go build; none: the one in dir
	files    bool     // the packages are those of files: there may be nothing to do for them
}

// jobs returns the runs that the arguments ask for: first the one in dir, with the
// patterns and the packages of files in the same module, then one in each other
// module that has files among the arguments, by path. Nothing needs to be done for
// files that are not there, whose folders have no Go file but tests, or which
// ./... does not reach. Files outside any module are returned as strays.
func jobs(dir string, args []string) (list []job, strays []string, err error) {
	own, _ := moduleAbove(dir)
	home := job{dir: dir, files: len(args) > 0}
	others := map[string][]string{}
	for _, arg := range args {
		if !isFile(dir, arg) {
			home.patterns, home.files = append(home.patterns, arg), false
			continue
		}
		folder := filepath.Dir(under(dir, arg))
		if ok, err := hasSource(folder); err != nil {
			return nil, nil, err
		} else if !ok {
			continue
		}
		mod, ok := moduleAbove(folder)
		switch {
		case !ok:
			strays = append(strays, arg)
		case leftOut(dir, folder) || leftOut(mod, folder):
		case mod == own:
			home.patterns = add(home.patterns, pattern(dir, folder))
		default:
			others[mod] = add(others[mod], pattern(mod, folder))
		}
	}
	if len(args) == 0 || len(home.patterns) > 0 {
		list = append(list, home)
	}
	for _, mod := range slices.Sorted(maps.Keys(others)) {
		list = append(list, job{dir: mod, patterns: others[mod], files: true})
	}
	return list, strays, nil
}

// isFile reports whether an argument names a Go file, which need not be there. It
// does not if it is a folder's name, or a package's path such as
// github.com/nats-io/nats.go.
func isFile(dir, arg string) bool {
	if !strings.HasSuffix(arg, ".go") {
		return false
	}
	if info, err := os.Stat(under(dir, arg)); err == nil {
		return !info.IsDir()
	}
	first, _, nested := strings.Cut(filepath.ToSlash(arg), "/")
	if !nested || strings.Trim(first, ".") == "" || !strings.Contains(first, ".") {
		return true
	}
	_, err := os.Stat(under(dir, first))
	return err == nil
}

// under returns the path of a name that is relative to dir, or absolute.
func under(dir, name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(dir, name)
}

// hasSource reports whether a folder is there and has Go files that are no tests.
func hasSource(folder string) (bool, error) {
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return false, nil
	}
	entries, err := os.ReadDir(folder)
	return slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		name := e.Name()
		return !e.IsDir() && strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && name[0] != '_' && name[0] != '.'
	}), err
}

// moduleAbove returns the folder of the next go.mod at or above a folder.
func moduleAbove(folder string) (string, bool) {
	for {
		if info, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil && !info.IsDir() {
			return folder, true
		}
		up := filepath.Dir(folder)
		if up == folder {
			return "", false
		}
		folder = up
	}
}

// leftOut reports whether ./... in root would pass a folder below it by.
func leftOut(root, folder string) bool {
	rel, err := filepath.Rel(root, folder)
	if err != nil || rel == "." || !filepath.IsLocal(rel) {
		return false
	}
	for part := range strings.SplitSeq(filepath.ToSlash(rel), "/") {
		if part == "testdata" || part == "vendor" || part[0] == '_' || part[0] == '.' {
			return true
		}
	}
	return false
}

// pattern returns the pattern of the package in a folder, relative to dir.
func pattern(dir, folder string) string {
	rel, err := filepath.Rel(dir, folder)
	if err != nil {
		return folder // on another volume
	}
	if rel = filepath.ToSlash(rel); rel == "." || rel == ".." || strings.HasPrefix(rel, "../") {
		return rel
	}
	return "./" + rel
}

func add(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// jobs returns the runs that the command line asks for. The user is told of files
// outside any module, which a hook may well be given.
func (c *config) jobs() ([]job, error) {
	list, strays, err := jobs(c.opts.Dir, c.opts.Patterns)
	if err != nil {
		return nil, err
	}
	for _, name := range strays {
		c.opts.Message(name + ": not looked at: there is no go.mod in its folder or above")
	}
	return list, c.oneModule(list)
}

// in returns the configuration of one run.
func (c *config) in(j job) *config {
	one := *c
	one.opts.Dir, one.opts.Patterns = j.dir, j.patterns
	return &one
}

// oneModule checks that the output which the flags ask for can be written: a diff
// and a document are about one module.
func (c *config) oneModule(list []job) error {
	switch document := c.json || c.gate.sarif != "" || c.gate.writeBaseline != ""; {
	case len(list) > 1 && (document || c.diff):
		return fmt.Errorf("-diff, -json, -sarif and -write-baseline are about one module, and these files are of %d: run once in each", len(list))
	case len(list) == 0 && document:
		return errors.New("-json, -sarif and -write-baseline: none of these files belongs to a package that could be described")
	}
	return nil
}
