package rewrite

import (
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rewrite/load"
	"github.com/seed-4257438c/xray-instrument/rewrite/thread"
)

// blame returns the functions that an error in the proof is most likely due to, of those
// that have not been blamed before: those whose edit it points at; else those for whose sake
// its package is edited; else those that its words name; else all that the package can see.
// A type switch, for one, does not compile any more where a change was forgotten that no
// error points at, and it must not cost the program all its other contexts.
func (t *threader) blame(b *build, done *threading, err error) []string {
	var te *load.TypeError
	if !errors.As(err, &te) {
		return nil
	}
	for _, suspects := range []func() []string{
		func() []string { return done.pointedAt(te) },
		func() []string { return done.editedIn(b, te) },
		func() []string { return named(done.plan, te.Error()) },
		func() []string { return done.seenFrom(b, te) },
	} {
		keys := slices.DeleteFunc(suspects(), func(key string) bool { return key == "" || t.refused[key] != "" })
		if len(keys) > 0 {
			return keys
		}
	}
	return nil
}

// pointedAt returns the function whose edit an error stands at.
func (d *threading) pointedAt(te *load.TypeError) []string {
	for _, at := range te.Places() { // the first may be of a declaration that an import is in the way of
		if f := d.files[at.Filename]; f != nil && f.Blame(at.Offset) != "" {
			return []string{f.Blame(at.Offset)}
		}
	}
	return nil
}

// editedIn returns the functions for whose sake the package of an error is edited.
func (d *threading) editedIn(b *build, te *load.TypeError) []string {
	all := map[string]bool{}
	for _, pkg := range b.of(te) {
		tests := b.tested[pkg]
		for _, name := range slices.Concat(pkg.Files, tests.Own, tests.External) {
			if f := d.files[name]; f != nil {
				for _, key := range f.Keys {
					all[key] = true
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// of returns the packages that an error is about: one, or one whose tests do not compile.
func (b *build) of(te *load.TypeError) []*load.Package {
	return slices.DeleteFunc(b.packages(), func(pkg *load.Package) bool { return pkg.Path != strings.TrimSuffix(te.Path, "_test") })
}

var word = regexp.MustCompile(`[\pL_][\pL_\pN]*`)

// named returns the functions of a plan whose names a text has.
func named(plan *thread.Plan, text string) []string {
	words := map[string]bool{}
	for _, w := range word.FindAllString(text, -1) {
		words[w] = true
	}
	return keysOf(plan, func(f *thread.Func) bool { return words[f.Name[strings.LastIndexByte(f.Name, '.')+1:]] })
}

// seenFrom returns the functions of the packages that the one of an error imports, directly
// or not.
func (d *threading) seenFrom(b *build, te *load.TypeError) []string {
	pkgs := b.of(te)
	return keysOf(d.plan, func(f *thread.Func) bool {
		is := func(path string) bool { return path == f.Pkg }
		return slices.ContainsFunc(pkgs, func(pkg *load.Package) bool {
			tests := b.tested[pkg]
			return b.prog.Reaches(pkg, is) || b.prog.TestsReach(slices.Concat(tests.Own, tests.External), is)
		})
	})
}

func keysOf(plan *thread.Plan, want func(*thread.Func) bool) []string {
	var keys []string
	for key, f := range plan.Changed {
		if want(f) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}
