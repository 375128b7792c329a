package find

import (
	"fmt"
	"go/ast"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules/config"
)

// configured returns the sites that the module's file asks for in a source file. They
// are those of directives above the functions, with the place of the functions' names;
// what a directive asks for already, and an entry before, is not asked for again.
func (f *finder) configured(file *File, asked []*Site) []*Site {
	if f.view.File == nil || len(f.view.File.Capture) == 0 {
		return nil
	}
	rel, err := filepath.Rel(f.view.Dir, filepath.Dir(file.Path))
	if err != nil {
		return nil
	}
	var out []*Site
	for _, d := range file.Syntax.Decls {
		fn, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		for i := range f.view.File.Capture {
			if c := &f.view.File.Capture[i]; c.Is(filepath.ToSlash(rel), FuncName(fn)) {
				out = append(out, f.entry(file, fn, c, append(asked[:len(asked):len(asked)], out...))...)
			}
		}
	}
	return out
}

// entry returns the sites that an entry of the module's file asks for of a function.
func (f *finder) entry(file *File, fn *ast.FuncDecl, c *config.Capture, asked []*Site) []*Site {
	var out []*Site
	add := func(word, rest, key string, at config.Pos) *Site {
		what := askedBy[word]
		if slices.ContainsFunc(asked, func(s *Site) bool {
			return s.Asked.Func != nil && s.Asked.Func.Node == fn && s.Rule == what.rule && s.Asked.Key == key
		}) {
			return nil
		}
		s := &Site{File: file, Node: fn, Pos: fn.Name.Pos(), Kind: what.kind, Rule: what.rule, Asked: &Asked{Rule: what.rule, Pos: fn.Name.Pos(), Func: functionOf(fn)}}
		if fn.Body != nil {
			s.Node = fn.Body
		}
		if reason := f.ask(s, directive{word: word, rest: rest}); reason != "" {
			s.Status, s.Reason = Skipped, fmt.Sprintf("%s:%d:%d: %s", config.Name, at.Line, at.Col, reason)
		}
		out = append(out, s)
		return s
	}
	at := c.Func.Pos
	if c.Name.Given() {
		at = c.Name.Pos
	}
	add("//xray:capture", c.Name.Value, "", at)
	for _, a := range c.Annotate {
		s := add("//xray:annotate", a.Key.Value+"="+a.Value.Value, a.Key.Value, a.Value.Pos)
		if name, _, _ := strings.Cut(a.Value.Value, "."); s != nil && !hasParam(fn, name) {
			s.Status, s.Reason = Skipped, fmt.Sprintf("%s:%d:%d: %s is no parameter of %s", config.Name, a.Value.Line, a.Value.Col, name, FuncName(fn))
		}
	}
	return out
}

// hasParam reports whether a function has a parameter, or a receiver, of a name.
func hasParam(fn *ast.FuncDecl, name string) bool {
	lists := []*ast.FieldList{fn.Recv, fn.Type.Params}
	for _, list := range lists {
		if list == nil {
			continue
		}
		for _, field := range list.List {
			if slices.ContainsFunc(field.Names, func(id *ast.Ident) bool { return id.Name == name && name != "_" }) {
				return true
			}
		}
	}
	return false
}
