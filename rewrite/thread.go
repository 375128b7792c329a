package rewrite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rewrite/commit"
	"github.com/seed-4257438c/xray-instrument/rewrite/load"
	"github.com/seed-4257438c/xray-instrument/rewrite/thread"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// threading is the pass in front of a run that gives functions a context. Its
// texts stand for the files on disk in all that follows.
type threading struct {
	plan   *thread.Plan
	files  thread.Files
	texts  map[string][]byte // after the pass, by path
	mended []forwarded       // calls of helpers that now pass a context on
}

// forwarded is a call, before the pass, of a helper that forwards without a
// context.
type forwarded struct {
	site Site
	key  string // of the helper
}

// threads reports whether the run may change signatures.
func (r *run) threads() bool { return !r.opts.Remove && r.scope() != thread.Off }

// scope returns how far a context may be threaded: through all of an application,
// but not through what other modules may call of a library. Where several modules are
// changed together, the most careful one decides.
func (r *run) scope() thread.Scope {
	var said thread.Scope
	for _, m := range r.modules {
		if s := thread.Scope(m.set.Thread()); m.asked && s != "" && (said == "" || s.Narrower(said)) {
			said = s
		}
	}
	if said != "" {
		return said
	}
	for _, pkg := range r.prog.Packages {
		if pkg.Main() {
			return thread.Module
		}
	}
	return thread.Only
}

// thread plans, proves and sets the threading, if there is any to do.
func (r *run) thread(ctx context.Context) error {
	t := newThreader(r)
	t.summarize(ctx)
	done, err := t.carryOut()
	if err != nil {
		return err
	}
	r.threaded = done
	return nil
}

func newThreader(r *run) *threader {
	t := &threader{r: r, own: map[string]bool{}, refused: map[string]string{}, unread: newUnread(r)}
	for _, pkg := range r.prog.WithTests() {
		t.own[pkg.Path] = true
	}
	return t
}

// threader is the state of the pass.
type threader struct {
	r       *run
	own     map[string]bool // paths of the packages that may change
	sums    []*thread.Summary
	calls   []forwarded
	tested  map[*load.Package]load.Tests // whose tests are part of the plan
	refused map[string]string
	unread  *unread
}

// wraps reports whether functions that other modules can call get a twin: if all
// modules that are changed together want that.
func (r *run) wraps() bool {
	return !slices.ContainsFunc(r.modules, func(m *module) bool { return m.asked && !m.set.Wrap() })
}

// lacksContext reports whether a site of a package is one that a context would free.
// No signature changes for the sake of a log line.
func (r *run) lacksContext(pkg *load.Package, s *find.Site) bool {
	return s.Kind != rules.Log && s.Status == find.Skipped && s.Reason == find.NoContext && r.settings(pkg).Rules.Has(s.Rule, s.Kind)
}

// summarize reduces all packages, and the tests that mention what is to change.
func (t *threader) summarize(ctx context.Context) {
	r := t.r
	for _, pkg := range r.prog.Packages {
		checked, err := r.prog.Check(pkg, nil)
		if err != nil {
			t.unread.add(pkg.Files...)
			continue
		}
		var sites []*find.Site
		if r.canContain(pkg) {
			mod := r.moduleOf(pkg)
			for _, s := range find.Sites(mod.set.Matcher, checked, r.view(mod)).Sites {
				if r.lacksContext(pkg, s) {
					sites = append(sites, s)
				}
				if s.Forwards != "" && !s.Ignored {
					t.calls = append(t.calls, forwarded{r.report.site(pkg, checked, s), s.Forwards})
				}
			}
		}
		t.add(t.pkg(pkg, checked, sites, nil), pkg.Files)
	}
	if plan := t.solve(); !plan.Empty() {
		t.summarizeTests(ctx, plan)
	}
}

// pkg describes a package for its summary.
func (t *threader) pkg(pkg *load.Package, checked *find.Package, sites []*find.Site, skip func(string) bool) *thread.Package {
	return &thread.Package{
		Package: checked, Main: pkg.Main(), Internal: isInternal(pkg.Path), Sites: sites, Skip: skip,
		Own: func(path string) bool { return t.own[path] }, Scope: t.r.scopeOf(pkg, checked),
	}
}

// scopeOf returns what tells which contexts are in reach in a package, or in its
// tests: also those of the segments that background work is to begin. Goroutines
// are given theirs when that is known.
func (r *run) scopeOf(pkg *load.Package, checked *find.Package) *scope.Package {
	mod := r.moduleOf(pkg)
	view := r.view(mod)
	sc, _ := find.NewScope(checked, find.Parents(checked), find.Carriers(mod.set.Matcher.Catalog, checked.Types, view), func(rule string) bool {
		return rule == find.WorkItem && !view.Without[rule]
	})
	return sc
}

func isInternal(path string) bool {
	return slices.Contains(strings.Split(path, "/"), "internal")
}

// add adds a package's summary. What cannot be summarized counts as not read.
func (t *threader) add(p *thread.Package, files []string) {
	sum, err := thread.Summarize(p)
	if err != nil {
		t.unread.add(files...)
		return
	}
	t.sums = append(t.sums, sum)
}

// summarizeTests adds the tests of the packages that change, and of those that see
// them.
func (t *threader) summarizeTests(ctx context.Context, plan *thread.Plan) {
	r := t.r
	t.tested = map[*load.Package]load.Tests{}
	paths := map[string]bool{}
	for _, f := range plan.Funcs() {
		paths[f.Pkg] = true
	}
	sees := func(path string) bool { return paths[path] }
	var missing []string
	for _, pkg := range r.prog.WithTests() {
		tests := r.prog.Tests(pkg)
		all := append(append([]string(nil), tests.Own...), tests.External...)
		if len(all) > 0 && (paths[pkg.Path] || r.prog.Reaches(pkg, sees) || r.prog.TestsReach(all, sees)) {
			t.tested[pkg] = tests
			missing = append(missing, r.prog.Imported(all)...)
		}
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		if files, err := r.prog.Exports(ctx, "", nil, slices.Compact(missing)); err == nil {
			r.prog.AddExports(files)
		}
	}
	for _, pkg := range r.prog.WithTests() {
		if tests, ok := t.tested[pkg]; ok {
			t.summarizeTest(pkg, tests)
		}
	}
}

func (t *threader) summarizeTest(pkg *load.Package, tests load.Tests) {
	own, external, err := t.r.prog.CheckTests(pkg, tests, nil)
	if err != nil { // they did not compile before either
		delete(t.tested, pkg)
		t.unread.add(append(tests.Own, tests.External...)...)
		return
	}
	isSource := func(file string) bool { return slices.Contains(pkg.Files, file) }
	t.add(t.pkg(pkg, own, nil, isSource), tests.Own)
	if external != nil {
		t.add(t.pkg(pkg, external, nil, nil), tests.External)
	}
}

// mentionsAny reports whether a file mentions a function of a plan.
func mentionsAny(files []string, plan *thread.Plan) bool {
	names := map[string]bool{}
	for _, f := range plan.Funcs() {
		names[f.Name[strings.LastIndexByte(f.Name, '.')+1:]] = true
	}
	for _, file := range files {
		if plan.Names(file) {
			return true
		}
		src, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for name := range names {
			if mentionsIdent(src, name) {
				return true
			}
		}
	}
	return false
}

func (t *threader) solve() *thread.Plan {
	return thread.Solve(t.sums, thread.Options{
		Scope: t.r.scope(), Wrap: t.r.wraps(), Refused: t.refused, Mentions: t.unread.mentions, Templates: t.unread.called, Partial: t.unread.partial,
		Where: func(p thread.Place) string { return t.r.relative(p.File) + ":" + strconv.Itoa(p.Line) },
	})
}

// relative returns a file's name as reports have it: from its module's folder.
func (r *run) relative(file string) string {
	best := r.root
	for _, m := range r.modules {
		if isUnder(file, m.dir) && len(m.dir) > len(best) {
			best = m.dir
		}
	}
	return relative(best, file)
}

// rounds bounds how often a plan is made again without what an error names.
const rounds = 30

// carryOut edits and proves, again without what does not stand the proof.
func (t *threader) carryOut() (*threading, error) {
	for range rounds {
		plan := t.solve()
		if plan.Empty() {
			return &threading{plan: plan}, t.r.prog.SetBase(nil, nil)
		}
		done, err := t.edit(plan)
		if err != nil {
			return nil, err
		}
		blamed, why := t.prove(done)
		if why == "" {
			for _, c := range t.calls {
				if plan.Changed[c.key] != nil {
					done.mended = append(done.mended, c)
				}
			}
			return done, nil
		}
		if blamed == "" || t.refused[blamed] != "" {
			t.r.message("no context is threaded: %s", why)
			return nil, t.r.prog.SetBase(nil, nil)
		}
		first, _, _ := strings.Cut(why, "\n")
		t.refused[blamed] = "the result does not compile: " + first
	}
	t.r.message("no context is threaded: too many functions could not be proved")
	return nil, t.r.prog.SetBase(nil, nil)
}

// edit makes the new texts of a plan.
func (t *threader) edit(plan *thread.Plan) (*threading, error) {
	r := t.r
	if err := r.prog.SetBase(nil, nil); err != nil {
		return nil, err
	}
	done := &threading{plan: plan, files: thread.Files{}, texts: map[string][]byte{}}
	var touched []*load.Package
	for _, pkg := range r.prog.WithTests() {
		tests := t.tested[pkg]
		if !mentionsAny(append(append(append([]string(nil), pkg.Files...), tests.Own...), tests.External...), plan) {
			continue
		}
		touched = append(touched, pkg)
		own, external := t.check(pkg, tests, nil)
		for _, p := range []*find.Package{own, external} {
			if p == nil {
				continue
			}
			if err := plan.Declare(p, done.files); err != nil {
				return nil, err
			}
		}
	}
	raw, err := done.files.Raw()
	if err != nil {
		return nil, err
	}
	for _, pkg := range touched {
		own, external := t.check(pkg, t.tested[pkg], raw)
		for _, p := range []*find.Package{own, external} {
			if p == nil {
				continue
			}
			if err := plan.Pass(p, r.scopeOf(pkg, p), pkg.GoVersion(), done.files); err != nil {
				return nil, err
			}
		}
	}
	for path, f := range done.files {
		if done.texts[path], err = f.Text(); err != nil {
			return nil, err
		}
	}
	return done, nil
}

// check type-checks a package and its tests, although it may not compile: in the
// middle of an edit, calls lack arguments.
func (t *threader) check(pkg *load.Package, tests load.Tests, overlay map[string][]byte) (own, external *find.Package) {
	if len(tests.Own)+len(tests.External) == 0 {
		return t.r.prog.CheckAnyway(pkg, overlay), nil
	}
	own, external, _ = t.r.prog.CheckTests(pkg, tests, overlay)
	return own, external
}

// prove type-checks the whole program with the new texts, tests included, and
// returns the function that a first error belongs to and the compiler's words.
func (t *threader) prove(done *threading) (blamed, why string) {
	r := t.r
	isChanged := func(pkg *load.Package) bool {
		return slices.ContainsFunc(pkg.Files, func(name string) bool { return done.texts[name] != nil })
	}
	var changed []*load.Package
	paths := map[string]bool{}
	for _, pkg := range r.prog.Ordered() {
		if pkg.Root && isChanged(pkg) {
			changed = append(changed, pkg)
			paths[pkg.Path] = true
		}
	}
	if err := r.prog.SetBase(done.texts, changed); err != nil {
		return done.blame(err)
	}
	for _, pkg := range append(r.prog.Ordered(), r.prog.TestOnly...) {
		if !pkg.Root || !paths[pkg.Path] && t.tested[pkg].Empty() && !r.prog.Reaches(pkg, func(path string) bool { return paths[path] }) {
			continue
		}
		if !paths[pkg.Path] && len(pkg.Files) > 0 {
			if _, err := r.prog.Check(pkg, nil); err != nil && len(pkg.Errors) == 0 {
				return done.blame(err)
			}
		}
		if tests, ok := t.tested[pkg]; ok {
			if _, _, err := r.prog.CheckTests(pkg, tests, nil); err != nil {
				return done.blame(err)
			}
		}
	}
	return "", ""
}

// blame returns the function whose edit an error points at.
func (d *threading) blame(err error) (key, why string) {
	var te *load.TypeError
	if !errors.As(err, &te) {
		return "", err.Error()
	}
	file, offset, msg, _ := te.At()
	if f := d.files[file]; f != nil {
		key = f.Blame(offset)
	}
	return key, msg
}

// original returns the line and column, before the run, of an offset in a file's
// text after threading.
func (d *threading) original(path string, offset int) (line, column int, ok bool) {
	if d == nil || d.files[path] == nil {
		return 0, 0, false
	}
	f := d.files[path]
	at := f.Origin(d.texts[path], offset)
	before := f.Before[:at]
	return 1 + strings.Count(string(before), "\n"), at - strings.LastIndex(string(before), "\n"), true
}

// inserted reports whether a part of a file's text is what threading has put there.
func (d *threading) inserted(path string, start, end int) bool {
	if d == nil || d.files[path] == nil {
		return false
	}
	f, text := d.files[path], d.texts[path]
	return f.Origin(text, start) == f.Origin(text, end)
}

// reason returns what stands between a call and a context, or nil.
func (d *threading) reason(path string, line int) *thread.Reason {
	if d == nil || d.plan == nil {
		return nil
	}
	for place, why := range d.plan.Reasons {
		if place.File == path && place.Line == line {
			return &why
		}
	}
	return nil
}

// declaring returns the files in which a signature changes.
func (d *threading) declaring() map[string]bool {
	files := map[string]bool{}
	if d != nil {
		for _, f := range d.plan.Funcs() {
			files[f.Place.File] = true
		}
	}
	return files
}

// merge makes changes of the threaded texts and of what came after them changes of
// the files on disk.
func (d *threading) merge(changes []commit.Change) []commit.Change {
	if d == nil {
		return changes
	}
	seen := map[string]bool{}
	for i, c := range changes {
		if f := d.files[c.Path]; f != nil {
			changes[i].Before = f.Before
			seen[c.Path] = true
		}
	}
	for path, f := range d.files {
		if !seen[path] {
			changes = append(changes, commit.Change{Path: path, Before: f.Before, After: d.texts[path]})
		}
	}
	return changes
}

// report adds to the report what the pass did.
func (r *run) reportThreads() {
	d := r.threaded
	if d == nil || d.plan == nil {
		return
	}
	for _, f := range d.plan.Funcs() {
		r.report.Threaded = append(r.report.Threaded, Threaded{File: r.relative(f.Place.File), Line: f.Place.Line, Func: f.Name})
	}
	calls := map[string]int{}
	for _, why := range d.plan.Reasons {
		if why.Blocker != "" {
			calls[why.Blocker]++
		}
	}
	for _, c := range d.plan.Lost {
		if c.Reason.Blocker != "" {
			calls[c.Reason.Blocker]++
		}
		r.report.Notes = append(r.report.Notes, fmt.Sprintf("%s:%d: the call of %s is given a root context: %s", r.relative(c.Place.File), c.Place.Line, c.To.Name, c.Reason))
	}
	for why, n := range calls {
		r.report.Blocked = append(r.report.Blocked, Blocked{Reason: why, Calls: n})
	}
	for _, c := range d.mended {
		c.site.Status, c.site.Reason = string(find.Traceable), ""
		r.report.Sites = append(r.report.Sites, c.site)
	}
}
