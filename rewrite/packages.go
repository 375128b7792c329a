package rewrite

import (
	"sort"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/load"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// planAll plans every package, and reports those in which nothing is to be done.
// lacking says that a call has no context, which threading may give it.
func (r *run) planAll() (todo []*work, lacking bool, err error) {
	order := r.order()
	for i, pkg := range order {
		r.progress(i, len(order), pkg)
		if !pkg.Root {
			r.learn(pkg)
			continue
		}
		w, err := r.plan(pkg)
		if err != nil {
			return nil, false, err
		}
		if w == nil {
			continue
		}
		for _, s := range w.res.Sites {
			lacking = lacking || r.lacksContext(pkg, s)
		}
		if len(w.res.Changes) > 0 {
			todo = append(todo, w)
		} else {
			r.add(w)
		}
	}
	r.progress(len(order), len(order), nil)
	return todo, lacking, nil
}

// planAgain is planAll once more, on the threaded program. What it has told the user
// it does not tell again.
func (r *run) planAgain() ([]*work, error) {
	r.begin(stepPlan)
	tell := r.opts.Message
	r.opts.Message = nil
	defer func() { r.opts.Message = tell }()
	r.report = &Report{Packages: r.report.Packages}
	todo, _, err := r.planAll()
	return todo, err
}

// order returns the packages that may contain a site or that tell something of one,
// dependencies first: what decisions need to know of a package's imports is known
// then. Commands come last.
func (r *run) order() []*load.Package {
	var out []*load.Package
	for _, pkg := range r.prog.Ordered() {
		r.wanted[pkg.Path] = r.concerns(pkg)
		if r.wanted[pkg.Path] || pkg.Main() {
			out = append(out, pkg)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return !out[i].Main() && out[j].Main() })
	return out
}

// hasFile reports whether a file of a package has a property.
func (r *run) hasFile(pkg *load.Package, is func(src []byte) bool) bool {
	for _, name := range pkg.Files {
		if src, err := r.prog.Read(name); err == nil && is(src) {
			return true
		}
	}
	return false
}

// mentions reports whether a file of a package mentions a name by which a site is
// recognised.
func (r *run) mentions(pkg *load.Package) bool {
	var more []string
	set := r.settings(pkg)
	filter := set.Filter
	r.prog.Reaches(pkg, func(path string) bool {
		more = append(append(more, r.found[path].Names()...), filter.Members(path)...)
		return false
	})
	return r.opts.all || pkg.Blind || set.Asks(pkg.Dir) || r.hasFile(pkg, func(src []byte) bool { return filter.Mentioned(src, more) || find.Asks(src) })
}

// canContain reports whether a package can contain a site.
func (r *run) canContain(pkg *load.Package) bool {
	return r.concerns(pkg) && r.mentions(pkg)
}

// concerns reports whether a package uses a library of the catalog, asks for
// something by a directive or in the module's file, or may do so.
func (r *run) concerns(pkg *load.Package) bool {
	set := r.settings(pkg)
	return r.opts.all || pkg.Blind || set.Asks(pkg.Dir) || r.prog.Reaches(pkg, set.Filter.Reached) || r.hasFile(pkg, find.Asks)
}

// learn takes from a package that the run only imports what others must know of
// it: which functions of the program's own forward without a context, and which of
// any module return what the X-Ray SDK has traced.
func (r *run) learn(pkg *load.Package) {
	if pkg.Module.Main {
		if r.canContain(pkg) {
			checked, err := r.prog.Check(pkg, nil)
			if err != nil {
				r.unsure = true
				return
			}
			mod := r.moduleOf(pkg)
			r.found[pkg.Path] = find.Sites(mod.set.Matcher, checked, r.view(mod)).Facts
		}
		return
	}
	tells := func(path string) bool { return rules.IsSDK(path) || !r.found[path].IsEmpty() }
	if rules.IsSDK(pkg.Path) || !pkg.Imports(tells) {
		return
	}
	checked, err := r.prog.Check(pkg, nil)
	if err != nil {
		r.unsure = true
		return
	}
	r.found[pkg.Path] = find.Forwarders(r.builtin.Matcher, checked, r.view(&module{}))
}
