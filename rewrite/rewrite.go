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
	"fmt"
	"maps"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/seed-4257438c/xray-instrument/analysis"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/builds"
	"github.com/seed-4257438c/xray-instrument/rewrite/cache"
	"github.com/seed-4257438c/xray-instrument/rewrite/commit"
	"github.com/seed-4257438c/xray-instrument/rewrite/load"
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
	Cache          string   // the folder in which runs keep what they found; "" for none
	all            bool     // look at packages that cannot contain a site too: see TestFilter
	// Message is called with each line meant for the user beside the report.
	Message func(string)
	// Progress, if it is not nil, is called before each package is looked at, and once
	// more behind the last.
	Progress func(done, total int, pkg string)
	// Step, if it is not nil, is called at the end of each step with the time that it
	// took. A step may come again.
	Step func(name string, took time.Duration)
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
	return remembered(ctx, r, "run", func() (*Result, error) {
		if err := r.load(ctx); err != nil {
			return nil, err
		}
		return r.do(ctx)
	}, func(res *Result) bool { return len(res.Changes) == 0 })
}

// start looks where the run is. One that writes takes the folder's lock, and undoes
// what one that was killed has left.
func start(ctx context.Context, opts Options) (*run, error) {
	r := &run{opts: opts}
	r.renew()
	r.begin(stepEnv)
	if err := r.openRoot(ctx); err != nil {
		return nil, err
	}
	if opts.DryRun {
		return r, nil
	}
	unlock, err := commit.Lock(r.root)
	if err != nil {
		return nil, err
	}
	r.closers = append(r.closers, func() error { unlock(); return nil })
	if err := commit.Recover(r.root); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

// renew forgets what has been found so far.
func (r *run) renew() {
	r.report, r.modules, r.prog, r.commands, r.threaded = &Report{}, nil, nil, nil, nil
	r.listed, r.parts = nil, nil
	r.wanted, r.traced, r.changed, r.found = map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]*find.Facts{}
	r.refused, r.unsure, r.depends, r.known = false, false, onPackages, cache.Key{}
}

// load lists the packages.
func (r *run) load(ctx context.Context) error {
	r.begin(stepLoad)
	prog, err := load.Load(ctx, r.loadConfig())
	if err != nil {
		return err
	}
	return r.take(prog)
}

func (r *run) loadConfig() load.Config {
	flags := r.goEnv["GOFLAGS"]
	return load.Config{Dir: r.opts.Dir, Patterns: r.opts.Patterns, Flags: listFlags(r.opts.BuildFlags, flags), Build: r.base, GOFLAGS: flags}
}

// take makes a program that of the run, and reads the rules.
func (r *run) take(prog *load.Program) (err error) {
	r.prog = prog
	if r.builtin, err = analysis.Builtin(); err != nil {
		return err
	}
	for _, line := range r.prog.Unfound {
		r.message("%s", line)
		r.unsure = true
	}
	r.report.Packages = len(r.prog.Packages)
	r.begin(stepRead)
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
	wanted   map[string]bool            // paths of packages that can contain a site
	traced   map[string]bool            // paths of packages whose databases or AWS clients are traced
	changed  map[string]bool            // paths of packages in which anything is traced
	found    map[string]*find.Facts     // of packages, by path
	commands map[string][]*load.Package // by the path of a package that they import; see commandsOf
	closers  []func() error
	threaded *threading
	goEnv    map[string]string // what the go command says of goVariables
	step     string            // that is under way
	since    time.Time
	refused  bool   // a module could not require the SDK
	unsure   bool   // the result depends on more than the program: see remembered
	depends  extent // of the result
	store    *cache.Cache
	listed   *keptLists // by the go command in this run, nil if it cannot be kept
	parts    *parts
	known    cache.Key // of this run and the program as it was at its begin; zero if there is none
}

func (r *run) close() {
	r.begin("")
	for _, c := range r.closers {
		c()
	}
}

func (r *run) message(format string, args ...any) {
	if r.opts.Message != nil {
		r.opts.Message(fmt.Sprintf(format, args...))
	}
}

func (r *run) do(ctx context.Context) (*Result, error) {
	r.begin(stepPlan)
	if err := r.findModules(); err != nil {
		return nil, err
	}
	for _, m := range r.modules {
		r.survey(m)
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
	r.begin(stepRequire)
	if err := r.require(ctx, todo); err != nil {
		return nil, err
	}
	r.begin(stepProve)
	for i, w := range todo {
		r.progress(i, len(todo), w.pkg)
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
	r.progress(len(todo), len(todo), nil)
	r.begin(stepWrite)
	return r.finish(ctx, todo)
}

// finish collects the changes and writes them.
func (r *run) finish(ctx context.Context, todo []*work) (*Result, error) {
	out := &Result{Report: r.report, Root: r.root}
	for _, w := range todo {
		if w.note != "" && len(w.res.Changes) > 0 {
			r.report.Notes = append(r.report.Notes, w.note)
		}
		for _, c := range w.res.Changes {
			out.Changes = append(out.Changes, commit.Change{Path: c.Path, Before: c.Before, After: c.After})
		}
	}
	if r.refused && len(out.Changes) == 0 {
		r.threaded = nil // for nothing
	}
	out.declaring = r.threaded.declaring()
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
