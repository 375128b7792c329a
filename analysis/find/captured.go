package find

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
)

// Captured is what a directive put into the code.
type Captured struct {
	File  *File
	Decl  string // the declaration around it
	Rule  string
	Name  string // of the subsegment, or the key of an annotation
	Type  *ast.FuncType
	Body  *ast.BlockStmt
	Stmts []ast.Stmt
	Odd   bool // what it declares is used for something else
}

// CapturedIn returns what directives put into a package, in source order.
func CapturedIn(p *Package) []*Captured {
	if p.Support == nil {
		return nil
	}
	f := &finder{p: p, parents: Parents(p)}
	var out []*Captured
	for _, file := range p.Files {
		if file == p.Support {
			continue
		}
		ast.Inspect(file.Syntax, func(n ast.Node) bool {
			s, ok := n.(ast.Stmt)
			if !ok {
				return true
			}
			for rule, code := range codeOf {
				call := f.supportCall(s, code)
				if call == nil {
					continue
				}
				c := &Captured{File: file, Decl: f.declaration(s), Rule: rule, Stmts: []ast.Stmt{s}}
				c.Name, _ = strconv.Unquote(types.ExprString(call.Args[1]))
				c.Body, _ = f.parents[s].(*ast.BlockStmt)
				if rule == Capture {
					f.captured(c, s.(*ast.AssignStmt))
				}
				out = append(out, c)
			}
			return true
		})
	}
	return out
}

// captured completes a captured function: its deferred end, and the statement that
// passes its context on.
func (f *finder) captured(c *Captured, begin *ast.AssignStmt) {
	switch fn := f.parents[c.Body].(type) {
	case *ast.FuncDecl:
		c.Type = fn.Type
	case *ast.FuncLit:
		c.Type = fn.Type
	default:
		c.Odd = true
		return
	}
	end := f.p.Info.ObjectOf(scope.IdentOf(begin.Lhs[1]))
	id := scope.IdentOf(begin.Lhs[0])
	ctx := f.p.Info.Defs[id] // nil where it is a parameter
	onward := false
	for _, s := range c.Body.List {
		switch s := s.(type) {
		case *ast.DeferStmt:
			if f.p.Info.ObjectOf(scope.IdentOf(s.Call.Fun)) == end {
				c.Stmts = append(c.Stmts, s)
			}
		case *ast.AssignStmt:
			if s.Tok == token.ASSIGN && len(s.Rhs) == 1 && ctx != nil && f.passesOn(s.Rhs[0], ctx) && !onward {
				c.Stmts, onward = append(c.Stmts, s), true
			}
		}
	}
	for use, obj := range f.p.Info.Uses {
		if obj == end && !within(use, c.Stmts) || onward && obj == ctx && !within(use, c.Stmts) {
			c.Odd = true
		}
	}
}

func within(n ast.Node, stmts []ast.Stmt) bool {
	for _, s := range stmts {
		if s.Pos() <= n.Pos() && n.Pos() < s.End() {
			return true
		}
	}
	return false
}
