package plan

import (
	"go/ast"

	"github.com/seed-4257438c/xray-instrument/analysis"
	"github.com/seed-4257438c/xray-instrument/rewrite/imports"
	"github.com/seed-4257438c/xray-instrument/rewrite/record"
	"github.com/seed-4257438c/xray-instrument/rewrite/splice"
	"github.com/seed-4257438c/xray-instrument/rewrite/support"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// Remove returns the plan that takes out of a package what runs have put in. Sites
// that are traced by hand stay. A package without a support file has nothing to
// be taken out.
func Remove(pkg *analysis.Package, opts Options) (*Result, error) {
	res := &Result{}
	p := newPlan(pkg, opts)
	if pkg.Support == nil {
		return res, nil
	}
	left := &record.Record{}
	for _, s := range p.old.Sites {
		if p.elsewhere(s.File) {
			left.Sites = append(left.Sites, s)
		}
	}
	for _, i := range p.old.Imports {
		if p.elsewhere(i.File) {
			left.Imports = append(left.Imports, i)
		}
	}
	p.removeSites(res, left)
	p.removeRoots(res)
	for _, f := range pkg.Files {
		if err := p.removeFrom(f, res); err != nil {
			return nil, err
		}
	}
	if len(left.Sites) > 0 {
		return res, p.supportFile(res, left, p.needed(res.Sites))
	}
	res.Changes = append(res.Changes, Change{Path: pkg.Support.Path, Before: pkg.Support.Src})
	return res, nil
}

// removeSites plans the way back of every traced site that is recorded or that
// uses support code.
func (p *plan) removeSites(res *Result, left *record.Record) {
	known, seen := index(p.old.Sites), map[record.Site]int{}
	inside := map[ast.Node]bool{}
	matches := analysis.Matches(p.opts.Matcher, p.pkg)
	chosen := p.choose(matches, known, seen)
	for _, s := range matches {
		if !chosen[s] || inside[s.Node] {
			continue
		}
		f := p.file(s.File)
		e := f.env(s.Node.Pos(), map[string]string{})
		edits, err := s.Match.Translate(s.File.Src, e)
		if err == nil && s.File.Reason == "" && f.take(s, e, edits) {
			s.Status = analysis.Traceable
			own(s.Match, inside)
		} else {
			s.Status, s.Reason = analysis.Skipped, "it cannot be taken out: "+reasonOf(err, s)
			if id, ok := p.identity(s); ok {
				left.Sites = append(left.Sites, id)
			}
		}
		res.Sites = append(res.Sites, s)
	}
}

func reasonOf(err error, s *analysis.Site) string {
	switch {
	case err != nil:
		return err.Error()
	case s.File.Reason != "":
		return s.File.Reason
	}
	return "another site's edit replaces the same code"
}

// choose picks the matches to be translated back: those of the record, and,
// where the record knows none at a node, the first that uses support code.
func (p *plan) choose(matches []*analysis.Site, known map[record.Site]record.Site, seen map[record.Site]int) map[*analysis.Site]bool {
	chosen := map[*analysis.Site]bool{}
	recorded := map[ast.Node]bool{}
	for _, s := range matches {
		if !s.Match.Traced {
			continue
		}
		if id, ok := p.identity(s); ok {
			if _, ok := known[numbered(id, seen)]; ok && !recorded[s.Node] {
				chosen[s], recorded[s.Node] = true, true
			}
		}
	}
	claimed := map[ast.Node]bool{}
	for s := range chosen {
		own(s.Match, claimed)
	}
	for _, s := range matches {
		if s.Match.Traced && !claimed[s.Node] && len(support.Uses(s.Match.Idiom.XRay)) > 0 && !overlaps(s.Match, claimed) {
			chosen[s] = true
			own(s.Match, claimed)
		}
	}
	return chosen
}

// overlaps reports whether a match's own nodes are claimed by another.
func overlaps(m *match.Match, claimed map[ast.Node]bool) bool {
	nodes, found := map[ast.Node]bool{}, false
	own(m, nodes)
	for n := range nodes {
		found = found || claimed[n]
	}
	return found
}

// own marks the nodes that belong to a match's own pattern.
func own(m *match.Match, inside map[ast.Node]bool) {
	holes := map[ast.Node]bool{}
	for _, h := range m.Holes {
		for _, e := range h.Exprs {
			holes[e] = true
		}
	}
	ast.Inspect(m.Node, func(n ast.Node) bool {
		if n == nil || holes[n] {
			return false
		}
		if kv, ok := n.(*ast.KeyValueExpr); ok && !m.Names(kv) {
			return false
		}
		inside[n] = true
		return true
	})
}

// removeRoots puts root contexts back.
func (p *plan) removeRoots(res *Result) {
	known, seen := index(p.old.Sites), map[record.Site]int{}
	for _, sl := range p.slots(p.contextHoles(p.old)) {
		was, ok := known[numbered(sl.id, seen)]
		if !ok || was.Old == "" || sl.file.Reason != "" {
			continue
		}
		f := p.file(sl.file)
		start, end := f.offset(sl.expr.Pos()), f.offset(sl.expr.End())
		s := &analysis.Site{File: sl.file, Node: sl.expr, Pos: sl.expr.Pos(), Rule: analysis.RootContext, Status: analysis.Traceable}
		e := f.env(sl.expr.Pos(), nil)
		if _, err := e.Package("context", "context"); err == nil && f.take(s, e, []match.Edit{{Start: start, End: end, New: was.Old, Size: end - start}}) {
			res.Sites = append(res.Sites, s)
		}
	}
}

// removeFrom makes one file's change: the sites' edits, then the import lines.
func (p *plan) removeFrom(f *analysis.File, res *Result) error {
	fl := p.files[f]
	if fl == nil || len(fl.edits) == 0 {
		return nil
	}
	edits, dropped := p.importsBack(fl)
	edits = append(edits, fl.edits...)
	after, err := splice.Apply(f.Src, edits)
	if err != nil {
		return err
	}
	if after, err = imports.Restore(after, dropped); err != nil {
		return err
	}
	after = p.joinLines(fl.name(), after)
	res.Changes = append(res.Changes, Change{Path: f.Path, Before: f.Src, After: splice.Layout(f.Src, after), Edits: edits, Owner: fl.owner})
	return nil
}

// importsBack returns the edits that take added imports out of a file and give
// blanked ones their names, and the lines that are to be put back.
func (p *plan) importsBack(fl *file) (edits []match.Edit, dropped []record.Import) {
	im := &imports.File{Fset: p.pkg.Fset, Syntax: fl.f.Syntax, Src: fl.f.Src}
	added, single := map[string]record.Import{}, false
	for _, i := range p.old.Imports {
		switch {
		case i.File != fl.name():
		case i.Added != "":
			added[i.Added] = i
			single = single || i.Single
		case i.Blanked != "":
			if e, ok := im.Unblank(i.Blanked, i.Name); ok {
				edits = append(edits, e)
			}
		default:
			dropped = append(dropped, i)
		}
	}
	gone := map[*ast.ImportSpec]bool{}
	for _, s := range fl.unused() {
		if r, ok := added[importPath(s)]; ok {
			gone[s] = true
			edits = append(edits, im.Remove(s, r.Apart))
		}
	}
	if single {
		if e, ok := im.Unblock(gone); ok {
			return []match.Edit{e}, dropped
		}
	}
	return edits, dropped
}
