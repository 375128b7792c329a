package rewrite

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/builds"
	"github.com/seed-4257438c/xray-instrument/rewrite/thread"
)

// unread are the files of the program that a run does not type-check: of other
// packages than those asked for, of other systems and build tags, and templates.
// What they name must keep its type.
type unread struct {
	r      *run
	broken map[string]string // files that cannot be type-checked, and why
	files  map[string]*unreadFile
	index  map[string][]string // Go files by the words that stand in them
	pages  map[string][]page   // the template actions of files of any sort
	names  map[string]string   // the answer, by name
	calls  map[string]string   // the same of templates
	others []builds.Build      // that have files which are left out
}

// unreadFile is a Go file.
type unreadFile struct {
	src []byte
	why string // it is not read, as the end of a sentence about it; "": another build may have it
	// read says that another build has been looked at that has it.
	read bool
}

func newUnread(r *run) *unread {
	return &unread{r: r, broken: map[string]string{}, names: map[string]string{}, calls: map[string]string{}}
}

// add counts files as not read.
func (u *unread) add(why string, files ...string) {
	clear(u.names)
	for _, file := range files {
		file = realPath(file)
		u.broken[file] = why
		if f := u.files[file]; f != nil {
			f.why, f.read = why, false
		} else if src, err := os.ReadFile(file); err == nil && u.files != nil {
			u.put(file, &unreadFile{src: src, why: why})
		}
	}
}

// done counts files as read.
func (u *unread) done(files []string) {
	clear(u.names)
	for _, file := range files {
		if f := u.files[realPath(file)]; f != nil && f.why == "" {
			f.read = true
		}
	}
}

// mentions says which file names a function and is not read, or "". Of one that gets
// a twin, only a declaration of the same package counts.
func (u *unread) mentions(f *thread.Func, twin bool) string {
	name := f.LastName()
	switch {
	case name == "_":
		return ""
	case twin:
		return u.declares(f)
	}
	if why, ok := u.names[name]; ok {
		return why
	}
	u.read()
	why := ""
	for _, file := range u.index[name] {
		if f := u.files[file]; !f.read && f.why != "" {
			line := 1 + bytes.Count(f.src[:max(identAt(f.src, name), 0)], []byte("\n"))
			why = "is named at " + u.r.relative(file) + ":" + strconv.Itoa(line) + ", " + f.why
			break
		}
	}
	u.names[name] = why
	return why
}

// partial reports whether there is Go code that is not read.
func (u *unread) partial() bool {
	u.read()
	for _, f := range u.files {
		if !f.read {
			return true
		}
	}
	return false
}

// declares says which file declares a function too and is not read, or "".
func (u *unread) declares(f *thread.Func) string {
	u.read()
	for _, file := range u.index[f.LastName()] {
		if other := u.files[file]; !other.read && other.why != "" && isDeclared(other.src, f, file) {
			return "is declared in " + u.r.relative(file) + " too, " + other.why
		}
	}
	return ""
}

// imports says which file imports the package of a method, or belongs to it, and is not
// read, or "".
func (u *unread) imports(method *thread.Func) string {
	u.read()
	for _, file := range u.importers(method) {
		if f := u.files[file]; !f.read && f.why != "" {
			return "is imported in " + u.r.relative(file) + ", " + f.why
		}
	}
	return ""
}

// importers returns the files that import the package of a method, or belong to it.
func (u *unread) importers(method *thread.Func) []string {
	dir := realPath(filepath.Dir(method.Place.File))
	var out []string
	for _, file := range slices.Sorted(maps.Keys(u.files)) {
		if filepath.Dir(file) == dir || bytes.Contains(u.files[file].src, []byte(strconv.Quote(method.Pkg))) {
			out = append(out, file)
		}
	}
	return out
}

// isDeclared reports whether a file of a function's folder declares one of its name.
func isDeclared(src []byte, f *thread.Func, file string) bool {
	if filepath.Dir(file) != realPath(filepath.Dir(f.Place.File)) {
		return false
	}
	ok, _ := regexp.Match(`(?m)^func\s*(\([^)]*\)\s*)?`+f.LastName()+`\s*[(\[]`, src)
	return ok
}

// wanted returns the files that name a function of a plan and that another build may
// have, by name.
func (u *unread) wanted(plan *thread.Plan) []builds.File {
	u.read()
	found := map[string]bool{}
	for key, f := range plan.Changed {
		for _, file := range u.index[f.LastName()] {
			if other := u.files[file]; !other.read && other.why == "" && (!plan.Twins[key] || isDeclared(other.src, f, file)) {
				found[file] = true
			}
		}
	}
	for _, file := range u.index["context"] { // it may declare what is called like the import that is added
		if other := u.files[file]; len(plan.Changed) > 0 && !other.read && other.why == "" && !bytes.Contains(other.src, []byte(`"context"`)) {
			found[file] = true
		}
	}
	for _, method := range plan.Alike {
		for _, file := range u.importers(method) {
			if other := u.files[file]; !other.read && other.why == "" {
				found[file] = true
			}
		}
	}
	var out []builds.File
	for _, file := range slices.Sorted(maps.Keys(found)) {
		out = append(out, builds.File{Name: file, Src: u.files[file].src})
	}
	return out
}

// open returns those of files that another build may have.
func (u *unread) open(files []builds.File) []builds.File {
	return slices.DeleteFunc(slices.Clone(files), func(f builds.File) bool {
		known := u.files[f.Name]
		return known.read || known.why != ""
	})
}

// settle gives a reason to all files that no build has been looked for: until then they
// keep nothing.
func (u *unread) settle() {
	clear(u.names)
	for _, f := range u.files {
		if f.why == "" {
			f.why = "which this build leaves out"
		}
	}
}

// read reads the files, once.
func (u *unread) read() {
	if u.files != nil {
		return
	}
	u.files, u.index, u.pages = map[string]*unreadFile{}, map[string][]string{}, map[string][]page{}
	known := map[string]bool{} // by their real names: the go command may see the folder by a symbolic link
	for name := range u.r.builtFiles(u.r.prog) {
		known[realPath(name)] = true
	}
	for f := range u.broken {
		known[f] = false
	}
	for _, dir := range u.folders() {
		u.below(dir, known)
	}
	c := u.classifier()
	var left []builds.File
	for _, name := range slices.Sorted(maps.Keys(u.files)) {
		f := u.files[name]
		if f.why == "" {
			f.why = c.why(name, f.src)
		}
		if f.why == "" {
			left = append(left, builds.File{Name: name, Src: f.src})
		}
	}
	u.others = builds.Choose(left, u.r.base, otherBuilds)
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
	if isGo && !known[name] && u.files[name] == nil {
		u.put(name, &unreadFile{src: src, why: u.broken[name]})
	}
	if found := actions(name, src); len(found) > 0 {
		u.pages[name] = found
	}
}

// put adds a file, with the words in it.
func (u *unread) put(name string, f *unreadFile) {
	u.files[name] = f
	seen := map[string]bool{}
	for word := range bytes.FieldsFuncSeq(f.src, func(c rune) bool { return c < 0x80 && !isWord(byte(c)) }) {
		if w := string(word); !seen[w] {
			seen[w] = true
			u.index[w] = append(u.index[w], name)
		}
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
