package plan

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/edit/splice"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/record"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// gofmt prints a short function on one line, and opens it when an edit makes it
// long. Nothing in the longer form tells that, so it is recorded, and removing
// joins the lines again.

// opened is the rule under which the record names such a function.
const opened = "OneLine"

// openedBy returns the functions that have one line in before and several in
// after.
func openedBy(file string, before, after []byte) []record.Site {
	short := map[string]bool{}
	eachFunc(before, func(_ *token.File, fn *ast.FuncDecl, lines int) { short[find.FuncName(fn)] = lines == 1 })
	var out []record.Site
	eachFunc(after, func(_ *token.File, fn *ast.FuncDecl, lines int) {
		if name := find.FuncName(fn); short[name] && lines > 1 {
			out = append(out, record.Site{File: file, Decl: name, Rule: opened, Digest: "-"})
		}
	})
	return out
}

// eachFunc calls fn with each function declaration that has a body, and how many
// lines the body spans.
func eachFunc(src []byte, fn func(*token.File, *ast.FuncDecl, int)) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", src, parser.SkipObjectResolution)
	if err != nil {
		return
	}
	file := fset.File(f.FileStart)
	for _, d := range f.Decls {
		if decl, ok := d.(*ast.FuncDecl); ok && decl.Body != nil {
			fn(file, decl, 1+file.Line(decl.Body.Rbrace)-file.Line(decl.Body.Lbrace))
		}
	}
}

// joinLines puts the functions of src that the record says had one line on one
// line again. One that was edited to have more than one statement stays.
func (p *plan) joinLines(name string, src []byte) []byte {
	want := map[string]bool{}
	for _, s := range p.old.Sites {
		if s.Rule == opened && s.File == name {
			want[s.Decl] = true
		}
	}
	if len(want) == 0 {
		return src
	}
	var edits []match.Edit
	eachFunc(src, func(file *token.File, fn *ast.FuncDecl, lines int) {
		if !want[find.FuncName(fn)] || len(fn.Body.List) != 1 || lines == 1 {
			return
		}
		s := fn.Body.List[0]
		for _, gap := range [][2]int{{file.Offset(fn.Body.Lbrace) + 1, file.Offset(s.Pos())}, {file.Offset(s.End()), file.Offset(fn.Body.Rbrace)}} {
			if strings.TrimSpace(string(src[gap[0]:gap[1]])) == "" {
				edits = append(edits, match.Edit{Start: gap[0], End: gap[1], New: " "})
			}
		}
	})
	if out, err := splice.Apply(src, edits); err == nil {
		return out
	}
	return src
}
