package plan

import (
	"go/ast"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/edit"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/record"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// What directives ask for are statements as well. The record keeps what they do not
// tell: that the body had one line, and how the results read without names.

// recordAsked records what is made of directives, old and new.
func (p *plan) recordAsked(rec *record.Record, sites []*find.Site) {
	known, before, after := index(p.old.Sites), map[record.Site]int{}, map[record.Site]int{}
	renamed := map[ast.Stmt]string{} // subsegments that get another name
	for _, s := range sites {
		if a := s.Asked; a != nil && s.Status == find.Traceable && a.Done != nil && a.Rule == find.Capture {
			renamed[a.Done] = a.Name
		}
	}
	for _, c := range find.CapturedIn(p.pkg) {
		was := numbered(addedID(c.File, c.Decl, c.Rule, c.Name), before)
		if name, ok := renamed[c.Stmts[0]]; ok {
			c.Name = name
		}
		now := numbered(addedID(c.File, c.Decl, c.Rule, c.Name), after)
		if old, ok := known[was]; ok {
			now.Old = old.Old
			rec.Sites = append(rec.Sites, now)
		}
	}
	for _, s := range sites {
		if s.Asked == nil || s.Status != find.Traceable || s.Asked.Done != nil {
			continue
		}
		a := s.Asked
		name := a.Name
		if a.Rule != find.Capture {
			name = a.Key
		}
		id := numbered(addedID(s.File, s.Decl, a.Rule, name), after)
		id.Old = p.oldAsked(s)
		rec.Sites = append(rec.Sites, id)
	}
}

// oldAsked returns what the record keeps of a function that a directive changes.
func (p *plan) oldAsked(s *find.Site) string {
	a, old := s.Asked, ""
	if a.Func == nil {
		return ""
	}
	if p.edit.File(s.File).IsOneLine(a.Func.Body) {
		old = edit.OneLine
	}
	if r := a.Results; r != nil && len(r.Insert)+len(r.Rename) > 0 {
		old += p.text(a.Func.Type.Results, s.File)
	}
	return old
}

// removeAsked takes out what directives put into functions.
func (p *plan) removeAsked(res *Result, left *record.Record) {
	known, seen := index(p.old.Sites), map[record.Site]int{}
	all := find.CapturedIn(p.pkg)
	bodies := map[*ast.BlockStmt][]ast.Stmt{}
	for _, c := range all {
		bodies[c.Body] = append(bodies[c.Body], c.Stmts...)
	}
	joined := map[*ast.BlockStmt]bool{}
	for _, c := range all {
		id := numbered(addedID(c.File, c.Decl, c.Rule, c.Name), seen)
		old := known[id].Old
		kind := rules.Capture
		if c.Rule != find.Capture {
			kind = rules.Annotation
		}
		s := &find.Site{File: c.File, Node: c.Stmts[0], Pos: c.Stmts[0].Pos(), Kind: kind, Rule: c.Rule, Decl: c.Decl}
		f := p.edit.File(c.File)
		var join []ast.Stmt
		results, isOneLine := strings.CutPrefix(old, edit.OneLine)
		if isOneLine {
			if join = bodies[c.Body]; joined[c.Body] {
				join = nil
			}
			joined[c.Body] = true
		}
		edits, err := f.WithoutAsked(c, results, isOneLine, join)
		p.takeOut(res, left, s, id, f.Env(s.Pos, nil), edits, err)
	}
}

// neededByStatements returns the support code of the statements that are added, and of
// those that earlier runs have added, whether or not they are asked for any more.
func (p *plan) neededByStatements(sites []*find.Site) []string {
	out := find.StatementCode(p.pkg)
	for _, s := range sites {
		switch {
		case s.Status != find.Traceable:
		case s.Asked != nil:
			out = append(out, s.Asked.Code()...)
		case s.Work != nil:
			out = append(out, s.Work.Support()...)
		}
	}
	return out
}
