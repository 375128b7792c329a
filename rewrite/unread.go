package rewrite

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
)

// unread are the files of the program that a run does not type-check: of other
// packages than those asked for, of other systems and build tags, and templates.
// What they name must keep its type.
type unread struct {
	r     *run
	more  []string          // packages that do not compile
	files map[string][]byte // Go files
	pages map[string][]page // the template actions of files of any sort
	names map[string]string // the answer, by name
	calls map[string]string // the same of templates
}

func newUnread(r *run) *unread {
	return &unread{r: r, names: map[string]string{}, calls: map[string]string{}}
}

// add counts files as not read.
func (u *unread) add(files ...string) {
	u.more = append(u.more, files...)
	u.files = nil
	clear(u.names)
}

// mentions says which file names a function and is not read, or "".
func (u *unread) mentions(name string) string {
	if why, ok := u.names[name]; ok {
		return why
	}
	u.read()
	why := ""
	for _, file := range slices.Sorted(maps.Keys(u.files)) {
		if at := identAt(u.files[file], name); at >= 0 {
			line := 1 + bytes.Count(u.files[file][:at], []byte("\n"))
			why = "is named at " + u.r.relative(file) + ":" + strconv.Itoa(line) + ", which is not part of this build: change it by hand there too"
			break
		}
	}
	u.names[name] = why
	return why
}

// partial reports whether there is Go code that is not read.
func (u *unread) partial() bool {
	u.read()
	return len(u.files) > 0
}

// read reads the files, once.
func (u *unread) read() {
	if u.files != nil {
		return
	}
	u.files, u.pages = map[string][]byte{}, map[string][]page{}
	known := map[string]bool{} // by their real names: the go command may see the folder by a symbolic link
	for _, pkg := range u.r.prog.WithTests() {
		tests := u.r.prog.Tests(pkg)
		for _, f := range slices.Concat(pkg.Files, tests.Own, tests.External) {
			known[realPath(f)] = true
		}
	}
	for _, f := range u.more {
		known[realPath(f)] = false
	}
	for _, dir := range u.folders() {
		u.below(dir, known)
	}
}

// folders returns the folders of the main modules, also of those of the workspace
// that the run is not about.
func (u *unread) folders() []string {
	var dirs []string
	for _, dir := range analysis.MainModules(u.r.opts.Dir) {
		dirs = append(dirs, realPath(dir))
	}
	for _, m := range u.r.modules {
		dirs = append(dirs, realPath(m.dir))
	}
	slices.Sort(dirs)
	return slices.Compact(dirs)
}

// realPath returns a path without symbolic links, or as it is.
func realPath(name string) string {
	if real, err := filepath.EvalSymlinks(name); err == nil {
		return real
	}
	return name
}

// largest is the size in bytes up to which a file is taken for a template.
const largest = 1 << 20

// below reads the files below a folder, nested modules included: they may import
// the one around them.
func (u *unread) below(dir string, known map[string]bool) {
	filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
		case d.IsDir():
			if base := d.Name(); name != dir && (base == "node_modules" || base == "vendor" || base == "testdata" || strings.HasPrefix(base, ".")) {
				return fs.SkipDir
			}
		case d.Type().IsRegular():
			u.file(name, d, known)
		}
		return nil
	})
}

func (u *unread) file(name string, d fs.DirEntry, known map[string]bool) {
	isGo := strings.HasSuffix(name, ".go")
	if info, err := d.Info(); err != nil || !isGo && info.Size() > largest {
		return
	}
	src, err := os.ReadFile(name)
	if err != nil || find.IsSupport(src) {
		return
	}
	if isGo && !known[name] {
		u.files[name] = src
	}
	if found := actions(name, src); len(found) > 0 {
		u.pages[name] = found
	}
}

// mentionsIdent reports whether a text holds a name as a word of its own.
func mentionsIdent(src []byte, name string) bool { return identAt(src, name) >= 0 }

// identAt returns where a text holds a name as a word of its own, or -1.
func identAt(src []byte, name string) int {
	for at := 0; ; {
		i := bytes.Index(src[at:], []byte(name))
		if i < 0 {
			return -1
		}
		start, end := at+i, at+i+len(name)
		if (start == 0 || !isWord(src[start-1])) && (end == len(src) || !isWord(src[end])) {
			return start
		}
		at = end
	}
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
