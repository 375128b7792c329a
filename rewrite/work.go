package rewrite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/load"
	"github.com/seed-4257438c/xray-instrument/rewrite/plan"
	"github.com/seed-4257438c/xray-instrument/rules/config"
)

// work is a package with its plan.
type work struct {
	pkg  *load.Package
	mod  *module
	opts plan.Options
	res  *plan.Result
	pos  *find.Package // for positions; its syntax is dropped
	note string        // for the report, once the plan is proved

	support     bool // the package has support code of an earlier run
	quietBefore bool // and the settings of a command
}

// plan makes a package's plan, or nil for a package that cannot be looked at.
func (r *run) plan(pkg *load.Package) (*work, error) {
	r.wanted[pkg.Path] = r.wanted[pkg.Path] && r.mentions(pkg)
	if !r.wanted[pkg.Path] && !(pkg.Main() && (r.reachesTraced(pkg) || r.settings(pkg).File.Setup.Given() && r.reachesChanged(pkg))) {
		return nil, nil
	}
	checked, err := r.check(pkg)
	if err != nil || checked == nil {
		return nil, err
	}
	mod := r.moduleOf(pkg)
	w := &work{pkg: pkg, mod: mod, opts: plan.Options{
		Matcher: mod.set.Matcher, View: r.view(mod), Rules: mod.set.Rules, Service: r.service(pkg), SDK: mod.sdk.Path, Detach: mod.set.Detach(),
		Quiet: r.quiet(pkg, checked), Constraint: constraintOf(checked), Refused: map[string]string{},
	}}
	w.opts.Folder, w.opts.Other = folder(pkg, checked)
	if err := r.replan(w, checked); err != nil { // a defect of ours: it costs this package, not the run
		r.unsure = true
		r.message("%s: left as it is: internal error: %v", pkg.Path, err)
		return nil, nil
	}
	if !r.opts.Remove {
		r.found[pkg.Path] = w.res.Facts
		r.complain(w, checked)
	}
	w.res.Directives = nil
	return w, nil
}

// complain tells the user of ignore directives that cannot be followed.
func (r *run) complain(w *work, checked *find.Package) {
	words := analysis.Words(w.opts.Matcher.Catalog)
	for _, d := range w.res.Directives {
		if d.File.Reason == find.Excluded {
			continue
		}
		if problem := d.Problem(func(word string) bool { return words[word] }); problem != "" {
			name := strings.TrimPrefix(d.File.Path, w.pkg.Module.Dir+string(filepath.Separator))
			at := checked.Fset.PositionFor(d.Pos, false)
			r.message("%s:%d:%d: %s", name, at.Line, at.Column, problem)
		}
	}
}

// check type-checks a package, and reports one that does not compile.
func (r *run) check(pkg *load.Package) (*find.Package, error) {
	checked, err := r.prog.Check(pkg, nil)
	var te *load.TypeError
	switch {
	case err == nil:
		return checked, nil
	case !errors.As(err, &te):
		return nil, err
	}
	r.unsure = true
	words := pkg.Errors
	if len(words) == 0 {
		words = []string{strings.ReplaceAll(te.Error(), r.opts.Dir+string(filepath.Separator), "")}
	}
	for _, line := range words {
		r.message("%s", strings.TrimSpace(line))
	}
	r.report.Notes = append(r.report.Notes, "package "+pkg.Path+" does not compile and is left as it is")
	return nil, nil
}

// replan makes a package's plan anew, for example without sites that were
// refused.
func (r *run) replan(w *work, checked *find.Package) (err error) {
	if r.opts.Remove {
		w.res, err = plan.Remove(checked, w.opts)
	} else {
		w.res, err = plan.Instrument(checked, w.opts)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", w.pkg.Path, err)
	}
	if rule := w.res.Unknown; rule != "" {
		why := "an earlier run changed the package by the rule " + rule + ", which is gone: put it back into " + config.Name + ", run with -remove, then take it away"
		if w.leave(why); r.opts.Remove {
			r.message("%s: left as it is: %s", w.pkg.Path, why)
		}
	}
	w.support, w.quietBefore = checked.Support != nil, isQuiet(checked)
	r.changed[w.pkg.Path] = r.changed[w.pkg.Path] || len(w.res.Changes) > 0 || w.support
	if again, err := r.setUp(w, checked); again || err != nil {
		if err != nil {
			return err
		}
		return r.replan(w, checked)
	}
	if w.opts.Quiet || noisy(w.support, w.res.Sites) {
		r.traced[w.pkg.Path] = true
		if w.pkg.Main() && !w.opts.Quiet && !r.opts.Remove {
			w.opts.Quiet = true
			return r.replan(w, checked)
		}
	}
	if w.opts.Quiet && !isQuiet(checked) {
		w.note = "package " + w.pkg.Path + " sets the X-Ray SDK's context-missing strategy to ignore: databases and AWS clients that are traced are used outside requests too"
	}
	w.pos = &find.Package{Fset: checked.Fset}
	for _, s := range w.res.Sites {
		s.Forget()
	}
	return nil
}

func (r *run) again(w *work) error {
	checked, err := r.prog.Check(w.pkg, nil)
	if err != nil {
		return err
	}
	return r.replan(w, checked)
}

// leave takes a package's changes back: every site of it is skipped with the
// reason.
func (w *work) leave(reason string) {
	w.res.Changes, w.note = nil, ""
	for _, s := range w.res.Sites {
		if s.Status == find.Traceable {
			s.Status, s.Reason = find.Skipped, reason
		}
	}
}

// service returns the name of the segments of a package's requests: that of the
// command that it belongs to, or of the module where that cannot be told.
func (r *run) service(pkg *load.Package) string {
	set := r.settings(pkg)
	if name := set.Service(); name != "" {
		return name
	}
	if pkg.Main() {
		return set.ServiceOf(pkg.Path)
	}
	names := map[string]bool{}
	for _, m := range r.commandsOf(pkg.Path) {
		if m.Module.Path == pkg.Module.Path {
			names[set.ServiceOf(m.Path)] = true
		}
	}
	if len(names) == 1 {
		for name := range names {
			return name
		}
	}
	return analysis.ServiceName(pkg.Module.Path)
}

// commandsOf returns the commands that import a package, directly or not.
func (r *run) commandsOf(path string) []*load.Package {
	if r.commands == nil {
		r.commands = map[string][]*load.Package{}
		for _, m := range r.prog.Packages {
			if !m.Main() {
				continue
			}
			r.prog.Reaches(m, func(p string) bool {
				if users := r.commands[p]; len(users) == 0 || users[len(users)-1] != m {
					r.commands[p] = append(users, m)
				}
				return false
			})
		}
	}
	return r.commands[path]
}

// folder returns the names of the files in a package's folder, and the support
// file that this build of the package leaves out.
func folder(pkg *load.Package, checked *find.Package) (names []string, other *plan.Change) {
	entries, err := os.ReadDir(pkg.Dir)
	if err != nil {
		return nil, nil
	}
	for _, e := range entries {
		names = append(names, e.Name())
		if checked.Support != nil || !strings.HasSuffix(e.Name(), ".go") {
			continue
		}
		path := filepath.Join(pkg.Dir, e.Name())
		if src, err := os.ReadFile(path); err == nil && find.IsSupport(src) {
			other = &plan.Change{Path: path, Before: src}
		}
	}
	return names, other
}
