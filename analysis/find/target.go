package find

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// target is what stands below a group of directives.
type target struct {
	fn   *Function
	stmt ast.Stmt
	none string // what else stands there, which has no body, or ""
}

// Function is a function declaration or literal.
type Function struct {
	Node ast.Node
	Type *ast.FuncType
	Body *ast.BlockStmt
	Name string // as a directive without a name calls it
}

// targets returns what the lines of a file begin with: functions, function literals
// that are given to a variable, and statements.
func (f *finder) targets(file *File) map[int]target {
	out := map[int]target{}
	add := func(n ast.Node, t target) {
		line := LineOf(f.p.Fset, n.Pos())
		if _, ok := out[line]; !ok && f.isOwnLine(file, n.Pos()) {
			out[line] = t
		}
	}
	ast.Inspect(file.Syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			add(n, target{fn: functionOf(n)})
		case *ast.CaseClause, *ast.CommClause:
			return true
		case ast.Stmt:
			add(n, target{fn: f.literalOf(n), stmt: n})
		case *ast.GenDecl:
			if fn := literalIn(n); fn != nil {
				add(n, target{fn: fn})
			} else if n.Tok == token.TYPE {
				add(n, target{none: "a type"})
			}
		case *ast.TypeSpec:
			add(n, target{none: "a type"})
		case *ast.ValueSpec:
			if fn := literalOfSpec(n); fn != nil {
				add(n, target{fn: fn})
			}
		case *ast.InterfaceType:
			for _, m := range n.Methods.List {
				add(m, target{none: "a method of an interface"})
			}
		}
		return true
	})
	return out
}

func functionOf(d *ast.FuncDecl) *Function {
	return &Function{d, d.Type, d.Body, strings.NewReplacer("(", "", ")", "", "*", "").Replace(FuncName(d))}
}

// literalOf returns the function literal that a statement gives to one variable, or
// nil.
func (f *finder) literalOf(s ast.Stmt) *Function {
	switch s := s.(type) {
	case *ast.AssignStmt:
		if len(s.Lhs) == 1 && len(s.Rhs) == 1 {
			return literal(s.Lhs[0], s.Rhs[0])
		}
	case *ast.DeclStmt:
		if d, ok := s.Decl.(*ast.GenDecl); ok {
			return literalIn(d)
		}
	}
	return nil
}

// literalIn returns the function literal that a declaration of one variable gives it,
// or nil.
func literalIn(d *ast.GenDecl) *Function {
	if d.Tok != token.VAR || len(d.Specs) != 1 || d.Lparen.IsValid() {
		return nil
	}
	return literalOfSpec(d.Specs[0].(*ast.ValueSpec))
}

func literalOfSpec(spec *ast.ValueSpec) *Function {
	if len(spec.Names) != 1 || len(spec.Values) != 1 {
		return nil
	}
	return literal(spec.Names[0], spec.Values[0])
}

func literal(name, value ast.Expr) *Function {
	lit, ok := ast.Unparen(value).(*ast.FuncLit)
	if !ok {
		return nil
	}
	return &Function{lit, lit.Type, lit.Body, types.ExprString(name)}
}
