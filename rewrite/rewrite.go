// Package rewrite carries out a run: load, find, plan, edit, prove, write.
//
// Each step is a package: load lists and type-checks, analysis finds the sites,
// plan turns them into new file texts by way of splice, imports, support and
// record, prove checks the result, gomod sees to the requirement of the SDK, and
// commit writes everything or nothing. This package holds the order of the steps
// and what becomes of failures: a site that cannot be proved is left alone with
// the reason, and the rest of its package is planned again.
//
// It deliberately keeps one package's syntax at a time; between the steps there
// are only bytes and positions. It imports everything below it.
package rewrite

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/builds"
	"github.com/seed-4257438c/xray-instrument/rewrite/commit"
	"github.com/seed-4257438c/xray-instrument/rewrite/load"
	"github.com/seed-4257438c/xray-instrument/rewrite/plan"
	"github.com/seed-4257438c/xray-instrument/rewrite/prove"
	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/config"
)

// Options of a run.
type Options struct {
	Dir            string   // the working folder
	Patterns       []string // packages, as for go build
	BuildFlags     []string // for the go command: -tags, -mod
	Mod            string   // the -mod flag among them, or ""
	Remove         bool     // take the instrumentation out
	DryRun         bool     // write nothing
	analysis.Flags          // settings that win over those of the modules' files
	// Message is called with each line meant for the user beside the report.
	Message func(string)
	// Progress, if it is not nil, is called before each package is looked at.
	Progress func(done, total int, pkg string)
}

// Result is what a run did, or in a dry run would do.
type Result struct {
	Report  *Report
	Changes []commit.Change // of every file, sorted by path
	Root    string          // the module's or workspace's folder

	declaring map[string]bool // files in which a signature changes
}

// Run carries out a run. An error says that nothing was done, and why.
func Run(ctx context.Context, opts Options) (*Result, error) {
	r, err := start(ctx, opts)
	if err != nil {
		return nil, err
	}
	defer r.close()
	return r.do(ctx)
}

// start reads the rules and loads the packages. A run that writes takes the
// folder's lock.
func start(ctx context.Context, opts Options) (*run, error) {
	r := &run{opts: opts, report: &Report{}, wanted: map[string]bool{}, traced: map[string]bool{}, changed: map[string]bool{}, found: map[string]*find.Facts{}}
	if err := r.start(ctx); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *run) start(ctx context.Context) error {
	var err error
	if r.builtin, err = analysis.Builtin(); err != nil {
		return err
	}
	root, mod, b, err := moduleRoot(ctx, r.opts.Dir, r.opts.BuildFlags)
	if err != nil {
		return err
	}
	r.root, r.base = root, b
	if r.opts.Mod == "" {
		r.opts.Mod = mod
	}
	if !r.opts.DryRun {
		unlock, err := commit.Lock(root)
		if err != nil {
			return err
		}
		r.closers = append(r.closers, func() error { unlock(); return nil })
		if err := commit.Recover(root); err != nil {
			return err
		}
	}
	r.prog, err = load.Load(ctx, load.Config{Dir: r.opts.Dir, Patterns: r.opts.Patterns, Flags: r.opts.BuildFlags, Build: b})
	if err != nil {
		return err
	}
	r.report.Packages = len(r.prog.Packages)
	return r.openModules()
}

// run is the state of one run.
type run struct {
	opts     Options
	prog     *load.Program
	builtin  *analysis.Settings // for packages of other modules
	root     string
	base     builds.Build // what the go command builds
	report   *Report
	modules  []*module
	wanted   map[string]bool        // paths of packages that can contain a site
	traced   map[string]bool        // paths of packages whose databases or AWS clients are traced
	changed  map[string]bool        // paths of packages in which anything is traced
	found    map[string]*find.Facts // of packages, by path
	closers  []func() error
	threaded *threading
}

func (r *run) close() {
	for _, c := range r.closers {
		c()
	}
}

func (r *run) message(format string, args ...any) {
	if r.opts.Message != nil {
		r.opts.Message(fmt.Sprintf(format, args...))
	}
}

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

func (r *run) do(ctx context.Context) (*Result, error) {
	if err := r.findModules(); err != nil {
		return nil, err
	}
	earlier := maps.Clone(r.traced)
	todo, lacking, err := r.planAll()
	if err == nil && lacking && r.threads() {
		if err = r.thread(ctx); err == nil {
			r.traced = earlier
			todo, err = r.planAgain()
		}
	}
	if err != nil {
		return nil, err
	}
	if err := r.require(ctx, todo); err != nil {
		return nil, err
	}
	for _, w := range todo {
		if len(w.res.Changes) > 0 { // not left as it is for want of the SDK
			if err := r.settleQuiet(w); err != nil {
				return nil, err
			}
		}
		if len(w.res.Changes) > 0 {
			if err := r.prove(w); err != nil {
				return nil, err
			}
		}
		r.traced[w.pkg.Path] = w.opts.Quiet || noisy(w.support, w.res.Sites)
		r.add(w)
	}
	return r.finish(ctx, todo)
}

// planAll plans every package, and reports those in which nothing is to be done.
// lacking says that a call has no context, which threading may give it.
func (r *run) planAll() (todo []*work, lacking bool, err error) {
	order := r.order()
	for i, pkg := range order {
		if r.opts.Progress != nil {
			r.opts.Progress(i, len(order), pkg.Path)
		}
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
	return todo, lacking, nil
}

// planAgain is planAll once more, on the threaded program. What it has told the user
// it does not tell again.
func (r *run) planAgain() ([]*work, error) {
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
	return set.Asks(pkg.Dir) || r.hasFile(pkg, func(src []byte) bool { return filter.Mentioned(src, more) || find.Asks(src) })
}

// canContain reports whether a package can contain a site.
func (r *run) canContain(pkg *load.Package) bool {
	return r.concerns(pkg) && r.mentions(pkg)
}

// concerns reports whether a package uses a library of the catalog, or asks for
// something by a directive or in the module's file.
func (r *run) concerns(pkg *load.Package) bool {
	set := r.settings(pkg)
	return set.Asks(pkg.Dir) || r.prog.Reaches(pkg, set.Filter.Reached) || r.hasFile(pkg, find.Asks)
}

// learn takes from a package that the run only imports what others must know of
// it: which functions of the program's own forward without a context, and which of
// any module return what the X-Ray SDK has traced.
func (r *run) learn(pkg *load.Package) {
	if pkg.Module.Main {
		if r.canContain(pkg) {
			if checked, err := r.prog.Check(pkg, nil); err == nil {
				mod := r.moduleOf(pkg)
				r.found[pkg.Path] = find.Sites(mod.set.Matcher, checked, r.view(mod)).Facts
			}
		}
		return
	}
	tells := func(path string) bool { return rules.IsSDK(path) || !r.found[path].IsEmpty() }
	if rules.IsSDK(pkg.Path) || !pkg.Imports(tells) {
		return
	}
	if checked, err := r.prog.Check(pkg, nil); err == nil {
		r.found[pkg.Path] = find.Forwarders(r.builtin.Matcher, checked, r.view(&module{}))
	}
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
		r.message("%s: left as it is: internal error: %v", pkg.Path, err)
		return nil, nil
	}
	if !r.opts.Remove {
		r.found[pkg.Path] = w.res.Facts
		r.complain(w, checked)
	}
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
	return nil
}

// settleQuiet plans a command again that was to keep the SDK quiet about sites of
// packages below it which could not be traced after all.
func (r *run) settleQuiet(w *work) error {
	if !w.opts.Quiet || w.quietBefore || noisy(w.support, w.res.Sites) || r.reachesTraced(w.pkg) {
		return nil
	}
	w.opts.Quiet, w.note = false, ""
	return r.again(w)
}

func (r *run) reachesTraced(pkg *load.Package) bool {
	return r.prog.Reaches(pkg, func(path string) bool { return r.traced[path] })
}

// noisy reports whether databases or AWS clients are traced, by this run or, in a
// package that has support code, an earlier one: the SDK complains of each call
// outside a segment.
func noisy(hasSupport bool, sites []*find.Site) bool {
	for _, s := range sites {
		opens := s.Kind == rules.SQLOpen || s.Kind == rules.AWSConfig
		if opens && (s.Status == find.Traceable || s.Status == find.Already && s.Match != nil && s.Match.Traced && hasSupport) {
			return true
		}
	}
	return false
}

// quiet reports whether a command needs the SDK to keep quiet about calls outside
// a segment.
func (r *run) quiet(pkg *load.Package, p *find.Package) bool {
	if !pkg.Main() || r.opts.Remove {
		return false
	}
	left := func(f *find.File) bool { return f.Reason == find.Excluded }
	return isQuiet(p) || !slices.ContainsFunc(p.Files, left) && r.reachesTraced(pkg)
}

// isQuiet reports whether a command has the settings from an earlier run.
func isQuiet(p *find.Package) bool {
	return p.Support != nil && p.Types.Scope().Lookup("xrayQuiet") != nil
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
	for _, m := range r.prog.Packages {
		if m.Main() && m.Module.Path == pkg.Module.Path && r.prog.Reaches(m, func(p string) bool { return p == pkg.Path }) {
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

// attempts bounds how often a package is planned again.
const attempts = 25

// prove checks a plan, and plans again without the site that a failure names,
// until the plan is believed or nothing is left of it.
func (r *run) prove(w *work) error {
	for range attempts {
		err := r.proveOnce(w)
		if err == nil {
			return nil
		}
		var f *prove.Failure
		if !errors.As(err, &f) {
			return err
		}
		if f.Site == nil || f.Site.Status != find.Traceable || r.opts.Remove {
			return r.giveUp(w, f)
		}
		key := w.res.Key(f.Site)
		if w.opts.Refused[key] != "" {
			return r.giveUp(w, f)
		}
		w.opts.Refused[key] = f.Reason
		if err := r.again(w); err != nil {
			return err
		}
	}
	return r.giveUp(w, &prove.Failure{Reason: "too many of its sites could not be proved"})
}

func (r *run) proveOnce(w *work) error {
	if r.opts.Remove {
		return prove.Removed(r.prog, w.pkg, w.res)
	}
	return prove.Check(r.prog, w.pkg, w.res, w.opts)
}

func (r *run) again(w *work) error {
	checked, err := r.prog.Check(w.pkg, nil)
	if err != nil {
		return err
	}
	return r.replan(w, checked)
}

// giveUp leaves a package as it is, and says so.
func (r *run) giveUp(w *work, f *prove.Failure) error {
	w.leave(f.Reason)
	r.message("%s: left as it is: %s", w.pkg.Path, f.Reason)
	return nil
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

// finish collects the changes and writes them.
func (r *run) finish(ctx context.Context, todo []*work) (*Result, error) {
	out := &Result{Report: r.report, Root: r.root, declaring: r.threaded.declaring()}
	for _, w := range todo {
		if w.note != "" && len(w.res.Changes) > 0 {
			r.report.Notes = append(r.report.Notes, w.note)
		}
		for _, c := range w.res.Changes {
			out.Changes = append(out.Changes, commit.Change{Path: c.Path, Before: c.Before, After: c.After})
		}
	}
	out.Changes = r.threaded.merge(out.Changes)
	r.reportThreads()
	dirs, err := r.moduleChanges(ctx, out)
	if err != nil {
		return nil, err
	}
	r.report.FilesChanged = len(out.Changes)
	sort.Slice(out.Changes, func(i, j int) bool { return out.Changes[i].Path < out.Changes[j].Path })
	r.report.sort()
	if r.opts.DryRun || len(out.Changes) == 0 {
		return out, nil
	}
	return out, commit.Apply(r.root, out.Changes, dirs...)
}

// isUnder reports whether a path lies in a folder.
func isUnder(name, dir string) bool {
	rel, err := filepath.Rel(dir, name)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
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
