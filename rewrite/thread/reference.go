package thread

import (
	"go/ast"
	"go/token"
	"go/types"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
)

// references adds the calls of the program's functions, and other uses of them.
func (s *summarizer) references(f *find.File) {
	called := map[*ast.Ident]bool{}
	ast.Inspect(f.Syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			s.call(n, called)
		case *ast.TypeAssertExpr:
			if n.Type != nil {
				s.asserted(n.Type)
			}
		case *ast.TypeSwitchStmt:
			for _, c := range n.Body.List {
				for _, t := range c.(*ast.CaseClause).List {
					s.asserted(t)
				}
			}
		case *ast.Ident:
			s.use(n, called)
		}
		return true
	})
}

// call adds a call, unless it names a method by its type: T.M(x).
func (s *summarizer) call(call *ast.CallExpr, called map[*ast.Ident]bool) {
	id := calleeIdent(call.Fun)
	fn, ok := s.p.Info.Uses[id].(*types.Func)
	if !ok || id == nil {
		return
	}
	key := s.own(fn)
	if key == "" {
		s.atRunTime(fn, call)
		return
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		if selection := s.p.Info.Selections[sel]; selection != nil && selection.Kind() == types.MethodExpr {
			return
		}
	}
	called[id] = true
	if reason := s.fileOf(call.Pos()).Reason; reason != "" {
		s.out.Uses = append(s.out.Uses, Use{Key: key, Place: s.place(id.Pos()), Why: "is called in a file that is not edited (" + reason + "), at", Mend: "change that call first"})
	}
	c := Call{Around: s.around(call), To: key, Place: s.place(id.Pos())}
	if _, c.Has = s.scope.At(call); !c.Has {
		c.Hidden = s.hidden(call, s.declaration(call))
	}
	if len(call.Args) == 1 {
		_, c.Multi = s.p.Info.TypeOf(call.Args[0]).(*types.Tuple)
	}
	s.out.Calls = append(s.out.Calls, c)
}

// fileOf returns the file that a position lies in.
func (s *summarizer) fileOf(pos token.Pos) *find.File {
	if s.files == nil {
		s.files = map[*token.File]*find.File{}
		for _, f := range s.p.Files {
			s.files[s.p.Fset.File(f.Syntax.FileStart)] = f
		}
	}
	return s.files[s.p.Fset.File(pos)]
}

// calleeIdent returns the identifier that a call names its function by, or nil.
func calleeIdent(fun ast.Expr) *ast.Ident {
	switch fun := ast.Unparen(fun).(type) {
	case *ast.Ident:
		return fun
	case *ast.SelectorExpr:
		return fun.Sel
	case *ast.IndexExpr:
		return calleeIdent(fun.X)
	case *ast.IndexListExpr:
		return calleeIdent(fun.X)
	}
	return nil
}

// use notes a function that is mentioned and not called: its type must stay.
func (s *summarizer) use(id *ast.Ident, called map[*ast.Ident]bool) {
	if called[id] {
		return
	}
	fn, ok := s.p.Info.Uses[id].(*types.Func)
	if !ok {
		return
	}
	key := s.own(fn)
	switch {
	case key == "":
	case find.GivesLambda(s.p.Package, s.scope.Parents, id): // which calls it with a context
		s.out.Calls = append(s.out.Calls, Call{Around: s.around(id), To: key, Place: s.place(id.Pos()), Has: true})
	case !s.value(id, fn, key):
		s.out.Uses = append(s.out.Uses, s.asValue(id, key))
	}
}

// asValue is the use of a function that is not called.
func (s *summarizer) asValue(id *ast.Ident, key string) Use {
	use := Use{Key: key, Place: s.place(id.Pos()), Why: "is used as a value at", Mend: "call it there in a function literal that has a context"}
	if sel, ok := mention(s.scope, id).(*ast.SelectorExpr); ok && s.p.Info.Selections[sel] != nil && s.p.Info.Selections[sel].Kind() == types.MethodExpr {
		use.Why = "is named by its type at"
	}
	return use
}
