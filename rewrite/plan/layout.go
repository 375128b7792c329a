package plan

import (
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/edit/splice"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/record"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// gofmt prints a short function on one line, and opens it when an edit makes it
// long. Nothing in the longer form tells that, so it is recorded, and removing
// joins the lines again: those of a declared function by its name, those of a literal
// by the tokens that it is made of.

// opened is the rule under which the record names such a function.
const opened = "OneLine"

// function is one with a body: a declaration or a literal.
type function struct {
	id    record.Site // as the record names it
	body  *ast.BlockStmt
	start int // offset of the body
	lines int // that the body spans
}

// functions returns those of a file of some name in source order, or nil.
func functions(name string, src []byte) (*token.File, []function) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", src, parser.SkipObjectResolution)
	if err != nil {
		return nil, nil
	}
	file := fset.File(f.FileStart)
	var out []function
	seen := map[record.Site]int{}
	for _, d := range f.Decls {
		id := record.Site{File: name, Rule: opened}
		add := func(body *ast.BlockStmt, digest string) {
			start, end := file.Offset(body.Lbrace), file.Offset(body.End())
			if id.Digest = digest; digest == "" {
				id.Digest = record.Digest(tokens(src[start:end]))
			}
			out = append(out, function{numbered(id, seen), body, start, 1 + file.Line(body.Rbrace) - file.Line(body.Lbrace)})
		}
		switch d := d.(type) {
		case *ast.FuncDecl:
			if id.Decl = find.FuncName(d); d.Body != nil {
				add(d.Body, "-")
			}
		case *ast.GenDecl:
			id.Decl = d.Tok.String()
		}
		ast.Inspect(d, func(n ast.Node) bool {
			if lit, ok := n.(*ast.FuncLit); ok {
				add(lit.Body, "")
			}
			return true
		})
	}
	return file, out
}

// tokens returns the tokens of a text but for semicolons, which ends of lines are too.
func tokens(src []byte) string {
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(src)), src, nil, 0)
	var words []string
	for {
		switch _, tok, lit := s.Scan(); {
		case tok == token.EOF:
			return strings.Join(words, " ")
		case tok == token.SEMICOLON:
		case lit != "":
			words = append(words, lit)
		default:
			words = append(words, tok.String())
		}
	}
}

// openedBy returns the functions that have one line in before and several in after,
// which is before with the edits, laid out.
func openedBy(name string, before []byte, edits []match.Edit, after []byte) []record.Site {
	edited, err := splice.Apply(before, edits)
	if err != nil {
		return nil
	}
	_, was := functions(name, before)
	_, then := functions(name, edited)
	_, now := functions(name, after)
	if len(then) != len(now) {
		return nil
	}
	opens := map[int]bool{} // by where the body is before it is laid out
	for i := range then {
		opens[then[i].start] = now[i].lines > 1
	}
	var out []record.Site
	for _, fn := range was {
		if at, ok := moved(fn.start, edits); ok && fn.lines == 1 && opens[at] {
			out = append(out, fn.id)
		}
	}
	return out
}

// moved returns where an offset is after edits, false if it is in the midst of one.
func moved(offset int, edits []match.Edit) (int, bool) {
	to := offset
	for _, e := range edits {
		switch {
		case e.End <= offset:
			to += len(e.New) - (e.End - e.Start)
		case e.Start <= offset:
			return 0, false
		}
	}
	return to, true
}

// joinLines puts the functions of src that the record says had one line on one
// line again, inner ones first. One with a comment stays, and a literal that was changed.
func (p *plan) joinLines(name string, src []byte) []byte {
	want := map[record.Site]bool{}
	for _, s := range p.old.Sites {
		if s.Rule == opened && s.File == name {
			want[s] = true
		}
	}
	for len(want) > 0 {
		var edits []match.Edit
		file, fns := functions(name, src)
		for _, fn := range fns {
			if text, ok := oneLine(file, fn.body, src); ok && fn.lines > 1 && want[fn.id] {
				edits = append(edits, match.Edit{Start: fn.start, End: file.Offset(fn.body.End()), New: text})
			}
		}
		out, err := splice.Apply(src, edits)
		if err != nil || len(edits) == 0 {
			break
		}
		src = out
	}
	return src
}

// oneLine returns a body as it reads on one line, false if it has statements of several or
// anything between them.
func oneLine(file *token.File, body *ast.BlockStmt, src []byte) (string, bool) {
	var texts []string
	end := file.Offset(body.Lbrace) + 1
	isBlank := func(to token.Pos) bool { return strings.Trim(string(src[end:file.Offset(to)]), " \t\r\n;") == "" }
	for _, s := range body.List {
		if !isBlank(s.Pos()) {
			return "", false
		}
		texts = append(texts, string(src[file.Offset(s.Pos()):file.Offset(s.End())]))
		end = file.Offset(s.End())
	}
	text := "{ " + strings.Join(texts, "; ") + " }"
	return text, len(texts) > 0 && isBlank(body.Rbrace) && !strings.Contains(text, "\n")
}
