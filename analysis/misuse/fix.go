package misuse

import (
	"bytes"
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// offset returns the byte offset of a position in its file.
func offset(f *find.File, pos token.Pos) int { return int(pos - f.Syntax.FileStart) }

// text returns a node's source.
func (c *checker) text(n ast.Node) string {
	f := c.file(n.Pos())
	return string(f.Src[offset(f, n.Pos()):offset(f, n.End())])
}

// replace returns the edit that puts text in the place of a node.
func (c *checker) replace(n ast.Node, text string) match.Edit {
	f := c.file(n.Pos())
	return match.Edit{Start: offset(f, n.Pos()), End: offset(f, n.End()), New: text}
}

// around returns the edits that put text before and behind a node.
func (c *checker) around(n ast.Node, before, behind string) []match.Edit {
	f := c.file(n.Pos())
	start, end := offset(f, n.Pos()), offset(f, n.End())
	return []match.Edit{{Start: start, End: start, New: before, Lead: true}, {Start: end, End: end, New: behind}}
}

// cut returns the edit that takes away what stands between two positions, or
// nothing if a comment stands there.
func (c *checker) cut(from, to token.Pos) []match.Edit {
	f := c.file(from)
	for _, group := range f.Syntax.Comments {
		if group.Pos() < to && group.End() > from {
			return nil
		}
	}
	if from == to {
		return nil
	}
	return []match.Edit{{Start: offset(f, from), End: offset(f, to)}}
}

// unwrap returns the edits that leave of a call only one argument.
//
//	xray.Client(xray.Client(c))
//	-----------               -
func (c *checker) unwrap(call *ast.CallExpr, arg ast.Expr) []match.Edit {
	front, back := c.cut(call.Pos(), arg.Pos()), c.cut(arg.End(), call.End())
	if front == nil || back == nil {
		return nil
	}
	return append(front, back...)
}

// guarded returns the edits that make a statement depend on a condition, with
// the statement rewritten as body. It must stand alone on its line.
//
//	if cond {
//		body
//	}
func (c *checker) guarded(s ast.Stmt, cond, body string) []match.Edit {
	f := c.file(s.Pos())
	indent, ok := indentOf(f, s)
	if !ok {
		return nil
	}
	nl := newline(f)
	return []match.Edit{c.replace(s, "if "+cond+" {"+nl+indent+"\t"+body+nl+indent+"}")}
}

// deferGuarded is guarded for a deferred call, which becomes a deferred literal.
//
//	defer func() {
//		if cond {
//			body
//		}
//	}()
func (c *checker) deferGuarded(s ast.Stmt, cond, body string) []match.Edit {
	f := c.file(s.Pos())
	indent, ok := indentOf(f, s)
	if !ok {
		return nil
	}
	nl := newline(f) + indent
	return []match.Edit{c.replace(s, "defer func() {"+nl+"\tif "+cond+" {"+nl+"\t\t"+body+nl+"\t}"+nl+"}()")}
}

// below returns the edit that puts a line below a statement which stands alone
// on its line, but for a comment.
func (c *checker) below(s ast.Stmt, line string) []match.Edit {
	f := c.file(s.Pos())
	indent, ok := indentOf(f, s)
	end := offset(f, s.End())
	rest, _, found := bytes.Cut(f.Src[end:], []byte("\n"))
	behind := strings.TrimSpace(string(rest))
	if !ok || !found || behind != "" && !strings.HasPrefix(behind, "//") {
		return nil
	}
	end += len(bytes.TrimSuffix(rest, []byte("\r")))
	return []match.Edit{{Start: end, End: end, New: newline(f) + indent + line}}
}

// indentOf returns the white space before a statement that is on one line and
// begins it.
func indentOf(f *find.File, s ast.Stmt) (string, bool) {
	start := offset(f, s.Pos())
	line := f.Src[:start]
	line = line[bytes.LastIndexByte(line, '\n')+1:]
	oneLine := !bytes.Contains(f.Src[start:offset(f, s.End())], []byte("\n"))
	return string(line), oneLine && len(bytes.TrimSpace(line)) == 0
}

func newline(f *find.File) string {
	if bytes.Contains(f.Src, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

// visible reports whether a name means an object at a position.
func (c *checker) visible(obj types.Object, pos token.Pos) bool {
	_, seen := c.p.Types.Scope().Innermost(pos).LookupParent(obj.Name(), pos)
	return seen == obj
}

// predeclared reports whether a name has its predeclared meaning at a position.
func (c *checker) predeclared(name string, pos token.Pos) bool {
	return c.visible(types.Universe.Lookup(name), pos)
}

// imported returns the name by which a package can be referred to at a position,
// or "" if its file does not import it under a name.
func (c *checker) imported(path string, pos token.Pos) string {
	for _, s := range c.file(pos).Syntax.Imports {
		if importPath(s) != path {
			continue
		}
		var obj types.Object = c.p.Info.Implicits[s]
		if s.Name != nil {
			obj = c.p.Info.Defs[s.Name]
		}
		if name, ok := obj.(*types.PkgName); ok && name.Name() != "." && c.visible(name, pos) {
			return name.Name()
		}
	}
	return ""
}
