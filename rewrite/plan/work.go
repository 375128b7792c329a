package plan

import (
	"go/ast"
	"maps"
	"path/filepath"
	"sort"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/edit"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/record"
	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// Segments of background work are statements, so that no pattern tells what stood in
// their place: the record does.

// addedID names what was added to a function: an item's segment, a subsegment, an
// annotation.
func addedID(f *find.File, decl, rule, name string) record.Site {
	return record.Site{File: filepath.Base(f.Path), Decl: decl, Rule: rule, Digest: record.Digest(name)}
}

// recordWork records the segments of items of work, old and new.
func (p *plan) recordWork(rec *record.Record, sites []*find.Site) {
	type item struct {
		id   record.Site
		file *find.File
		pos  int
		site *find.Site // where it is new
	}
	var items []item
	for _, b := range find.BegunIn(p.pkg) {
		items = append(items, item{addedID(b.File, b.Decl, find.WorkItem, b.Name), b.File, int(b.Stmt.Pos()), nil})
	}
	for _, b := range find.StartedIn(p.pkg) {
		items = append(items, item{addedID(b.File, b.Decl, find.Goroutine, b.Name), b.File, int(b.Lit.Pos()), nil})
	}
	for _, s := range sites {
		if s.Work != nil && s.Status == find.Traceable {
			items = append(items, item{addedID(s.File, s.Decl, s.Rule, edit.WorkName(p.opts.Service, s.Work)), s.File, int(s.Node.Pos()), s})
		}
	}
	sort.SliceStable(items, func(i, j int) bool { return items[i].pos < items[j].pos })
	known, before, after := index(p.old.Sites), map[record.Site]int{}, map[record.Site]int{}
	for _, it := range items {
		if it.site != nil {
			id := numbered(it.id, after)
			id.Old = p.oldWork(it.site)
			rec.Sites = append(rec.Sites, id)
			continue
		}
		was := numbered(it.id, before)
		now := numbered(it.id, after)
		if old, ok := known[was]; ok {
			now.Old = old.Old
			rec.Sites = append(rec.Sites, now)
		}
	}
}

// oldWork returns what stands in the place of an item's segment: a statement, the
// mark of a body on one line, or nothing.
func (p *plan) oldWork(s *find.Site) string {
	switch it := s.Work.Item; {
	case it.Go != nil:
		return p.edit.File(s.File).Marks(s.Work)
	case it.Plain != nil:
		return p.text(it.Plain, s.File)
	case it.Func != nil && p.edit.File(s.File).IsOneLine(it.Func):
		return edit.OneLine
	}
	return ""
}

// removeWork takes the segments of items of work out again.
func (p *plan) removeWork(res *Result, left *record.Record) {
	known, seen := index(p.old.Sites), map[record.Site]int{}
	for _, b := range find.BegunIn(p.pkg) {
		id := numbered(addedID(b.File, b.Decl, find.WorkItem, b.Name), seen)
		was, ok := known[id]
		s := &find.Site{File: b.File, Node: b.Stmt, Pos: b.Stmt.Pos(), Kind: rules.Capture, Rule: find.WorkItem, Decl: b.Decl}
		f := p.edit.File(b.File)
		e := f.Env(b.Stmt.Pos(), nil)
		edits, err := f.EndWork(b, e, was.Old, ok)
		p.takeOut(res, left, s, id, e, edits, err)
	}
	for _, b := range find.StartedIn(p.pkg) {
		id := numbered(addedID(b.File, b.Decl, find.Goroutine, b.Name), seen)
		s := &find.Site{File: b.File, Node: b.Stmt, Pos: b.Lit.Pos(), Kind: rules.Capture, Rule: find.Goroutine, Decl: b.Decl}
		f := p.edit.File(b.File)
		old := edit.OwnContext
		if was, ok := known[id]; ok {
			old = was.Old
		}
		edits, err := f.EndGo(b, old)
		p.takeOut(res, left, s, id, f.Env(b.Stmt.Pos(), nil), edits, err)
	}
}

// takeOut takes the edits that remove a site, or says why it stays.
func (p *plan) takeOut(res *Result, left *record.Record, s *find.Site, id record.Site, e *edit.Env, edits []match.Edit, err error) {
	if err == nil {
		err = p.edit.File(s.File).Take(s, e, edits)
	}
	s.Status = find.Traceable
	if err != nil {
		s.Status, s.Reason = find.Skipped, "it cannot be taken out: "+err.Error()
		left.Sites = append(left.Sites, id)
	}
	res.Sites = append(res.Sites, s)
}

// before returns what stood in the place of a name before the call that it is in was put
// into a function literal, or the expression itself.
func (p *plan) before(e ast.Expr) ast.Expr {
	if p.moved == nil {
		p.moved = map[*ast.Ident]ast.Expr{}
		known, seen := index(p.old.Sites), map[record.Site]int{}
		for _, b := range find.StartedIn(p.pkg) {
			id := numbered(addedID(b.File, b.Decl, find.Goroutine, b.Name), seen)
			if strings.HasPrefix(known[id].Old, edit.Call) {
				maps.Copy(p.moved, edit.Moved(p.pkg.Info, b))
			}
		}
	}
	if id, ok := e.(*ast.Ident); ok && p.moved[id] != nil {
		return p.moved[id]
	}
	return e
}
