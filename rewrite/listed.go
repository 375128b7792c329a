package rewrite

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rewrite/cache"
	"github.com/seed-4257438c/xray-instrument/rewrite/load"
)

// The go command needs longer to list packages with their export data than a package
// takes to be looked at. So the gate keeps the list. What a list depends on is less
// than what is said of its packages: the settings of the go command, the files of modules, and,
// in the folders of the program's own packages and those that a pattern walks through, the
// names of files and what stands in them up to the last import. While that is the same, the
// list is the same, but for the export data of packages whose code is another, and of those
// that import them: they are type-checked from source, see load.Again. A list is kept for each
// pattern, for which of them come together is another matter each time.
//
// The list also says what of the program a package is made of: its imports and theirs.
// Where nothing beyond it was looked at, a result is kept under these files alone. Some
// decisions ask the survey of the module too: then what was found is kept by package with what the
// survey said, and the survey by file. Where contexts are to be threaded, or settings
// name places of the module, all files of the modules count, as for other runs. See widen.
//
// Like all keys, these are made of contents. A list is kept only if the files were the same before
// the go command read them as when the run was over, and of programs alone that
// compile, without cgo or assembly of their own. Whatever does not compile, or cannot
// be told from lists, is found anew with the go command: what it says of it is in
// its own words. Runs that write ask the go command each time.

// extent says how much of the modules a result depends on, beside the settings and go.mod.
type extent int

const (
	onPackages extent = iota // the packages on the list, and what they import
	onSurvey                 // and the survey
	onModules                // all files of the modules
)

// keptList is what is known of an earlier list, of the packages that one pattern matches. Which
// patterns come together differs from commit to commit.
type keptList struct {
	Fixed   []string    // folders that count beside those that the pattern walks through
	Absent  []string    // files that would make packages another module's
	Folders []*contents // as they were when the go command compiled them

	key     cache.Key
	pattern string
	list    *load.List
	now     []*contents // as they are
}

// keptLists are the lists of all patterns of a run.
type keptLists struct {
	Depends extent // what the last result depended on

	of  []*keptList
	key cache.Key
}

// manyStale is how many packages are type-checked from source, at most, because their
// export data is out of date: from there on it pays to have them compiled.
const manyStale = 25

// earlierLists returns the lists of earlier runs, or nil if one of them is missing.
func (r *run) earlierLists() *keptLists {
	all, err := r.newLists()
	if err != nil {
		return nil
	}
	for _, l := range all.of {
		if !r.kept().Get(l.key, l) && !r.cutOut(l) {
			return nil
		}
	}
	r.kept().Get(all.key, all)
	return all
}

// everything is the pattern of a list that others are part of.
const everything = "./..."

// cutOut makes a list of that of everything, if there is one with the package.
func (r *run) cutOut(l *keptList) bool {
	h, s, err := r.frame("list", []string{everything})
	if err != nil || strings.HasSuffix(l.pattern, "...") {
		return false
	}
	whole, list := &keptList{key: h.Key()}, &load.List{}
	if !r.kept().Get(whole.key, whole) || !r.kept().Get(whole.listKey(), list) {
		return false
	}
	var ok bool
	if l.list, ok = list.Of(absolute(r.opts.Dir, l.pattern)); !ok || !r.watch(l, s) {
		return false
	}
	l.Folders = slices.DeleteFunc(whole.Folders, func(f *contents) bool {
		_, ok := slices.BinarySearch(l.Fixed, f.Dir)
		return !ok
	})
	r.kept().Put(l.listKey(), l.list)
	r.kept().Put(l.key, l)
	return true
}

// newLists returns lists that are to be read or made.
func (r *run) newLists() (*keptLists, error) {
	h, _, err := r.frame("lists", r.opts.Patterns)
	if err != nil {
		return nil, err
	}
	all := &keptLists{key: h.Key()}
	patterns := r.opts.Patterns
	if len(patterns) == 0 {
		patterns = []string{"."}
	}
	for _, p := range patterns {
		if !isFolder(p) || strings.HasSuffix(p, "...") && len(patterns) > 1 {
			return nil, errUnkeyed
		}
		h, _, err := r.frame("list", []string{p})
		if err != nil {
			return nil, err
		}
		all.of = append(all.of, &keptList{key: h.Key(), pattern: p})
	}
	return all, nil
}

// holds reads the folders as they are, and reports whether the lists are still those of
// the go command.
func (all *keptLists) holds(r *run) bool {
	read := map[string]*contents{}
	for _, l := range all.of {
		var err error
		if l.now, err = l.folders(r, read); err != nil || len(l.now) != len(l.Folders) {
			return false
		}
		for i, f := range l.now {
			if was := l.Folders[i]; f.Dir != was.Dir || !bytes.Equal(f.Head, was.Head) {
				return false
			}
		}
		if slices.ContainsFunc(l.Absent, exists) {
			return false
		}
	}
	return true
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return !errors.Is(err, os.ErrNotExist)
}

// folders reads the folders that a list depends on.
func (l *keptList) folders(r *run, read map[string]*contents) ([]*contents, error) {
	dirs := slices.Clone(l.Fixed)
	if root, ok := strings.CutSuffix(l.pattern, "..."); ok {
		more, err := below(absolute(r.opts.Dir, root))
		if err != nil {
			return nil, err
		}
		dirs = append(dirs, more...)
	}
	was := map[string]*contents{}
	for _, f := range l.Folders {
		was[f.Dir] = f
	}
	return readFolders(dirs, was, read)
}

// keyOfFiles returns the key of something that is said of files.
func keyOfFiles(what string, key cache.Key, files ...[]*contents) cache.Key {
	h := cache.NewHash()
	h.Add(what, string(key[:]))
	for _, list := range files {
		for _, f := range list {
			h.Add(f.Dir, string(f.Text))
		}
	}
	return h.Key()
}

// resultKey is the key of what is said of the packages on the lists as they are now.
func (all *keptLists) resultKey() cache.Key {
	var now [][]*contents
	for _, l := range all.of {
		now = append(now, l.now)
	}
	return keyOfFiles(gateKind, all.key, now...)
}

// listKey is the key of the list itself.
func (l *keptList) listKey() cache.Key { return keyOfFiles("packages", l.key, l.Folders) }

// errStale says that too much has changed since the list was made.
var errStale = errors.New("the list of an earlier run is out of date")

// loadListed is load with the lists of earlier runs.
func (r *run) loadListed(all *keptLists) error {
	var lists []load.Earlier
	for _, l := range all.of {
		l.list = &load.List{}
		if !r.kept().Get(l.listKey(), l.list) {
			return errStale
		}
		touched := map[string]bool{}
		for i, f := range l.now {
			touched[f.Dir] = !bytes.Equal(f.Code, l.Folders[i].Code)
		}
		changed := map[string]bool{}
		for path, dir := range l.list.Folders() {
			changed[path] = touched[dir]
		}
		lists = append(lists, load.Earlier{List: l.list, Changed: changed})
	}
	prog, err := load.Again(r.loadConfig(), lists...)
	if err == nil && prog.Stale() > manyStale {
		err = errStale
	}
	if err != nil {
		return err
	}
	return r.take(prog)
}

// listsMade returns the lists that the go command has made, or nil if they cannot be kept.
func (r *run) listsMade() *keptLists {
	all, err := r.newLists()
	if err != nil || r.known == (cache.Key{}) { // files may change while they are read
		return nil
	}
	list, ok := r.prog.List(r.isOwn)
	s, err := r.sources()
	if !ok || err != nil {
		return nil
	}
	read := map[string]*contents{}
	for _, l := range all.of {
		if l.list = list; len(all.of) > 1 {
			l.list, ok = list.Of(absolute(r.opts.Dir, l.pattern))
		}
		if !ok || !r.watch(l, s) || slices.ContainsFunc(l.Absent, exists) {
			return nil
		}
		if l.Folders, err = l.folders(r, read); err != nil {
			return nil
		}
		l.now = l.Folders
	}
	return all
}

// keep keeps the lists, and what was found in their packages.
func (all *keptLists) keep(r *run) {
	for _, l := range all.of {
		r.kept().Put(l.listKey(), l.list)
		r.kept().Put(l.key, l)
	}
	r.keepParts(all)
	all.Depends = r.depends
	r.kept().Put(all.key, all)
}

// isFolder reports whether a pattern is about folders, and what it matches so a matter of
// theirs.
func isFolder(pattern string) bool {
	root, _ := strings.CutSuffix(pattern, "/...")
	if strings.Contains(root, "...") || strings.HasSuffix(root, ".go") {
		return false
	}
	return root == "." || root == ".." || strings.HasPrefix(root, "./") || strings.HasPrefix(root, "../") || filepath.IsAbs(root)
}

// isOwn reports whether a folder's files may change: it belongs neither to the module
// cache nor to the standard library.
func (r *run) isOwn(dir string) bool {
	return dir != "" && !isUnder(dir, r.goEnv["GOROOT"]) && !isUnder(dir, r.goEnv["GOMODCACHE"])
}

// watch notes what a list depends on beside the folders that patterns walk through, and
// returns false if it depends on folders that the key of the run does not hold.
func (r *run) watch(l *keptList, s *sources) bool {
	for i := range l.list.Packages {
		p := &l.list.Packages[i]
		mod := l.list.ModuleOf(p)
		if r.isOwn(p.Dir) {
			real := realPath(p.Dir)
			if mod == nil || !slices.ContainsFunc(s.dirs, func(dir string) bool { return isUnder(real, dir) }) {
				return false
			}
			l.Fixed = append(l.Fixed, p.Dir)
			for dir := p.Dir; dir != mod.Dir && isUnder(dir, mod.Dir); dir = filepath.Dir(dir) {
				l.Absent = append(l.Absent, filepath.Join(dir, "go.mod"))
			}
		}
		for _, other := range s.modules { // which may have a folder of that path too
			if rest, ok := strings.CutPrefix(p.Path+"/", other.path+"/"); mod != nil && ok && mod.Path != other.path {
				l.Fixed = append(l.Fixed, filepath.Join(other.dir, filepath.FromSlash(rest)))
			}
		}
	}
	slices.Sort(l.Fixed)
	slices.Sort(l.Absent)
	l.Fixed, l.Absent = slices.Compact(l.Fixed), slices.Compact(l.Absent)
	return true
}

// widen notes that a result depends on more than the packages on the list, before that is
// read.
func (r *run) widen(to extent) {
	r.depends = max(r.depends, to)
	if to == onModules && r.known == (cache.Key{}) {
		r.known, _ = r.key(gateKind)
	}
}

// gateListed is the gate with the lists of earlier runs. It returns nil where there are none
// that hold today, or where what was found with them cannot be relied upon.
func (r *run) gateListed(ctx context.Context) *Checked {
	r.begin(stepCache)
	all := r.earlierLists()
	if all == nil {
		return nil
	}
	if all.Depends == onModules {
		key, err := r.key(gateKind)
		if err != nil {
			return nil
		}
		if was := recall[Checked](r, key); was != nil {
			return was
		}
		r.known = key
	}
	if !all.holds(r) {
		return nil
	}
	key := all.resultKey()
	if all.Depends == onPackages {
		if was := recall[Checked](r, key); was != nil {
			return was
		}
	}
	var told []string
	tell := r.opts.Message
	r.opts.Message = func(line string) { told = append(told, line) }
	out := r.gateAgain(ctx, all)
	r.opts.Message = tell
	if out == nil {
		r.renew()
		return nil
	}
	for _, line := range told {
		r.message("%s", line)
	}
	r.begin(stepCache)
	if !all.holds(r) || all.resultKey() != key { // something was changed meanwhile
		return out
	}
	switch r.depends {
	case onPackages:
		r.kept().Put(key, said[Checked]{out, told})
	case onModules:
		if again, err := r.key(gateKind); err == nil && again == r.known {
			r.kept().Put(again, said[Checked]{out, told})
		}
	}
	r.keepParts(all)
	if all.Depends != r.depends {
		all.Depends = r.depends
		r.kept().Put(all.key, all)
	}
	return out
}

// gateAgain is the gate in the program of kept lists. What could not be looked at there is
// for the go command to speak of.
func (r *run) gateAgain(ctx context.Context, all *keptLists) *Checked {
	r.begin(stepListed)
	if err := r.loadListed(all); err != nil {
		return nil
	}
	out, err := r.gate(ctx, all)
	if err != nil || r.unsure || len(out.Broken) > 0 || r.uncertain() || ctx.Err() != nil || !r.prog.Stands() {
		return nil
	}
	return out
}
