package find

import (
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strings"
)

// mayStart reports whether a file may start a goroutine with a request: most are not
// parsed.
func mayStart(text string) bool {
	has := func(part string) bool { return strings.Contains(text, part) }
	return (has("\tgo ") || has("  go ") || has("{ go ") || has("; go ")) && (has("Context") || has("Request") || has("Ctx"))
}

// started notes the functions that a file's goroutines hand a request or its context,
// where nothing in the goroutine tells somebody that it is done. Without types, a request
// is a parameter of a type called Request, Context or Ctx, and a context what is made of
// one. Functions are noted by their names: another of that name is taken for it, whose new
// statements then go on when the request is over, as they do today.
func (s *Survey) started(f *ast.File) {
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Body != nil {
				s.startedIn(d.Body, withParams(nil, d.Type, nil), false)
			}
		case *ast.GenDecl: // functions that variables hold
			s.startedIn(d, nil, false)
		}
	}
}

// startedIn looks at code in which names stand for requests; loose is that of a goroutine.
func (s *Survey) startedIn(body ast.Node, names map[string]bool, loose bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if id, ok := n.Lhs[0].(*ast.Ident); ok && len(n.Rhs) == 1 && derivesContext(n.Rhs[0]) && mentions(n.Rhs[0], names) {
				names = maps.Clone(names)
				names[id.Name] = true
			}
		case *ast.FuncLit:
			s.startedIn(n.Body, withParams(names, n.Type, nil), loose)
			return false
		case *ast.GoStmt:
			if lit, ok := n.Call.Fun.(*ast.FuncLit); ok {
				s.startedIn(lit.Body, withParams(names, lit.Type, n.Call.Args), !tellsEnd(lit))
			} else {
				s.hands(n.Call, names)
			}
			return false
		case *ast.CallExpr:
			if loose {
				s.hands(n, names)
			}
		}
		return true
	})
}

// hands notes a function or method that a call gives a request or its context.
func (s *Survey) hands(call *ast.CallExpr, names map[string]bool) {
	fun := ast.Unparen(call.Fun)
	switch x := fun.(type) { // of a generic function
	case *ast.IndexExpr:
		fun = x.X
	case *ast.IndexListExpr:
		fun = x.X
	}
	sel, ok := fun.(*ast.SelectorExpr)
	if !ok {
		return // of the same package
	}
	if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "context" {
		return
	}
	for _, a := range call.Args {
		if isRequest(a, names) {
			if s.Started == nil {
				s.Started = map[string]bool{}
			}
			s.Started[sel.Sel.Name] = true
		}
	}
}

// isRequest reports whether an expression reads like a request, its context, or one made
// of it, and not like something else that is asked of them.
func isRequest(e ast.Expr, names map[string]bool) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return names[e.Name]
	case *ast.SelectorExpr:
		return e.Sel.Name == "Request" && mentions(e, names)
	case *ast.CallExpr:
		isGiven := func(a ast.Expr) bool { return isRequest(a, names) }
		return mentions(e, names) && (derivesContext(e) || slices.ContainsFunc(e.Args, isGiven))
	}
	return false
}

// withParams adds the parameters of a function that stand for requests, as far as what
// they are given does, and hides the names of the others. Args is nil where that is not
// known.
func withParams(names map[string]bool, typ *ast.FuncType, args []ast.Expr) map[string]bool {
	out := maps.Clone(names)
	if out == nil {
		out = map[string]bool{}
	}
	i := 0
	for _, field := range typ.Params.List {
		for _, name := range field.Names {
			out[name.Name] = holdsContext(field.Type) && (args == nil || i < len(args) && mentions(args[i], names))
			i++
		}
	}
	return out
}

// holdsContext reports whether a type reads like that of a request or a context.
func holdsContext(t ast.Expr) bool {
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	name := ""
	switch t := t.(type) {
	case *ast.Ident:
		name = t.Name
	case *ast.SelectorExpr:
		name = t.Sel.Name
	}
	return name == "Request" || strings.HasSuffix(name, "Context") || strings.HasSuffix(name, "Ctx")
}

// derivesContext reports whether an expression reads like a context that is made of
// another, or is asked for.
func derivesContext(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	return ok && (strings.HasSuffix(sel.Sel.Name, "Context") || strings.HasPrefix(sel.Sel.Name, "With"))
}

// mentions reports whether an expression mentions one of some names, but for what is
// given to context.WithoutCancel.
func mentions(e ast.Expr, names map[string]bool) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "WithoutCancel" {
				return false
			}
		case *ast.FuncLit:
			return false
		case *ast.SelectorExpr:
			found = found || mentions(n.X, names)
			return false
		case *ast.Ident:
			found = found || names[n.Name]
		}
		return !found
	})
	return found
}

// tellsEnd reports whether a goroutine tells that it is done: somebody may wait for it. By a
// channel or a group of its own it tells nobody.
func tellsEnd(lit *ast.FuncLit) bool {
	own, found := map[string]bool{}, false
	isOwn := func(e ast.Expr) bool {
		id, ok := e.(*ast.Ident)
		return ok && own[id.Name]
	}
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				if id, ok := e.(*ast.Ident); ok && n.Tok == token.DEFINE {
					own[id.Name] = true
				}
			}
		case *ast.ValueSpec:
			for _, id := range n.Names {
				own[id.Name] = true
			}
		case *ast.SendStmt:
			found = found || !isOwn(n.Chan)
		case *ast.CallExpr:
			switch fun := n.Fun.(type) {
			case *ast.Ident:
				found = found || fun.Name == "close" && len(n.Args) == 1 && !isOwn(n.Args[0])
			case *ast.SelectorExpr:
				found = found || fun.Sel.Name == "Done" && len(n.Args) == 0 && !isOwn(fun.X) && !isReceived(lit, n)
			}
		}
		return !found
	})
	return found
}

// isReceived reports whether a call is received from, as in <-ctx.Done().
func isReceived(lit *ast.FuncLit, call *ast.CallExpr) bool {
	found := false
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		u, ok := n.(*ast.UnaryExpr)
		found = found || ok && u.Op == token.ARROW && u.X == call
		return !found
	})
	return found
}
