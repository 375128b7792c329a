// Package plan turns the sites of a package into the new text of its files.
//
// It is the part of a run that knows about names: how the file calls a package,
// what support code is called here, which imports are needed and which are no
// longer. For each site it asks rules/match for the edits of its translation,
// keeps those that compose, and lets the rest go with a reason. The support file
// and the record in it are written anew from what is traced then.
//
// Instrument goes from plain to traced, Remove the other way; both work on one
// type-checked package and touch no file. It imports analysis, rules and the
// packages of rewrite that make edits.
package plan

import (
	"bytes"
	"go/ast"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/edit"
	"github.com/seed-4257438c/xray-instrument/analysis/edit/splice"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/record"
	"github.com/seed-4257438c/xray-instrument/rewrite/support"
	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// Options say how a package is to be translated.
type Options struct {
	Matcher    *match.Matcher
	View       find.View
	Rules      rules.Selection   // which sites are to be traced
	Service    string            // the name of the segments of its requests
	SDK        string            // module path of the X-Ray SDK
	Detach     bool              // calls are not cancelled with the request
	Quiet      bool              // the package is a command that uses traced databases or AWS clients
	Setup      map[string]string // the values with which a command sets up the SDK, or nil
	Constraint string            // the build constraint of a support file
	Refused    map[string]string // reasons, by Result.Key, of sites that an earlier attempt could not prove
	Module     string            // the record of package gomod, kept in the support file
	Folder     []string          // base names of the files in the package's folder, of every build
	Other      *Change           // a support file that this build leaves out, with its path and text
}

// Change is a file's text before and after; After is nil for a file that goes,
// Before for one that comes.
type Change struct {
	Path          string
	Before, After []byte
	Edits         []match.Edit // of Before, where the file is not laid out anew
	Owner         []*find.Site // of each edit
}

// Result is a package's plan.
type Result struct {
	Sites   []*find.Site
	Changes []Change
	Imports []string // that changed files import and may not have before
	// Unknown is a rule by which an earlier run changed the package and that there is
	// no more, or "". Such a plan must not be carried out: it cannot tell what that
	// run did from what was there before.
	Unknown string
	// Facts and Directives are as find.Sites gives them.
	Facts      *find.Facts
	Directives []*find.Directive
	// Base is what removing would have given before the plan, by path: the plain
	// form of files that an earlier run has changed.
	Base map[string][]byte

	keys map[*find.Site]string
}

// Key names a site in a way that survives the run that traces its neighbours: by
// its file, declaration and rule, and its number among those.
func (r *Result) Key(s *find.Site) string { return r.keys[s] }

func keysOf(sites []*find.Site) map[*find.Site]string {
	keys, seen := map[*find.Site]string{}, map[string]int{}
	for _, s := range sites {
		name := s.File.Path + " " + s.Decl + " " + s.Rule
		keys[s] = name + " " + strconv.Itoa(seen[name])
		seen[name]++
	}
	return keys
}

type plan struct {
	pkg  *find.Package
	opts Options
	old  *record.Record
	edit *edit.Package

	moved map[*ast.Ident]ast.Expr // see before
}

func newPlan(pkg *find.Package, opts Options) *plan {
	p := &plan{pkg: pkg, opts: opts, old: &record.Record{}}
	src := p.earlier()
	if src != nil {
		p.old = record.Parse(src)
	}
	p.edit = edit.New(pkg, src)
	p.edit.SDK, p.edit.Service, p.edit.Detach, p.edit.Restored = opts.SDK, opts.Service, opts.Detach, p.dropped
	return p
}

// earlier returns the text of the support file that an earlier run made, for this
// build or another one, or nil.
func (p *plan) earlier() []byte {
	switch {
	case p.pkg.Support != nil:
		return p.pkg.Support.Src
	case p.opts.Other != nil:
		return p.opts.Other.Before
	}
	return nil
}

// elsewhere reports whether a file is in the package's folder but not in this
// build of it: what the record says of such a file stays.
func (p *plan) elsewhere(file string) bool {
	for _, f := range p.pkg.Files {
		if filepath.Base(f.Path) == file {
			return false
		}
	}
	return slices.Contains(p.opts.Folder, file)
}

// dropped returns the name of an import that an earlier run took away from a
// file, which -remove puts back.
func (p *plan) dropped(file, path string) (string, bool) {
	for _, i := range p.old.Imports {
		switch {
		case i.File != file:
		case i.Blanked == path && path != "":
			if i.Name != "" {
				return i.Name, true
			}
			return baseName(path), true
		case i.Dropped != "":
			if name, imported, ok := specOf(i.Dropped); ok && imported == path {
				return name, true
			}
		}
	}
	return "", false
}

// Instrument returns the plan that traces a package's sites.
func Instrument(pkg *find.Package, opts Options) (*Result, error) {
	p := newPlan(pkg, opts)
	res := &Result{Unknown: p.unknown()}
	found := find.Sites(opts.Matcher, pkg, opts.View)
	res.Facts, res.Directives = found.Facts, found.Directives
	for _, s := range found.Sites {
		if opts.Rules.Has(s.Rule, s.Kind) || s.Status == find.Already {
			res.Sites = append(res.Sites, s)
		}
	}
	res.keys = keysOf(res.Sites)
	for _, s := range workFirst(res.Sites) {
		if s.Status == find.Traceable {
			p.translate(s, opts.Refused[res.keys[s]])
		}
	}
	if again := emptied(res); again != nil {
		maps.Copy(again, opts.Refused)
		opts.Refused = again
		return Instrument(pkg, opts)
	}
	if err := p.finish(res); err != nil || pkg.Support == nil || len(res.Changes) == 0 {
		return res, err
	}
	base, err := Remove(pkg, opts)
	if err != nil {
		return nil, err
	}
	res.Base = map[string][]byte{}
	for _, c := range base.Changes {
		res.Base[c.Path] = c.After
	}
	return res, nil
}

// unknown returns a rule of the record that there is no more, or "".
func (p *plan) unknown() string {
	known := p.opts.Matcher.Catalog.Words(find.RootContext, find.WorkItem, find.Goroutine, find.Capture, find.Annotate, find.Metadata, opened)
	for _, s := range p.old.Sites {
		if !known[s.Rule] {
			return s.Rule
		}
	}
	return ""
}

// translate adds one site's edits, or skips it with the reason: one from an
// earlier attempt, or that of its edits.
func (p *plan) translate(s *find.Site, refused string) {
	if it := s.Context.Item; it != nil && it.Refused != "" && it.Base == nil && refused == "" {
		s.Status, s.Reason = find.Skipped, find.NoContext
		return
	}
	if refused == "" {
		if err := p.edit.Site(s); err != nil {
			refused = err.Error()
		}
	}
	if refused != "" {
		s.Status, s.Reason = find.Skipped, refused
		if s.Work != nil {
			s.Work.Item.Refused = refused
		}
	}
}

// emptied returns, as Options.Refused has it, the items of work that are to begin a segment
// although all of their calls turned out to be left alone, with those calls; or nil.
func emptied(res *Result) map[string]string {
	left := map[ast.Node]*find.Site{}
	for _, s := range res.Sites {
		if s.Work == nil && (left[s.Node] == nil || s.Status == find.Traceable) {
			left[s.Node] = s
		}
	}
	isLeft := func(n ast.Node) bool { return left[n] != nil && left[n].Status == find.Skipped }
	var refused map[string]string
	for _, it := range res.Sites {
		if it.Work == nil || it.Status != find.Traceable || slices.ContainsFunc(it.Work.Needs, func(n ast.Node) bool { return !isLeft(n) }) {
			continue
		}
		if refused == nil {
			refused = map[string]string{}
		}
		for _, n := range it.Work.Needs {
			s := left[n]
			refused[res.keys[s]], refused[res.keys[it]] = s.Reason, s.Reason
		}
	}
	return refused
}

// workFirst puts items of work in front of the sites that have their contexts.
func workFirst(sites []*find.Site) []*find.Site {
	out := slices.Clone(sites)
	slices.SortStableFunc(out, func(a, b *find.Site) int {
		switch {
		case a.Work != nil && b.Work == nil:
			return -1
		case a.Work == nil && b.Work != nil:
			return 1
		}
		return 0
	})
	return out
}

// finish makes the changes of all files.
func (p *plan) finish(res *Result) error {
	rec := p.record(res.Sites)
	imported := map[string]bool{}
	for _, f := range p.pkg.Files {
		fl := p.edit.Edited(f)
		if fl == nil {
			continue
		}
		edits, records := fl.ImportEdits()
		for _, r := range records {
			if r.Added != "" {
				imported[r.Added] = true
			}
		}
		rec.Imports = append(rec.Imports, records...)
		all := append(append([]match.Edit(nil), fl.Edits...), edits...)
		after, err := splice.Apply(f.Src, all)
		if err != nil {
			return err
		}
		owner := append(append([]*find.Site(nil), fl.Owner...), make([]*find.Site, len(edits))...)
		after = splice.Layout(f.Src, after)
		rec.Sites = append(rec.Sites, openedBy(fl.Name(), f.Src, all, after)...)
		res.Changes = append(res.Changes, Change{Path: f.Path, Before: f.Src, After: after, Edits: all, Owner: owner})
	}
	needed := p.needed(res.Sites)
	for _, path := range support.Imports(p.opts.Matcher.Catalog, needed, p.opts.SDK) {
		imported[path] = true
	}
	for path := range imported {
		res.Imports = append(res.Imports, path)
	}
	return p.supportFile(res, rec, needed)
}

// needed returns the support code that the package uses when its sites are
// traced.
func (p *plan) needed(sites []*find.Site) []string {
	var direct []string
	for _, s := range sites {
		if s.Match != nil && (s.Status == find.Traceable || s.Match.Traced) {
			for _, name := range s.Match.Idiom.XRay.Support() {
				if s.Status == find.Traceable || p.edit.Support[name] != "" {
					direct = append(direct, name)
				}
			}
		}
	}
	direct = append(direct, p.neededByStatements(sites)...)
	if p.opts.Quiet {
		direct = append(direct, "xrayQuiet")
	}
	if p.opts.Setup != nil {
		direct = append(direct, "xraySetup")
	}
	for _, s := range p.old.Sites {
		if p.elsewhere(s.File) { // what its traced code uses cannot be seen from here
			for name := range p.edit.Support {
				direct = append(direct, name)
			}
			break
		}
	}
	return p.opts.Matcher.Catalog.Closure(direct)
}

// supportFile adds the change of the package's support file, if there is one.
func (p *plan) supportFile(res *Result, rec *record.Record, needed []string) error {
	change := Change{Path: p.supportPath(), Before: p.earlier()}
	if len(rec.Sites) == 0 && len(rec.Imports) == 0 && len(needed) == 0 {
		if change.Before != nil {
			res.Changes = append(res.Changes, change)
		}
		return nil
	}
	names := map[string]string{}
	for _, n := range needed {
		names[n] = p.edit.SupportName(n)
	}
	if rec.Module = p.old.Module; p.opts.Module != "" {
		rec.Module = p.opts.Module
	}
	out := &support.File{Package: p.pkg.Types.Name(), Constraint: support.Versioned(p.constraint(), p.pkg.Types.GoVersion()), SDK: p.opts.SDK, Names: names, Values: p.opts.Setup, Record: rec,
		Taken: func(name string) bool { return p.pkg.Types.Scope().Lookup(name) != nil }}
	var err error
	if change.After, err = out.Source(p.opts.Matcher.Catalog, needed); err != nil {
		return err
	}
	if !bytes.Equal(change.Before, change.After) {
		res.Changes = append(res.Changes, change)
	}
	return nil
}

// constraint returns the build constraint of the support file: that of this
// build's files, or of those that an earlier run found in another.
func (p *plan) constraint() string {
	for _, s := range p.old.Sites {
		if p.elsewhere(s.File) {
			return support.Either(p.opts.Constraint, support.ConstraintOf(p.earlier()))
		}
	}
	return p.opts.Constraint
}

// supportPath returns the path of the support file: the one there is, or one in
// the package's folder that no other file has.
func (p *plan) supportPath() string {
	switch {
	case p.pkg.Support != nil:
		return p.pkg.Support.Path
	case p.opts.Other != nil:
		return p.opts.Other.Path
	}
	dir := filepath.Dir(p.pkg.Files[0].Path)
	for _, f := range p.pkg.Files {
		if f.Reason == "" {
			dir = filepath.Dir(f.Path)
			break
		}
	}
	name := support.FileName
	for i := 2; slices.Contains(p.opts.Folder, name); i++ {
		name = strings.TrimSuffix(support.FileName, ".go") + strconv.Itoa(i) + ".go"
	}
	return filepath.Join(dir, name)
}

func (p *plan) text(n ast.Node, f *find.File) string {
	file := p.pkg.Fset.File(n.Pos())
	return string(f.Src[file.Offset(n.Pos()):file.Offset(n.End())])
}
