package rewrite

import (
	"bytes"
	"context"
	"errors"

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

// manyStale is how many packages are type-checked from source, at most, because their
// export data is out of date: from there on it pays to have them compiled.
const manyStale = 25

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

// widen notes that a result depends on more than the packages on the lists, before that is
// read. Where that had not been foreseen, the result is not kept: some of it may have
// changed before the rest was read.
func (r *run) widen(to extent) { r.depends = max(r.depends, to) }

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
	heard := r.overhear(false)
	out := r.gateAgain(ctx, all)
	told := heard()
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
