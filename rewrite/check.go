package rewrite

import (
	"context"
	"path/filepath"
	"slices"
	"sort"

	"github.com/seed-4257438c/xray-instrument/analysis"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/analysis/misuse"
	"github.com/seed-4257438c/xray-instrument/analysis/report"
	"github.com/seed-4257438c/xray-instrument/rewrite/load"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// Checked is what the gate found.
type Checked struct {
	Diagnostics []report.Diagnostic // sorted by place
	Own         []report.Rule       // those of the modules' own idioms
	Packages    []string            // that were looked at, by path
	Root        string              // the module's or workspace's folder, to which files are relative
	// Broken are the packages that do not compile, so that nothing is known of them.
	Broken []string

	contextless []contextless
}

// gateKind is what results of the gate are kept as.
const gateKind = "check"

// Check looks for what is not traced, with the view of the whole program, and
// writes nothing. An error says that nothing could be looked at, and why.
func Check(ctx context.Context, opts Options) (*Checked, error) {
	opts.DryRun = true
	r, err := start(ctx, opts)
	if err != nil {
		return nil, err
	}
	defer r.close()
	if out := r.gateListed(ctx); out != nil {
		return out, nil
	}
	return remembered(ctx, r, gateKind, func() (*Checked, error) {
		if err := r.load(ctx); err != nil {
			return nil, err
		}
		r.listed = r.listsMade()
		return r.gate(ctx, r.listed)
	}, func(c *Checked) bool { return len(c.Broken) == 0 })
}

// gate looks at the packages, which are those of lists if these can be kept.
func (r *run) gate(ctx context.Context, all *keptLists) (*Checked, error) {
	r.begin(stepFind)
	if err := r.findModules(); err != nil {
		return nil, err
	}
	r.openParts(all)
	out := &Checked{Own: r.ownRules(), Root: r.root}
	if err := r.diagnoseAll(out); err != nil {
		return nil, err
	}
	if err := r.foresee(ctx, out); err != nil {
		return nil, err
	}
	sort.SliceStable(out.Diagnostics, func(i, j int) bool {
		a, b := &out.Diagnostics[i], &out.Diagnostics[j]
		switch {
		case a.File != b.File:
			return a.File < b.File
		case a.Line != b.Line:
			return a.Line < b.Line
		}
		return a.Column < b.Column
	})
	return out, nil
}

// diagnoseAll adds the diagnostics of all packages.
func (r *run) diagnoseAll(out *Checked) error {
	packages := r.prog.Ordered()
	for i, pkg := range packages {
		r.progress(i, len(packages), pkg)
		look := func() error { r.learn(pkg); return nil }
		if pkg.Root {
			out.Packages = append(out.Packages, pkg.Path)
			look = func() error { return r.diagnose(pkg, out) }
		}
		if err := r.part(pkg, out, look); err != nil {
			return err
		}
	}
	r.progress(len(packages), len(packages), nil)
	return nil
}

// Rules describes all rules that diagnostics may be of.
func (c *Checked) Rules() []report.Rule {
	set, err := analysis.Builtin()
	if err != nil { // nothing could have been looked at
		return c.Own
	}
	return append(analysis.Rules(set.Matcher.Catalog), c.Own...)
}

// ownRules describes the rules that modules have for themselves.
func (r *run) ownRules() []report.Rule {
	var known, out []report.Rule
	for _, m := range r.modules {
		if m.set.Matcher == r.builtin.Matcher {
			continue
		}
		if known == nil {
			known = analysis.Rules(r.builtin.Matcher.Catalog)
		}
		for _, rule := range analysis.Rules(m.set.Matcher.Catalog) {
			isIt := func(other report.Rule) bool { return other.Name == rule.Name }
			if !slices.ContainsFunc(known, isIt) && !slices.ContainsFunc(out, isIt) {
				out = append(out, rule)
			}
		}
	}
	return out
}

// diagnose adds the diagnostics of a package.
func (r *run) diagnose(pkg *load.Package, out *Checked) error {
	sdks := r.sdks(pkg)
	if !r.concerned(pkg) && len(sdks) < 2 {
		return nil
	}
	checked, err := r.check(pkg)
	if err != nil {
		return err
	}
	if checked == nil {
		out.Broken = append(out.Broken, pkg.Path)
		return nil
	}
	mod := r.moduleOf(pkg)
	ds, facts := analysis.Diagnose(checked, analysis.Options{
		Matcher: mod.set.Matcher, Rules: mod.set.Rules, View: r.view(mod), Misuse: misuse.View{SDKs: sdks},
		Service: r.service(pkg), SDK: mod.sdk.Path, Detach: mod.set.Detach(),
		Import: r.prog.Importer(pkg), Sizes: pkg.Sizes(), GoVersion: "go" + pkg.GoVersion(),
	})
	r.found[pkg.Path] = facts
	for _, d := range ds {
		if d.NoContext {
			file := checked.Fset.File(d.Pos)
			out.contextless = append(out.contextless, contextless{len(out.Diagnostics), d.File.Path, file.PositionFor(d.Pos, false).Line})
		}
		if start := int(d.Pos - d.File.Syntax.FileStart); r.threaded.inserted(d.File.Path, start, int(d.End-d.File.Syntax.FileStart)) {
			continue // it stands for the context that a call is to be given
		}
		out.Diagnostics = append(out.Diagnostics, r.plain(pkg, checked, d))
	}
	return nil
}

// concerned reports whether a package can have a diagnostic: because of a site, of
// the SDK, of a directive, or because it does not compile.
func (r *run) concerned(pkg *load.Package) bool {
	return len(pkg.Errors) > 0 || pkg.Imports(rules.IsSDK) || r.canContain(pkg) || r.hasFile(pkg, find.HasDirective)
}

// sdks returns the majors of the SDK that a package's build reaches.
func (r *run) sdks(pkg *load.Package) []string {
	var out []string
	for _, sdk := range []string{rules.SDKv1 + "/xray", rules.SDKv2 + "/xray"} {
		if r.prog.Reaches(pkg, func(path string) bool { return path == sdk }) {
			out = append(out, sdk)
		}
	}
	return out
}

// plain returns a diagnostic as plain data.
func (r *run) plain(pkg *load.Package, p *find.Package, d *analysis.Diagnostic) report.Diagnostic {
	inCache := filepath.Dir(d.File.Path) != pkg.Dir // a cgo file's generated form, which points to its source
	start, end := p.Fset.PositionFor(d.Pos, inCache), p.Fset.PositionFor(d.End, inCache)
	file := relative(r.root, start.Filename)
	out := report.Diagnostic{
		Package: pkg.Path, File: file, Line: start.Line, Column: start.Column, EndLine: end.Line, EndColumn: end.Column,
		Kind: string(d.Kind), Rule: d.Rule, Message: d.Message, URL: d.URL, Func: d.Func, Call: d.Call,
	}
	if line, column, ok := r.threaded.original(d.File.Path, int(d.Pos-d.File.Syntax.FileStart)); ok {
		out.Line, out.Column = line, column
		out.EndLine, out.EndColumn, _ = r.threaded.original(d.File.Path, int(d.End-d.File.Syntax.FileStart))
		return out // a fix would be of a text that is not there yet
	}
	if d.Fix != nil {
		out.Fix = &report.Fix{Title: d.Fix.Title}
		for _, e := range d.Fix.Edits {
			out.Fix.Edits = append(out.Fix.Edits, report.Edit{File: file, Start: e.Start, End: e.End, New: e.New})
		}
	}
	return out
}
