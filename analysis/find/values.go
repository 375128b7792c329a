package find

import (
	"go/ast"
	"go/token"
	"strings"
)

// mayAsk reports whether a file may ask a context for a value or for its type.
func mayAsk(text string) bool {
	return strings.Contains(text, ".Value(") || strings.Contains(text, "(*gin.Context)") || strings.Contains(text, "case *gin.Context")
}

// asked notes where a file asks a context for something that gin's own context
// answers, and the request's does not: a value by a key that may be a string, or
// whether it is one of gin's.
func (s *Survey) asked(f *ast.File, at func(ast.Node) string) {
	typed := typedKeys(f)
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			sel, ok := n.Fun.(*ast.SelectorExpr)
			if ok && sel.Sel.Name == "Value" && len(n.Args) == 1 && !isTypedKey(n.Args[0], typed) {
				s.Values = append(s.Values, at(n))
			}
		case *ast.TypeAssertExpr:
			if n.Type != nil && isGinContext(n.Type) {
				s.Values = append(s.Values, at(n))
			}
		case *ast.CaseClause:
			for _, e := range n.List {
				if isGinContext(e) {
					s.Values = append(s.Values, at(n))
				}
			}
		}
		return true
	})
}

// isTypedKey reports whether a key is plainly of a type of its own, which no string
// is: key{}, &key, or a name that its file declares so.
func isTypedKey(e ast.Expr, typed map[string]bool) bool {
	switch e := ast.Unparen(e).(type) {
	case *ast.CompositeLit:
		return true
	case *ast.UnaryExpr:
		return e.Op == token.AND
	case *ast.CallExpr: // a conversion
		id, ok := e.Fun.(*ast.Ident)
		return ok && typed[id.Name]
	case *ast.Ident:
		return typed[e.Name]
	}
	return false
}

// typedKeys returns the types that a file defines, and the constants and variables
// that it declares with a type other than string.
func typedKeys(f *ast.File) map[string]bool {
	typed := map[string]bool{}
	eachSpec(f, func(spec ast.Spec) {
		if t, ok := spec.(*ast.TypeSpec); ok && !t.Assign.IsValid() {
			typed[t.Name.Name] = true
		}
	})
	eachSpec(f, func(spec ast.Spec) {
		v, ok := spec.(*ast.ValueSpec)
		if !ok {
			return
		}
		for i, id := range v.Names {
			switch {
			case v.Type != nil:
				typed[id.Name] = nameOf(v.Type) != "string" && nameOf(v.Type) != "any"
			case i < len(v.Values):
				typed[id.Name] = isTypedKey(v.Values[i], typed)
			}
		}
	})
	return typed
}

func eachSpec(f *ast.File, visit func(ast.Spec)) {
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok {
			for _, spec := range g.Specs {
				visit(spec)
			}
		}
	}
}
