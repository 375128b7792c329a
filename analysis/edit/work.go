package edit

import (
	"bytes"
	"errors"
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// work returns the edits that give an item of background work its segment. In a
// function it ends with that:
//
//	c.AddFunc("@hourly", func() {
//		ctx, end := xrayWork(context.Background(), "orders-report")
//		defer end()
//		s.report(ctx)
//	})
//
// and in a loop where its last traced call is done, or control leaves before:
//
//	for range ticker.C {
//		ctx, end := xrayWork(ctx, "orders-sweep")
//		if err := s.sweep(ctx); err != nil {
//			end()
//			return err
//		}
//		end()
//	}
func (p *Package) work(f *File, e *Env, s *find.Site) ([]match.Edit, error) {
	if s.Work.Item.Go != nil {
		return p.goroutine(f, e, s)
	}
	begin, err := p.begin(e, s.Work)
	if err != nil {
		return nil, err
	}
	w, l := s.Work, lines{f}
	ends := w.End + "()"
	if w.Item.Func != nil {
		deferred := "defer " + ends
		switch {
		case w.Item.Plain != nil:
			return []match.Edit{l.replace(w.Item.Plain, begin), l.behind(w.Item.Plain, deferred)}, nil
		case l.isOneLine(w.Item.Func):
			return l.open(w.Item.Func, begin, deferred)
		}
		return []match.Edit{l.before(w.First, begin, deferred)}, nil
	}
	first := l.before(w.First, begin)
	if w.Item.Plain != nil {
		first = l.replace(w.Item.Plain, begin)
	}
	edits := []match.Edit{first}
	for _, out := range w.Outs {
		edits = append(edits, l.before(out, ends))
	}
	if !w.Ends() {
		edits = append(edits, l.behind(w.Last, ends))
	}
	return edits, nil
}

// begin returns the statement that begins an item's segment.
func (p *Package) begin(e *Env, w *find.Work) (string, error) {
	base := w.Item.Ctx
	if w.Item.Base == nil {
		name, err := e.Package("context", "context")
		if err != nil {
			return "", err
		}
		if base = "Background()"; name != "" {
			base = name + "." + base
		}
	}
	return w.Item.Ctx + ", " + w.End + " := " + e.Support(find.WorkPrefix) + "(" + base + ", " + strconv.Quote(WorkName(p.Service, w)) + ")", nil
}

// WorkName returns the name of an item's segments, or of a goroutine's subsegments.
func WorkName(service string, w *find.Work) string {
	if w.Item.Go != nil {
		return w.Name
	}
	return service + "-" + w.Name
}

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

// before puts statements in front of one, above the comments that belong to it.
func (l lines) before(s ast.Stmt, texts ...string) match.Edit {
	offset := l.Offset(s.Pos())
	at, space := l.start(offset)
	if strings.TrimLeft(space, " \t") != "" {
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
		b.WriteString(space + t + l.eol())
	}
	return match.Edit{Start: at, End: at, New: b.String(), Lead: true, Size: int(s.End() - s.Pos())}
}

// behind puts a statement behind one, and behind the comment on its line.
func (l lines) behind(s ast.Stmt, text string) match.Edit {
	offset := l.Offset(s.End())
	rest, _, _ := bytes.Cut(l.src()[offset:], []byte("\n"))
	line := strings.TrimRight(string(rest), " \t\r")
	if tail := strings.TrimLeft(line, " \t"); tail != "" && !strings.HasPrefix(tail, "//") {
		return match.Edit{Start: offset, End: offset, New: "; " + text, Size: int(s.End() - s.Pos())}
	}
	at := offset + len(line)
	return match.Edit{Start: at, End: at, New: l.eol() + l.indentOf(s.Pos()) + text, Size: int(s.End() - s.Pos())}
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

// errOdd refuses to take out a segment whose code was changed by hand.
var errOdd = errors.New("what ends its segment is used for something else")

// EndWork returns the edits that take an item's segment out again. old is what stood
// in its place: a statement, "{" for a body on one line, or nothing. Where that is not
// recorded, a root context stays in its variable.
func (f *File) EndWork(b *find.Begun, e *Env, old string, recorded bool) ([]match.Edit, error) {
	if b.Odd || b.File.Reason != "" {
		return nil, errOdd
	}
	l := lines{f}
	if old == oneLine && b.Func != nil {
		return l.join(b.Func, append([]ast.Stmt{b.Stmt}, b.Ends...)), nil
	}
	if !recorded && b.Root {
		call := b.Stmt.Rhs[0].(*ast.CallExpr)
		root := call.Args[0]
		old = b.Stmt.Lhs[0].(*ast.Ident).Name + " := " + string(l.src()[l.Offset(root.Pos()):l.Offset(root.End())])
	}
	var edits []match.Edit
	if old == "" || old == oneLine {
		edits = append(edits, l.without(b.Stmt))
	} else {
		if _, err := e.Package("context", "context"); err != nil {
			return nil, err
		}
		edits = append(edits, l.replace(b.Stmt, old))
	}
	for _, s := range b.Ends {
		edits = append(edits, l.without(s))
	}
	return edits, nil
}

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

// join puts the statements of a body on one line, but for some.
func (l lines) join(body *ast.BlockStmt, but []ast.Stmt) []match.Edit {
	var edits []match.Edit
	at, text := l.Offset(body.Lbrace)+1, " "
	for _, s := range body.List {
		if slices.Contains(but, s) {
			continue
		}
		edits = append(edits, match.Edit{Start: at, End: l.Offset(s.Pos()), New: text})
		at, text = l.Offset(s.End()), "; "
	}
	return append(edits, match.Edit{Start: at, End: l.Offset(body.Rbrace), New: " "})
}
