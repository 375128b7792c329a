package imports

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"sort"

	"github.com/seed-4257438c/xray-instrument/analysis/edit/splice"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// Remove returns the edit that takes an added import's line away again, with the
// blank line in front of it if that was added too.
func (f *File) Remove(s *ast.ImportSpec, apart bool) match.Edit {
	start, end := f.lineOf(s)
	if !f.wholeLine(s) {
		return match.Edit{Start: f.offset(s.Pos()), End: f.offset(s.End())}
	}
	above := bytes.LastIndexByte(f.Src[:max(start-1, 0)], '\n') + 1
	if apart && start > 0 && len(bytes.TrimSpace(f.Src[above:start])) == 0 {
		start = above
	}
	if end == len(f.Src) && start > 0 { // the file had no end of line before either
		start--
		if start > 0 && f.Src[start-1] == '\r' {
			start--
		}
	}
	return match.Edit{Start: start, End: end}
}

// Unblank returns the edit that gives an import its name back.
func (f *File) Unblank(path, name string) (match.Edit, bool) {
	for _, s := range f.Syntax.Imports {
		if pathOf(s) == path && s.Name != nil && s.Name.Name == "_" {
			if name != "" {
				name += " "
			}
			return match.Edit{Start: f.offset(s.Name.Pos()), End: f.offset(s.Path.Pos()), New: name}, true
		}
	}
	return match.Edit{}, false
}

// Unblock returns the edit that makes a file's import declaration, all of whose
// specs but one go, the single line that it was.
func (f *File) Unblock(gone map[*ast.ImportSpec]bool) (match.Edit, bool) {
	var left *ast.ImportSpec
	for _, s := range f.Syntax.Imports {
		if !gone[s] {
			if left != nil {
				return match.Edit{}, false
			}
			left = s
		}
	}
	if left == nil {
		return match.Edit{}, false
	}
	for _, d := range f.Syntax.Decls {
		if g, ok := d.(*ast.GenDecl); ok && g.Lparen.IsValid() && g.Lparen < left.Pos() && left.End() <= g.Rparen {
			text := string(f.Src[f.offset(left.Pos()):f.offset(left.End())])
			return match.Edit{Start: f.offset(g.Lparen), End: f.offset(g.Rparen) + 1, New: text}, true
		}
	}
	return match.Edit{}, false
}

// Restore puts dropped lines back into src, upper ones first. Where
// the import that a record refers to has gone, the line goes below the package
// clause's last import.
func Restore(src []byte, dropped []Change) ([]byte, error) {
	dropped = append([]Change(nil), dropped...)
	sort.SliceStable(dropped, func(i, j int) bool { return dropped[i].Lines < dropped[j].Lines })
	for _, d := range dropped {
		fset := token.NewFileSet()
		syntax, err := parser.ParseFile(fset, "", src, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return nil, err
		}
		f := &File{Fset: fset, Syntax: syntax, Src: src}
		line := f.line(syntax.Package)
		for _, s := range syntax.Imports {
			if pathOf(s) == d.After {
				line = f.line(s.Pos())
			}
		}
		at := f.startOfLine(line + d.Lines)
		if src, err = splice.Apply(src, []match.Edit{{Start: at, End: at, New: d.Dropped}}); err != nil {
			return nil, err
		}
	}
	return src, nil
}

// startOfLine returns the offset of a line's start, or the end of the file.
func (f *File) startOfLine(line int) int {
	file := f.Fset.File(f.Syntax.FileStart)
	at := 0
	for i := 1; i < line; i++ {
		n := bytes.IndexByte(f.Src[at:], '\n')
		if n < 0 {
			return file.Size()
		}
		at += n + 1
	}
	return at
}
