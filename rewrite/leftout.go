package rewrite

import (
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis"
	"github.com/seed-4257438c/xray-instrument/rewrite/builds"
	"github.com/seed-4257438c/xray-instrument/rewrite/load"
)

// builtFiles returns the files of a program, tests included.
func (r *run) builtFiles(prog *load.Program) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, pkg := range prog.WithTests() {
			tests := prog.Tests(pkg)
			for _, f := range slices.Concat(pkg.Files, tests.Own, tests.External) {
				if !yield(f) {
					return
				}
			}
		}
	}
}

// classifier says why files are not part of a run.
type classifier struct {
	base    builds.Build
	ours    map[string]bool // the folders of the run's modules
	mains   map[string]bool // and of all main modules
	dirs    map[string]bool // of the run's packages
	built   map[string]bool // folders with a file that the build has
	modules map[string]string
	files   map[string]*unreadFile
}

func (u *unread) classifier() *classifier {
	c := &classifier{base: u.r.base, ours: map[string]bool{}, mains: map[string]bool{}, dirs: map[string]bool{}, built: map[string]bool{}, modules: map[string]string{}, files: u.files}
	for _, m := range u.r.modules {
		c.ours[realPath(m.dir)] = true
	}
	for _, dir := range analysis.MainModules(u.r.opts.Dir) {
		c.mains[realPath(dir)] = true
	}
	for _, pkg := range u.r.prog.WithTests() {
		c.dirs[realPath(pkg.Dir)] = true
	}
	for name, f := range u.files {
		if c.base.Has(name, f.src) {
			c.built[filepath.Dir(name)] = true
		}
	}
	return c
}

const byHand = ": change it by hand there too"

const notCovered = "which is not part of this run: name its package too"

// why says why a file is not part of the run, or "" if another build may have it.
func (c *classifier) why(name string, src []byte) string {
	dir := filepath.Dir(name)
	module := c.module(dir)
	switch {
	case c.mains[module] && !c.ours[module]:
		return "of a module of the workspace that is not part of this run" + byHand
	case !c.ours[module]:
		return "of another module" + byHand
	case c.base.Has(name, src), !c.dirs[dir] && c.built[dir]:
		return notCovered
	case strings.HasPrefix(filepath.Base(name), "_"):
		return "which the go command ignores" + byHand
	}
	return ""
}

// module returns the folder of the module that a folder belongs to, or "".
func (c *classifier) module(dir string) string {
	if m, ok := c.modules[dir]; ok {
		return m
	}
	m := dir
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
		if m = ""; filepath.Dir(dir) != dir {
			m = c.module(filepath.Dir(dir))
		}
	}
	c.modules[dir] = m
	return m
}
