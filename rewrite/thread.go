package rewrite

import (
	"context"
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
	plan      *thread.Plan
	files     thread.Files
	texts     map[string][]byte // after the pass, by path
	mended    []forwarded       // calls of helpers that now pass a context on
	elsewhere []string          // the builds that were looked at
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
	r.begin(stepThread)
	r.widen(onModules)
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
	t := &threader{r: r, own: map[string]bool{}, refused: map[string]string{}, unread: newUnread(r), builds: []*build{newBuild(r.prog)}}
	for _, pkg := range r.prog.WithTests() {
		t.own[pkg.Path] = true
	}
	return t
}

// threader is the state of the pass.
type threader struct {
	r       *run
	own     map[string]bool // paths of the packages that may change
	builds  []*build        // first that of the run
	calls   []forwarded
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

// summarize reduces all packages, and the tests and left-out files that mention what
// is to change.
func (t *threader) summarize(ctx context.Context) {
	r := t.r
	for _, pkg := range r.prog.Packages {
		checked, err := r.prog.Check(pkg, nil)
		if err != nil {
			r.unsure = true
			tests := r.prog.Tests(pkg)
			t.unread.add("whose package does not compile", slices.Concat(pkg.Files, tests.Own, tests.External)...)
			t.builds[0].broken[pkg] = true
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
		t.add(t.builds[0], t.pkg(pkg, checked, sites, nil), pkg.Files)
	}
	t.lookElsewhere(ctx)
}

// pkg describes a package for its summary.
func (t *threader) pkg(pkg *load.Package, checked *find.Package, sites []*find.Site, skip func(string) bool) *thread.Package {
	return &thread.Package{
		Package: checked, Main: pkg.Main(), Internal: isInternal(pkg.Path), Sites: sites, Skip: skip,
		Own: func(path string) bool { return t.own[path] }, Scope: t.r.scopeOf(pkg, checked),
	}
}

// scopeOf returns what tells which contexts are in reach in a package, or in its
// tests: also those of the segments that background work is to begin, and
// goroutines their subsegments.
func (r *run) scopeOf(pkg *load.Package, checked *find.Package) *scope.Package {
	mod := r.moduleOf(pkg)
	view := r.view(mod)
	sc, _ := find.NewScope(mod.set.Matcher.Catalog, checked, view, func(rule string) bool {
		return view.Rules.Has(rule, rules.Capture) && (rule == find.WorkItem || view.Rules.Has(find.RootContext, rules.Custom))
	})
	return sc
}

func isInternal(path string) bool {
	return slices.Contains(strings.Split(path, "/"), "internal")
}

// add adds a package's summary. What cannot be summarized counts as not read.
func (t *threader) add(b *build, p *thread.Package, files []string) bool {
	sum, err := thread.Summarize(p)
	if err != nil {
		t.unread.add("of which too little could be learnt", b.owned(slices.Clone(files))...)
		return false
	}
	sum.Other = b.own != nil
	b.sums = append(b.sums, sum)
	return true
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
	var sums []*thread.Summary
	for _, b := range t.builds {
		sums = append(sums, b.sums...)
	}
	return thread.Solve(sums, thread.Options{
		Scope: t.r.scope(), Wrap: t.r.wraps(), Refused: t.refused, Mentions: t.unread.mentions, Imports: t.unread.imports, Templates: t.unread.called, Partial: t.unread.partial,
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
		if len(t.unread.wanted(plan)) > 0 { // what is left of a plan needs no more than the plan did, but for a build that was dropped
			t.unread.settle()
			continue
		}
		done, why, err := t.attempt(plan)
		switch {
		case err != nil:
			return nil, err
		case why != "":
			t.r.message("no context is threaded: %s", why)
			return nil, t.r.prog.SetBase(nil, nil)
		case done != nil:
			for _, c := range t.calls {
				if plan.Changed[c.key] != nil {
					done.mended = append(done.mended, c)
				}
			}
			return done, nil
		}
	}
	t.r.message("no context is threaded: too many functions could not be proved")
	return nil, t.r.prog.SetBase(nil, nil)
}

// attempt edits and proves a plan, one build after the other, and returns nothing if it has
// to be made anew. why says that this is of no use.
func (t *threader) attempt(plan *thread.Plan) (done *threading, why string, err error) {
	done = &threading{plan: plan, files: thread.Files{}, texts: map[string][]byte{}}
	for _, b := range t.builds {
		if b.name != "" && len(b.looked)+len(b.tested) > 0 {
			done.elsewhere = append(done.elsewhere, b.name)
		}
		if err := t.edit(b, done); err != nil {
			return nil, "", err
		}
		stands, why := t.prove(b, done)
		b.forget()
		if !stands {
			return nil, why, nil
		}
	}
	return done, "", nil
}

// edit makes the new texts of the files that no earlier build has.
func (t *threader) edit(b *build, done *threading) error {
	if err := b.prog.SetBase(nil, nil); err != nil {
		return err
	}
	touched := b.touched(done.plan)
	err := b.edit(touched, nil, func(_ *load.Package, p *find.Package) error { return done.plan.Declare(p, done.files) })
	if err != nil {
		return err
	}
	raw, err := done.files.Raw()
	if err != nil {
		return err
	}
	err = b.edit(touched, raw, func(pkg *load.Package, p *find.Package) error {
		return done.plan.Pass(p, t.r.scopeOf(pkg, p), pkg.GoVersion(), done.files)
	})
	if err != nil {
		return err
	}
	for path, f := range done.files {
		if done.texts[path], err = f.Text(); err != nil {
			return err
		}
	}
	return nil
}

// prove type-checks the program with the new texts in a build, and reports whether they
// stand. Functions that an error may be due to are refused; where there are none, another
// build is not looked at any more, and in that of the run nothing can be threaded.
func (t *threader) prove(b *build, done *threading) (stands bool, hopeless string) {
	err := b.prove(done)
	if err == nil {
		return true, ""
	}
	why := complaint(err)
	blamed := t.blame(b, done, err)
	for _, key := range blamed {
		t.refused[key] = "the result does not compile" + b.in() + ": " + why
	}
	switch {
	case len(blamed) > 0:
	case b.own == nil:
		return false, why
	default:
		t.drop(b, why)
	}
	return false, ""
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
	if len(d.elsewhere) > 0 {
		r.report.Notes = append(r.report.Notes, "files that this build leaves out name functions that change: the program was type-checked with "+strings.Join(d.elsewhere, ", with ")+" too")
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
