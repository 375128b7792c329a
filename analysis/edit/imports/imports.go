// Package imports edits the import lines of a file.
//
// A line that is added goes to its sorted place in the group that it belongs to;
// one that nothing uses any more is taken away whole, and can be put back where
// it stood. Other lines are never touched, and their order never changes.
//
// The edits are made from syntax and bytes; nothing is printed again. The package
// imports rules/match for the edit type.
package imports

import (
	"bytes"
	"go/ast"
	"go/token"
	"path"
	"sort"
	"strconv"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// Change is what became of an import line: it was added, taken away or made blank.
type Change struct {
	File   string
	Added  string // the import path, or ""
	Single bool   // of Added: the file's one import line became a block for it
	Apart  bool   // of Added: a blank line was added in front of it
	// Blanked is the path of an import that was given the name _ in place of Name.
	Blanked, Name string
	// Dropped is the text of a line that was taken away, and it stood Lines lines
	// below the import of After, or below the package clause if After is "".
	Dropped string
	After   string
	Lines   int
}

// Spec is an import to be added.
type Spec struct{ Name, Path string } // Name is "" where it is the path's own

// File is a file whose imports are edited.
type File struct {
	Fset   *token.FileSet
	Syntax *ast.File
	Src    []byte
}

func (f *File) offset(p token.Pos) int { return f.Fset.File(p).Offset(p) }
func (f *File) line(p token.Pos) int   { return f.Fset.File(p).Line(p) }

func (f *File) newline() string {
	if bytes.Contains(f.Src, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

func pathOf(s *ast.ImportSpec) string {
	p, _ := strconv.Unquote(s.Path.Value)
	return p
}

func (s Spec) text() string {
	if s.Name != "" {
		return s.Name + " " + strconv.Quote(s.Path)
	}
	return strconv.Quote(s.Path)
}

// Edits returns the edits that add and drop imports, and their records. A spec of
// drop that shares its line with others, or has comments of its own, is made
// blank instead, so that they stay.
func (f *File) Edits(add []Spec, drop []*ast.ImportSpec) ([]match.Edit, []Change) {
	var edits []match.Edit
	var records []Change
	gone := map[*ast.ImportSpec]bool{}
	for _, s := range drop {
		gone[s] = f.wholeLine(s)
	}
	f.keepGroups(gone)
	for _, s := range drop {
		if !gone[s] {
			e, r := f.blank(s)
			edits, records = append(edits, e), append(records, r)
			continue
		}
		start, end := f.lineOf(s)
		after, lines := f.anchor(s, gone)
		edits = append(edits, match.Edit{Start: start, End: end})
		records = append(records, Change{Dropped: string(f.Src[start:end]), After: after, Lines: lines})
	}
	one := f.Single()
	if one != nil && !gone[one] && len(add) > 0 {
		edits = append(edits, f.block(one, add))
	} else {
		one = nil
	}
	for _, s := range add {
		r := Change{Added: s.Path, Single: one != nil}
		if one == nil {
			var e match.Edit
			e, r.Apart = f.insertion(s, gone)
			edits = append(edits, e)
		}
		records = append(records, r)
	}
	return edits, records
}

// Single returns the spec of a file that has one import, on a line of its own
// without parentheses, or nil.
func (f *File) Single() *ast.ImportSpec {
	if len(f.Syntax.Imports) != 1 {
		return nil
	}
	s := f.Syntax.Imports[0]
	start, _ := f.lineOf(s)
	if !f.wholeLine(s) || !bytes.HasPrefix(f.Src[start:], []byte("import ")) {
		return nil
	}
	return s
}

// block makes a parenthesised declaration of a file's one import and those that
// are added: standard packages first, each group sorted.
func (f *File) block(one *ast.ImportSpec, add []Spec) match.Edit {
	start, end := f.offset(one.Pos()), f.offset(one.End())
	lines := map[bool][]string{IsStd(pathOf(one)): {string(f.Src[start:end])}}
	for _, s := range add {
		std := IsStd(s.Path)
		lines[std] = append(lines[std], s.text())
	}
	nl, text := f.newline(), "("
	for _, std := range []bool{true, false} {
		group := lines[std]
		sort.Slice(group, func(i, j int) bool {
			return group[i][strings.IndexByte(group[i], '"'):] < group[j][strings.IndexByte(group[j], '"'):]
		})
		if !std && len(lines[true]) > 0 && len(group) > 0 {
			text += nl
		}
		for _, line := range group {
			text += nl + "\t" + line
		}
	}
	return match.Edit{Start: start, End: end, New: text + nl + ")"}
}

// blank gives a spec the name _.
func (f *File) blank(s *ast.ImportSpec) (match.Edit, Change) {
	r := Change{Blanked: pathOf(s)}
	at := f.offset(s.Path.Pos())
	if s.Name != nil {
		r.Name = s.Name.Name
		start := f.offset(s.Name.Pos())
		return match.Edit{Start: start, End: start + len(s.Name.Name), New: "_"}, r
	}
	return match.Edit{Start: at, End: at, New: "_ ", Lead: true}, r
}

// lineOf returns the line of a spec, with its end.
func (f *File) lineOf(s *ast.ImportSpec) (start, end int) {
	at := f.offset(s.Pos())
	start = bytes.LastIndexByte(f.Src[:at], '\n') + 1
	end = len(f.Src)
	if i := bytes.IndexByte(f.Src[at:], '\n'); i >= 0 {
		end = at + i + 1
	}
	return start, end
}

// wholeLine reports whether a spec is all that its line holds.
func (f *File) wholeLine(s *ast.ImportSpec) bool {
	if s.Doc != nil || s.Comment != nil {
		return false
	}
	start, end := f.lineOf(s)
	text := string(bytes.TrimSpace(f.Src[start:end]))
	spec := string(f.Src[f.offset(s.Pos()):f.offset(s.End())])
	return text == spec || text == "import "+spec
}

// keepGroups takes back the dropping of groups of a block that would lose all
// their specs: gofmt closes the gap that they leave.
func (f *File) keepGroups(gone map[*ast.ImportSpec]bool) {
	for _, d := range f.Syntax.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.IMPORT || !g.Lparen.IsValid() {
			continue
		}
		for _, group := range f.groups(g) {
			if lastKept(group, gone) != nil {
				continue
			}
			for _, s := range group {
				gone[s] = false
			}
		}
	}
}

// anchor returns the import above a spec that stays, and how many lines below it
// the spec stands once the dropped ones between them are back.
func (f *File) anchor(s *ast.ImportSpec, gone map[*ast.ImportSpec]bool) (after string, lines int) {
	from := f.line(f.Syntax.Package)
	for _, o := range f.Syntax.Imports {
		if o.Pos() >= s.Pos() {
			break
		}
		if !gone[o] {
			after, from = pathOf(o), f.line(o.Pos())
		}
	}
	return after, f.line(s.Pos()) - from
}

// insertion returns the edit that adds one import, and whether a blank line comes
// in front of it.
func (f *File) insertion(s Spec, gone map[*ast.ImportSpec]bool) (edit match.Edit, apart bool) {
	var block *ast.GenDecl
	var last *ast.GenDecl
	for _, d := range f.Syntax.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok || g.Tok != token.IMPORT {
			break
		}
		last = g
		if g.Lparen.IsValid() && block == nil && f.line(g.Lparen) < f.line(g.Rparen) {
			block = g
		}
	}
	nl := f.newline()
	switch {
	case block != nil:
		return f.inBlock(block, s, gone)
	case last != nil && gone[last.Specs[len(last.Specs)-1].(*ast.ImportSpec)]:
		_, end := f.lineOf(last.Specs[len(last.Specs)-1].(*ast.ImportSpec))
		return match.Edit{Start: end, End: end, New: "import " + s.text() + nl, Lead: true}, false
	case last != nil:
		at := f.endOfLine(f.offset(last.End()))
		return match.Edit{Start: at, End: at, New: nl + "import " + s.text()}, false
	}
	at := f.endOfLine(f.offset(f.Syntax.Name.End()))
	return match.Edit{Start: at, End: at, New: nl + nl + "import " + s.text()}, true
}

// endOfLine returns the offset of the end of the line that holds offset.
func (f *File) endOfLine(offset int) int {
	if i := bytes.IndexByte(f.Src[offset:], '\n'); i >= 0 {
		offset += i
		if offset > 0 && f.Src[offset-1] == '\r' {
			offset--
		}
		return offset
	}
	return len(f.Src)
}

// inBlock adds an import to a parenthesised declaration: to the group whose
// paths it is most like, in front of the first larger path of that group; a path
// with a host goes to a group of its own where there are only standard packages.
func (f *File) inBlock(block *ast.GenDecl, s Spec, gone map[*ast.ImportSpec]bool) (edit match.Edit, apart bool) {
	groups := f.groups(block)
	nl := f.newline()
	if len(groups) == 0 {
		at := f.endOfLine(f.offset(block.Lparen))
		return match.Edit{Start: at, End: at, New: nl + "\t" + s.text()}, false
	}
	group, own := best(groups, s.Path)
	final := lastKept(group, gone)
	if final == nil {
		start, _ := f.lineOf(group[0])
		return match.Edit{Start: start, End: start, New: "\t" + s.text() + nl, Lead: true}, false
	}
	if !own {
		at := f.endOfLine(f.offset(final.End()))
		return match.Edit{Start: at, End: at, New: nl + nl + "\t" + s.text()}, true
	}
	for _, o := range group {
		if pathOf(o) > s.Path {
			if o.Doc != nil { // a line above it would part it from its comment: a group of its own, at the end
				end := lastKept(groups[len(groups)-1], gone)
				if end == nil {
					end = final
				}
				at := f.endOfLine(f.offset(end.End()))
				return match.Edit{Start: at, End: at, New: nl + nl + "\t" + s.text()}, true
			}
			start, _ := f.lineOf(o)
			return match.Edit{Start: start, End: start, New: "\t" + s.text() + nl, Lead: true}, false
		}
	}
	at := f.endOfLine(f.offset(final.End()))
	return match.Edit{Start: at, End: at, New: nl + "\t" + s.text()}, false
}

// lastKept returns the last spec of a group that is not dropped, or nil.
func lastKept(group []*ast.ImportSpec, gone map[*ast.ImportSpec]bool) *ast.ImportSpec {
	for i := len(group) - 1; i >= 0; i-- {
		if !gone[group[i]] {
			return group[i]
		}
	}
	return nil
}

// groups splits a block's specs at blank lines and comments.
func (f *File) groups(block *ast.GenDecl) [][]*ast.ImportSpec {
	var groups [][]*ast.ImportSpec
	line := -2
	for _, spec := range block.Specs {
		s := spec.(*ast.ImportSpec)
		if f.line(s.Pos()) != line+1 {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], s)
		line = f.line(s.End())
	}
	return groups
}

// best returns the group that a path belongs to: the one with the longest common
// prefix of path elements, else the first of standard packages for a standard one,
// else the last with hosts. own is false if there is none, with the last group.
func best(groups [][]*ast.ImportSpec, p string) (group []*ast.ImportSpec, own bool) {
	most := 0
	for _, g := range groups {
		for _, s := range g {
			if n := common(pathOf(s), p); n > most {
				group, most = g, n
			}
		}
	}
	if group != nil {
		return group, true
	}
	std := IsStd(p)
	for _, g := range groups {
		if IsStd(pathOf(g[0])) == std {
			group = g
			if std {
				break
			}
		}
	}
	if group != nil {
		return group, true
	}
	return groups[len(groups)-1], std
}

// IsStd reports whether a package is of the standard library.
func IsStd(p string) bool {
	host, _, _ := strings.Cut(p, "/")
	return !strings.Contains(host, ".")
}

// common counts the path elements that two paths share at their start.
func common(a, b string) int {
	as, bs := strings.Split(path.Dir(a), "/"), strings.Split(path.Dir(b), "/")
	n := 0
	for n < len(as) && n < len(bs) && as[n] == bs[n] && as[n] != "." {
		n++
	}
	return n
}
