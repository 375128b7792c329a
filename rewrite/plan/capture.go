package plan

import (
	"go/ast"
	"path/filepath"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/record"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// What directives ask for are statements as well. The record keeps what they do not
// tell: that the body had one line, and how the results read without names.

// capturedID names what a directive put into a function.
func capturedID(f *find.File, decl, rule, name string) record.Site {
	return record.Site{File: filepath.Base(f.Path), Decl: decl, Rule: rule, Digest: record.Digest(name)}
}

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
		was := numbered(capturedID(c.File, c.Decl, c.Rule, c.Name), before)
		if name, ok := renamed[c.Stmts[0]]; ok {
			c.Name = name
		}
		now := numbered(capturedID(c.File, c.Decl, c.Rule, c.Name), after)
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
		id := numbered(capturedID(s.File, s.Decl, a.Rule, name), after)
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
		old = oneLine
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
		id := numbered(capturedID(c.File, c.Decl, c.Rule, c.Name), seen)
		old := known[id].Old
		kind := rules.Capture
		if c.Rule != find.Capture {
			kind = rules.Annotation
		}
		s := &find.Site{File: c.File, Node: c.Stmts[0], Pos: c.Stmts[0].Pos(), Kind: kind, Rule: c.Rule, Decl: c.Decl, Status: find.Traceable}
		f := p.edit.File(c.File)
		var join []ast.Stmt
		results, isOneLine := strings.CutPrefix(old, oneLine)
		if isOneLine {
			if join = bodies[c.Body]; joined[c.Body] {
				join = nil
			}
			joined[c.Body] = true
		}
		edits, err := f.WithoutAsked(c, results, isOneLine, join)
		if err == nil {
			err = f.Take(s, f.Env(s.Pos, nil), edits)
		}
		if err != nil {
			s.Status, s.Reason = find.Skipped, "it cannot be taken out: "+err.Error()
			left.Sites = append(left.Sites, id)
		}
		res.Sites = append(res.Sites, s)
	}
}

// neededByStatements returns the support code that directives use, and statements that
// earlier runs have added, whether or not they are asked for any more.
func (p *plan) neededByStatements(sites []*find.Site) []string {
	var out []string
	for _, s := range sites {
		if s.Asked != nil && s.Status == find.Traceable {
			out = append(out, s.Asked.Code()...)
		}
	}
	for _, name := range append(find.AskedCode(), find.WorkPrefix, find.GoSupport, find.DoneSupport) { // statements of earlier runs
		if p.pkg.Support != nil && p.edit.Support[name] != "" && find.UsesSupport(p.pkg, name) {
			out = append(out, name)
		}
	}
	return out
}
