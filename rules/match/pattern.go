// Package match applies the catalog's patterns to typed syntax, and derives from
// a match the edits that translate it into another dialect.
//
// The problem: a pattern is a Go expression whose identifiers have objects, and
// so is user code; they are alike when their syntax is alike and their objects
// are the same, whatever names imports have, whether a method is promoted, in
// which order a literal's keys stand. Text is never compared.
//
// The approach has two steps. Matching walks both trees and binds each hole to
// the user's syntax. Translating lists the tokens of the matched side as the user
// wrote them and those of the other side as they would be written, with holes as
// single tokens; what the two lists do not share becomes insertions and
// replacements at byte offsets. Whatever stands in a hole keeps its text, so that
// edits inside holes compose with those around them.
//
// What it deliberately does not do: it decides nothing. Which sites are edited,
// with which context and under which names, is the caller's plan. Forms that do
// not align token by token (parentheses around a callee, a comment in the middle
// of what would be replaced) are refused with a reason.
//
// It imports package rules and the standard library.
package match

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// pattern is a dialect's body, parsed.
type pattern struct {
	body *rules.Body
	node ast.Node
	base token.Pos          // position of offset 0 of the body's source
	refs map[int]*rules.Ref // by offset of the identifier
	toks []ptok
}

// ptok is a token of a pattern.
type ptok struct {
	tok        token.Token
	text       string
	start, end int
	sep        string // white space before it
}

func parse(b *rules.Body) (*pattern, error) {
	p := &pattern{body: b, refs: map[int]*rules.Ref{}}
	for i := range b.Refs {
		p.refs[b.Refs[i].Pos] = &b.Refs[i]
	}
	if err := p.parseNode(); err != nil {
		return nil, err
	}
	p.toks = scanPattern(b.Source)
	return p, nil
}

func (p *pattern) parseNode() error {
	prefix := map[rules.Form]string{rules.Expr: "package p; var _ = ", rules.Assign: "package p; func _() { ", rules.Var: "package p; var "}[p.body.Form]
	suffix := ""
	if p.body.Form == rules.Assign {
		suffix = " }"
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", prefix+p.body.Source+suffix, parser.SkipObjectResolution)
	if err != nil {
		return fmt.Errorf("pattern %q: %w", p.body.Source, err)
	}
	p.base = f.FileStart + token.Pos(len(prefix))
	switch d := f.Decls[0].(type) {
	case *ast.FuncDecl:
		p.node = d.Body.List[0]
	case *ast.GenDecl:
		spec := d.Specs[0].(*ast.ValueSpec)
		p.node = spec
		if p.body.Form == rules.Expr {
			p.node = spec.Values[0]
		}
	}
	return nil
}

// ref returns what an identifier of the pattern stands for, or nil.
func (p *pattern) ref(id *ast.Ident) *rules.Ref { return p.refs[p.offset(id.Pos())] }

func (p *pattern) offset(pos token.Pos) int { return int(pos - p.base) }

// hole returns the name of the hole that e is, or "".
func (p *pattern) hole(e ast.Node) string {
	if id, ok := e.(*ast.Ident); ok {
		if ref := p.ref(id); ref != nil {
			return ref.Hole
		}
	}
	return ""
}

func scanPattern(src string) []ptok {
	var toks []ptok
	end := 0
	scan([]byte(src), func(offset int, tok token.Token, lit string) {
		if tok == token.COMMENT {
			return
		}
		toks = append(toks, ptok{tok, lit, offset, offset + len(lit), src[end:offset]})
		end = offset + len(lit)
	})
	return toks
}

// scan calls fn with each token of src, comments included, automatic semicolons
// left out. Text that is no Go is scanned as well as it can be.
func scan(src []byte, fn func(offset int, tok token.Token, lit string)) {
	var s scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(src))
	s.Init(file, src, func(token.Position, string) {}, scanner.ScanComments)
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return
		}
		if tok == token.SEMICOLON && lit != ";" {
			continue
		}
		if lit == "" {
			lit = tok.String()
		}
		offset := file.Offset(pos)
		if tok == token.COMMENT || tok == token.STRING { // the scanner drops carriage returns from these
			lit = rawText(src, offset, lit)
		}
		fn(offset, tok, lit)
	}
}

// rawText returns the text of a comment or string at offset with its carriage
// returns, which the scanner leaves out of lit.
func rawText(src []byte, offset int, lit string) string {
	end, n := offset, 0
	for n < len(lit) && end < len(src) {
		if src[end] == '\r' && lit[n] != '\r' {
			end++
			continue
		}
		end, n = end+1, n+1
	}
	return string(src[offset:end])
}

// rootContext is the key of a root context in patterns: context.TODO stands for
// context.Background too.
const rootContext = "context.TODO"

func normalKey(key string) string {
	if key == "context.Background" {
		return rootContext
	}
	return key
}

// inFamily reports whether a package is one of an idiom's family.
func inFamily(d *rules.Idiom, path string) bool {
	return d.Family != "" && strings.HasPrefix(path, d.Family)
}
