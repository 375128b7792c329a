package gomod

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/modfile"
)

// requireStmt is a require statement: a block, or a single line.
type requireStmt struct {
	stmt  modfile.Expr
	block *modfile.LineBlock // nil for a single line
	lines []*modfile.Line    // never empty
}

// requireStmts lists the statements that require something.
func requireStmts(f *modfile.File) []requireStmt {
	var list []requireStmt
	for _, stmt := range f.Syntax.Stmt {
		switch stmt := stmt.(type) {
		case *modfile.LineBlock:
			if stmt.Token[0] == "require" && len(stmt.Line) > 0 {
				list = append(list, requireStmt{stmt, stmt, stmt.Line})
			}
		case *modfile.Line:
			if stmt.Token[0] == "require" {
				list = append(list, requireStmt{stmt, nil, []*modfile.Line{stmt}})
			}
		}
	}
	return list
}

// The kinds of statements.
const (
	allDirect = iota
	mixed
	allIndirect
)

func (s requireStmt) kind() int {
	n := 0
	for _, l := range s.lines {
		if isIndirect(l) {
			n++
		}
	}
	switch n {
	case 0:
		return allDirect
	case len(s.lines):
		return allIndirect
	}
	return mixed
}

// end returns the offset at which the statement ends, but for a comment behind it.
func (s requireStmt) end() int {
	_, end := s.stmt.Span()
	return end.Byte
}

func isIndirect(line *modfile.Line) bool {
	return slices.ContainsFunc(line.Suffix, func(c modfile.Comment) bool {
		f := strings.Fields(strings.TrimPrefix(c.Token, "//"))
		return len(f) > 0 && (f[0] == "indirect" || f[0] == "indirect;")
	})
}

// linePath returns the module path that a line requires.
func linePath(line *modfile.Line) string {
	tokens := line.Token
	if !line.InBlock {
		tokens = tokens[1:]
	}
	if path, err := strconv.Unquote(tokens[0]); err == nil {
		return path
	}
	return tokens[0]
}

// addDirect adds direct requirements.
func (e *modEditor) addDirect(lines []modLine) {
	if len(lines) == 0 {
		return
	}
	first := func(accept func(requireStmt) bool) (requireStmt, bool) {
		i := slices.IndexFunc(e.stmts, accept)
		if i < 0 {
			return requireStmt{}, false
		}
		return e.stmts[i], true
	}
	if s, ok := first(func(s requireStmt) bool { return s.block != nil && s.kind() == allDirect }); ok {
		e.addToBlock(s, lines)
	} else if s, ok := first(func(s requireStmt) bool { return s.block != nil && s.kind() == mixed }); ok {
		e.addToBlock(s, lines)
	} else if s, ok := first(func(s requireStmt) bool { return s.kind() == allDirect }); ok {
		e.addToSingle(s, lines)
	} else if len(e.stmts) > 0 {
		e.edit(e.stmtStart(e.stmts[0]), 0, e.statement(lines)+e.nl+e.nl)
	} else {
		e.addStatement(lines)
	}
}

// addIndirect adds indirect requirements.
func (e *modEditor) addIndirect(lines []modLine) {
	if len(lines) == 0 {
		return
	}
	for _, s := range slices.Backward(e.stmts) {
		if s.kind() == allIndirect && !e.emptied(s) {
			if s.block != nil {
				e.addToBlock(s, lines)
			} else {
				e.addToSingle(s, lines)
			}
			return
		}
	}
	e.addStatement(lines)
}

// emptied reports whether the only line of a statement was moved away.
func (e *modEditor) emptied(s requireStmt) bool {
	return len(s.lines) == 1 && e.moved[linePath(s.lines[0])]
}

// addToBlock adds lines to a block: each in its place if the block is in order, and
// else at the end.
//
//	require (
//		example.com/a v1.0.0
//	+	example.com/b v1.0.0
//		example.com/c v1.0.0
//	)
func (e *modEditor) addToBlock(s requireStmt, lines []modLine) {
	sorted := slices.IsSortedFunc(s.lines, func(a, b *modfile.Line) int { return comparePaths(a, linePath(b)) })
	for _, l := range lines {
		i := len(s.lines)
		if sorted {
			i, _ = slices.BinarySearchFunc(s.lines, l.path, comparePaths)
		}
		if i < len(s.lines) {
			e.edit(e.lineStart(s.lines[i]), 0, "\t"+l.text()+e.nl)
			continue
		}
		e.edit(e.lineEnd(s.lines[i-1].End.Byte), 0, e.nl+"\t"+l.text())
	}
}

// addToSingle makes a block of a single line.
//
//	-require example.com/b v1.0.0 // comment
//	+require (
//	+	example.com/b v1.0.0 // comment
//	+	example.com/c v1.0.0
//	+)
func (e *modEditor) addToSingle(s requireStmt, lines []modLine) {
	line := s.lines[0]
	path := linePath(line)
	var before, after string
	for _, l := range lines {
		if l.path < path {
			before += "\t" + l.text() + e.nl
		} else {
			after += "\t" + l.text() + e.nl
		}
	}
	off := line.Start.Byte + len("require")
	gap := len(e.src[off:]) - len(bytes.TrimLeft(e.src[off:], " \t"))
	e.edit(off, gap, " ("+e.nl+before+"\t")
	e.edit(e.lineEnd(line.End.Byte), 0, e.nl+after+")")
}

// anchors are the statements after which a require statement comes.
var anchors = []string{"module", "go", "toolchain", "require"}

func keyword(stmt modfile.Expr) string {
	switch stmt := stmt.(type) {
	case *modfile.LineBlock:
		return stmt.Token[0]
	case *modfile.Line:
		return stmt.Token[0]
	}
	return ""
}

// addStatement adds a statement of its own: after the last require statement, or else after
// the lines that name the module and its Go version.
func (e *modEditor) addStatement(lines []modLine) {
	off := 0
	for _, stmt := range e.file.Syntax.Stmt {
		if slices.Contains(anchors, keyword(stmt)) && (len(e.stmts) == 0 || keyword(stmt) == "require") {
			_, end := stmt.Span()
			off = end.Byte
		}
	}
	e.edit(e.lineEnd(off), 0, e.nl+e.nl+e.statement(lines))
}

// statement writes a require statement, without the last line end.
func (e *modEditor) statement(lines []modLine) string {
	if len(lines) == 1 {
		return "require " + lines[0].text()
	}
	text := "require (" + e.nl
	for _, l := range lines {
		text += "\t" + l.text() + e.nl
	}
	return text + ")"
}
