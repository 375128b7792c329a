package plan

import (
	"errors"
	"go/ast"
	"go/token"

	"github.com/seed-4257438c/xray-instrument/analysis/edit"
	"github.com/seed-4257438c/xray-instrument/analysis/edit/imports"
	"github.com/seed-4257438c/xray-instrument/analysis/edit/splice"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/record"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// Remove returns the plan that takes out of a package what runs have put in. Sites
// that are traced by hand stay. A package without a support file has nothing to
// be taken out.
func Remove(pkg *find.Package, opts Options) (*Result, error) {
	p := newPlan(pkg, opts)
	res := &Result{Unknown: p.unknown()}
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
	p.removeAsked(res, left)
	p.removeWork(res, left)
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
	known, seen := index(p.old.Sites), newCounter()
	inside := map[ast.Node]bool{}
	matches := find.Matches(p.opts.Matcher, p.pkg)
	chosen := p.choose(matches, known, seen)
	for _, s := range matches {
		if !chosen[s] || inside[s.Node] {
			continue
		}
		f := p.edit.File(s.File)
		e := f.Env(s.Node.Pos(), map[string]string{})
		edits, err := s.Match.Translate(s.File.Src, e)
		if err == nil && s.File.Reason != "" {
			err = errors.New(s.File.Reason)
		}
		if err == nil {
			err = f.Take(s, e, edits)
		}
		if err == nil {
			s.Status = find.Traceable
			own(s.Match, inside)
		} else {
			s.Status, s.Reason = find.Skipped, "it cannot be taken out: "+err.Error()
			if id, ok := p.identity(s); ok {
				left.Sites = append(left.Sites, id)
			}
		}
		res.Sites = append(res.Sites, s)
	}
}

// choose picks the matches to be translated back: those of the record, and,
// where the record knows none at a node, the first that uses support code.
func (p *plan) choose(matches []*find.Site, known map[record.Site]record.Site, seen *counter) map[*find.Site]bool {
	chosen := map[*find.Site]bool{}
	recorded := map[ast.Node]bool{}
	for _, s := range matches {
		if !s.Match.Traced {
			continue
		}
		if id, ok := p.identity(s); ok {
			if _, ok := known[seen.number(s, id)]; ok && !recorded[s.Node] {
				chosen[s], recorded[s.Node] = true, true
			}
		}
	}
	claimed := map[ast.Node]bool{}
	for s := range chosen {
		own(s.Match, claimed)
	}
	for _, s := range matches {
		if s.Match.Traced && !claimed[s.Node] && len(s.Match.Idiom.XRay.Support()) > 0 && !overlaps(s.Match, claimed) {
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
		f := p.edit.File(sl.file)
		start, end := f.Offset(sl.expr.Pos()), f.Offset(sl.expr.End())
		s := &find.Site{File: sl.file, Node: sl.expr, Pos: sl.expr.Pos(), Rule: find.RootContext, Status: find.Traceable}
		e := f.Env(sl.expr.Pos(), nil)
		back := []match.Edit{{Start: start, End: end, New: was.Old, Size: end - start}}
		var err error
		if !token.IsIdentifier(was.Old) {
			_, err = e.Package("context", "context")
		}
		if err == nil && f.Take(s, e, back) == nil {
			res.Sites = append(res.Sites, s)
		}
	}
}

// removeFrom makes one file's change: the sites' edits, then the import lines.
func (p *plan) removeFrom(f *find.File, res *Result) error {
	fl := p.edit.Edited(f)
	if fl == nil {
		return nil
	}
	edits, dropped := p.importsBack(f, fl)
	edits = append(edits, fl.Edits...)
	after, err := splice.Apply(f.Src, edits)
	if err != nil {
		return err
	}
	if after, err = imports.Restore(after, dropped); err != nil {
		return err
	}
	after = p.joinLines(fl.Name(), after)
	res.Changes = append(res.Changes, Change{Path: f.Path, Before: f.Src, After: splice.Layout(f.Src, after), Edits: edits, Owner: fl.Owner})
	return nil
}

// importsBack returns the edits that take added imports out of a file and give
// blanked ones their names, and the lines that are to be put back.
func (p *plan) importsBack(f *find.File, fl *edit.File) (edits []match.Edit, dropped []imports.Change) {
	im := &imports.File{Fset: p.pkg.Fset, Syntax: f.Syntax, Src: f.Src}
	added, single := map[string]imports.Change{}, false
	for _, i := range p.old.Imports {
		switch {
		case i.File != fl.Name():
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
	for _, s := range fl.Unused() {
		if r, ok := added[edit.PathOf(s)]; ok {
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
