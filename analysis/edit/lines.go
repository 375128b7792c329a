package edit

import (
	"bytes"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// lines makes edits of whole lines of a file, and where statements share a line, of
// parts of it.
type lines struct{ *File }

func (l lines) src() []byte { return l.f.Src }

func (l lines) eol() string {
	if bytes.Contains(l.src(), []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

// start returns where the line of an offset begins, and the text up to the offset.
func (l lines) start(offset int) (at int, before string) {
	at = bytes.LastIndexByte(l.src()[:offset], '\n') + 1
	return at, string(l.src()[at:offset])
}

// indentOf returns the white space that the line of a position begins with.
func (l lines) indentOf(pos token.Pos) string {
	_, before := l.start(l.Offset(pos))
	return before[:len(before)-len(strings.TrimLeft(before, " \t"))]
}

// indentBeside returns the indentation of statements beside one: a label stands out.
func (l lines) indentBeside(s ast.Stmt) string {
	for {
		labeled, ok := s.(*ast.LabeledStmt)
		if !ok {
			return l.indentOf(s.Pos())
		}
		s = labeled.Stmt
	}
}

// before puts statements in front of one, above the comments that belong to it.
func (l lines) before(s ast.Stmt, texts ...string) match.Edit {
	offset := l.Offset(s.Pos())
	at, text := l.start(offset)
	if !isComments(text) {
		return match.Edit{Start: offset, End: offset, New: strings.Join(texts, "; ") + "; ", Lead: true, Size: int(s.End() - s.Pos())}
	}
	for at > 0 {
		above, text := l.start(at - 1)
		if !strings.HasPrefix(strings.TrimLeft(text, " \t"), "//") {
			break
		}
		at = above
	}
	var b strings.Builder
	for _, t := range texts {
		b.WriteString(l.indentBeside(s) + t + l.eol())
	}
	return match.Edit{Start: at, End: at, New: b.String(), Lead: true, Size: int(s.End() - s.Pos())}
}

// isComments reports whether a part of a line holds nothing but comments, all of which end on it.
func isComments(text string) bool {
	text = strings.TrimSpace(text)
	for strings.HasPrefix(text, "/*") {
		_, rest, ends := strings.Cut(text[2:], "*/")
		if !ends {
			return false
		}
		text = strings.TrimSpace(rest)
	}
	return text == "" || strings.HasPrefix(text, "//")
}

// behind puts statements behind one, and behind the comments on its line.
func (l lines) behind(s ast.Stmt, texts ...string) match.Edit {
	offset := l.Offset(s.End())
	rest, _, _ := bytes.Cut(l.src()[offset:], []byte("\n"))
	line := strings.TrimRight(string(rest), " \t\r")
	if !isComments(line) {
		return match.Edit{Start: offset, End: offset, New: "; " + strings.Join(texts, "; "), Size: int(s.End() - s.Pos())}
	}
	at := offset + len(line)
	start := l.eol() + l.indentBeside(s)
	return match.Edit{Start: at, End: at, New: start + strings.Join(texts, start), Size: int(s.End() - s.Pos())}
}

// replace puts a statement in the place of one.
func (l lines) replace(s ast.Stmt, text string) match.Edit {
	start, end := l.Offset(s.Pos()), l.Offset(s.End())
	return match.Edit{Start: start, End: end, New: text, Size: end - start}
}

// isOneLine reports whether a function's body stands on one line.
func (l lines) isOneLine(body *ast.BlockStmt) bool {
	return !bytes.Contains(l.src()[l.Offset(body.Lbrace):l.Offset(body.Rbrace)], []byte("\n"))
}

// open puts the statements of a body on lines of their own, behind others.
func (l lines) open(body *ast.BlockStmt, texts ...string) ([]match.Edit, error) {
	outer := l.eol() + l.indentOf(body.Pos())
	inner := outer + "\t"
	at := l.Offset(body.Lbrace) + 1
	edits := []match.Edit{{Start: at, End: l.Offset(body.List[0].Pos()), New: inner + strings.Join(texts, inner) + inner}}
	for i, s := range body.List {
		from := l.Offset(s.End())
		if i+1 < len(body.List) {
			edits = append(edits, match.Edit{Start: from, End: l.Offset(body.List[i+1].Pos()), New: inner})
		} else {
			edits = append(edits, match.Edit{Start: from, End: l.Offset(body.Rbrace), New: outer})
		}
	}
	for _, e := range edits {
		if strings.Trim(string(l.src()[e.Start:e.End]), " \t;") != "" {
			return nil, match.ErrComment
		}
	}
	return edits, nil
}

// IsOneLine reports whether a function's body stands on one line.
func (f *File) IsOneLine(body *ast.BlockStmt) bool { return lines{f}.isOneLine(body) }

// without takes a statement out: its line, where it stands alone there.
func (l lines) without(s ast.Stmt) match.Edit {
	start, end := l.Offset(s.Pos()), l.Offset(s.End())
	at, before := l.start(start)
	rest, _, isLine := bytes.Cut(l.src()[end:], []byte("\n"))
	size := int(s.End() - s.Pos())
	switch {
	case strings.TrimSpace(before) == "" && strings.TrimSpace(string(rest)) == "" && isLine:
		return match.Edit{Start: at, End: end + len(rest) + 1, Size: size}
	case strings.HasPrefix(string(rest), "; "):
		return match.Edit{Start: start, End: end + 2, Size: size}
	case strings.HasSuffix(before, "; "):
		return match.Edit{Start: start - 2, End: end, Size: size}
	}
	return match.Edit{Start: start, End: end, Size: size}
}

// join puts the statements of a body on one line, but for some. Where a comment has
// come between them since, these are only taken out.
func (l lines) join(body *ast.BlockStmt, but []ast.Stmt) []match.Edit {
	var edits, lone []match.Edit
	at, text, commented := l.Offset(body.Lbrace)+1, " ", false
	gap := func(end int, text string) {
		between := string(l.src()[at:end])
		for _, s := range but {
			between = strings.Replace(between, string(l.src()[l.Offset(s.Pos()):l.Offset(s.End())]), "", 1)
		}
		commented = commented || strings.Trim(between, " \t\r\n;") != ""
		edits = append(edits, match.Edit{Start: at, End: end, New: text})
	}
	for _, s := range body.List {
		if slices.Contains(but, s) {
			lone = append(lone, l.without(s))
			continue
		}
		gap(l.Offset(s.Pos()), text)
		at, text = l.Offset(s.End()), "; "
	}
	if gap(l.Offset(body.Rbrace), " "); commented {
		return lone
	}
	return edits
}
