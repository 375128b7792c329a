package thread

import (
	"go/ast"
	"slices"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// hidden returns the way to a context whose name means something else at a node, or
// nil.
func (s *summarizer) hidden(n ast.Node, key string) *Alias {
	h, ok := s.scope.Hidden(n)
	if !ok {
		return nil
	}
	name, _, _ := strings.Cut(h.Text, ".")
	by := s.place(h.By.Pos())
	out := &Alias{Key: key, Text: h.Text, Name: name, By: by}
	if h.Before != nil && s.fileOf(n.Pos()).Reason == "" {
		out.Place, out.End = s.place(h.Before.Pos()), s.place(h.Block.End()).Offset
	}
	return out
}

// hasAlias reports whether a variable can be declared for a call.
func (s *solver) hasAlias(c Call) bool {
	return c.Hidden != nil && c.Hidden.Place.File != "" && s.opts.Refused[c.Hidden.Key] == ""
}

// aliases leaves one variable for all that stand in its scope.
func aliases(list []Alias) []Alias {
	slices.SortFunc(list, func(a, b Alias) int { return a.Place.compare(b.Place) })
	var out []Alias
	for _, a := range list {
		covered := slices.ContainsFunc(out, func(b Alias) bool {
			return b.Place.File == a.Place.File && b.Place.Offset <= a.Place.Offset && a.Place.Offset < b.End
		})
		if !covered {
			out = append(out, a)
		}
	}
	return out
}

// aliases declares the variables of a file:
//
//	reqCtx := r.Context()
//	for _, r := range rows {
func (ed *editor) aliases(f *find.File, d *ast.FuncDecl) error {
	for _, a := range ed.plan.Aliases {
		if a.Place.File != f.Path || a.Place.Offset < ed.names.File(f).Offset(d.Pos()) || a.Place.Offset >= ed.names.File(f).Offset(d.End()) {
			continue
		}
		begin := a.Place.Offset
		for begin > 0 && f.Src[begin-1] != '\n' {
			begin--
		}
		indent := string(indentOf(f.Src[begin:a.Place.Offset]))
		text := ed.free(d, "ctx", "reqCtx") + " := " + a.Text
		if begin+len(indent) == a.Place.Offset {
			text += eol(f.Src) + indent
		} else { // it does not begin its line
			text += "; "
		}
		at := match.Edit{Start: a.Place.Offset, End: a.Place.Offset, New: text, Lead: true}
		if err := ed.take(f, ed.names.File(f).Env(d.Pos(), nil), a.Key, []match.Edit{at}); err != nil {
			return err
		}
	}
	return nil
}
