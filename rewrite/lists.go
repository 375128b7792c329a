package rewrite

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rewrite/cache"
	"github.com/seed-4257438c/xray-instrument/rewrite/load"
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
				dir := filepath.Join(other.dir, filepath.FromSlash(rest))
				l.Fixed = append(l.Fixed, dir)
				for ; dir != other.dir && isUnder(dir, other.dir); dir = filepath.Dir(dir) {
					l.Fixed = append(l.Fixed, dir) // a go.mod there may hide what is below it
				}
			}
		}
	}
	slices.Sort(l.Fixed)
	slices.Sort(l.Absent)
	l.Fixed, l.Absent = slices.Compact(l.Fixed), slices.Compact(l.Absent)
	return true
}
