package work

import (
	"cmp"
	"go/ast"
	"go/types"
	"slices"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// goroutine keeps what a go statement starts and nobody waits for, where a context is in
// reach: a function literal, or a call that is to be put into one.
func (f *finder) goroutine(s *ast.GoStmt) {
	lit, ok := ast.Unparen(s.Call.Fun).(*ast.FuncLit)
	_, isFunc := f.p.Info.TypeOf(s.Call.Fun).Underlying().(*types.Signature) // nor a type parameter's
	if ok && len(lit.Body.List) == 0 || !isFunc || isBuiltin(f.p.Info, s.Call) || f.p.Waited(s) {
		return
	}
	c, has := f.p.Reach(s)
	if !has {
		return
	}
	it := &scope.Item{Node: s.Call, List: []ast.Stmt{s}, Go: s, Call: s.Call}
	if ok {
		it = &scope.Item{Node: lit, List: lit.Body.List, Func: lit.Body, Go: s}
	}
	if f.p.OfWork(c.Var) && !f.usesSDK(it) {
		return // in the segment of an item, which an earlier run has begun and left it in
	}
	f.gos = append(f.gos, it)
}

// withGoroutines adds the goroutines that are no items of work themselves.
func (f *finder) withGoroutines(items []*scope.Item) []*scope.Item {
	for _, it := range f.gos {
		isItem := slices.ContainsFunc(items, func(o *scope.Item) bool { return o.Node == it.Node })
		if !isItem && f.passed(it) {
			items = append(items, it)
		}
	}
	slices.SortStableFunc(items, func(a, b *scope.Item) int { return int(a.Node.Pos() - b.Node.Pos()) })
	return items
}

// started returns the function literal that an item does nothing but start, by go or by
// handing it to a group or a pool: that is the item, for it goes on when the loop's body has ended.
func (f *finder) started(it *scope.Item) *ast.FuncLit {
	var lit *ast.FuncLit
	switch s := f.onlyStart(it).(type) {
	case *ast.GoStmt:
		lit, _ = ast.Unparen(s.Call.Fun).(*ast.FuncLit)
	case *ast.ExprStmt:
		lit = f.handed(s)
	}
	if lit == nil || len(lit.Body.List) == 0 {
		return nil
	}
	return lit
}

// onlyStart returns the statement of an item that starts what goes on by itself, if nothing else
// in the item calls what may be traced; or nil.
func (f *finder) onlyStart(it *scope.Item) ast.Stmt {
	if it.Func != nil {
		return nil
	}
	var found ast.Stmt
	for _, s := range it.List {
		_, isGo := s.(*ast.GoStmt)
		starts := isGo || f.handed(s) != nil
		if starts && found != nil || !starts && f.calls([]ast.Stmt{s}) {
			return nil
		}
		if starts {
			found = s
		}
	}
	return found
}

// handed returns the function literal that a statement hands to a group or a pool, or nil.
func (f *finder) handed(s ast.Stmt) *ast.FuncLit {
	e, ok := s.(*ast.ExprStmt)
	if !ok {
		return nil
	}
	call, ok := e.X.(*ast.CallExpr)
	if !ok || len(call.Args) == 0 || !f.p.Starts(call) {
		return nil
	}
	lit, _ := call.Args[len(call.Args)-1].(*ast.FuncLit)
	return lit
}

// passed chooses the context that a goroutine's subsegment is made of, and reports
// whether there is one: that of a parameter of its own; the variable that it uses; or
// what is in reach, without its cancellation.
func (f *finder) passed(it *scope.Item) bool {
	at := -1
	if it.Call != nil {
		at, it.Own = f.contextOf(it.Call)
	}
	switch {
	case it.Call != nil && f.usesSDK(it):
		return false // what an earlier run, or somebody by hand, has made of it
	case f.usesSDK(it):
		it.Refused = Begun
		return true
	case it.Call != nil:
		return f.passedCall(it, at)
	}
	lit := it.Node.(*ast.FuncLit)
	if v, arg := f.ownContext(lit, it.Go.Call); v != nil {
		it.Base, it.Ctx, it.Own, it.Refused = v, v.Name(), arg, f.spread(it)
		call, ok := arg.(*ast.CallExpr)
		return v.Name() != "_" && !(ok && f.isRoot(call))
	}
	used, names := f.used(it)
	if len(used) > 0 {
		it.Base, it.Ctx, it.From = used[0], used[0].Name(), used[0].Name()
		it.Refused = f.hidden(it, used)
		return f.p.Carries(used[0])
	}
	for _, field := range lit.Type.Params.List {
		for _, id := range field.Names {
			names[id.Name] = true
		}
	}
	c, _ := f.p.Reach(it.Go)
	if !match.IsContext(c.Var.Type()) && c.Text == c.Var.Name() {
		return false // a library's own, which may be another request's later
	}
	if startsOthers(lit) {
		names[c.Var.Name()] = true // by which they reach the same context
	}
	it.Ctx, it.From, it.Refused = fresh(names, "ctx", "goCtx"), "WithoutCancel("+c.Text+")", f.spread(it)
	return true
}

// startsOthers reports whether a goroutine starts goroutines.
func startsOthers(lit *ast.FuncLit) bool {
	found := false
	ast.Inspect(lit.Body, func(n ast.Node) bool {
		_, is := n.(*ast.GoStmt)
		found = found || is
		return !found
	})
	return found
}

// hidden says what keeps a goroutine from having a context of its own in the place of
// the one from outside, or "".
func (f *finder) hidden(it *scope.Item, used []*types.Var) string {
	switch {
	case len(used) > 1:
		return "it uses two contexts from outside, " + used[0].Name() + " and " + used[1].Name() + ": let it use one"
	case f.assigned(it):
		return "it assigns to " + it.Ctx + ", which is declared outside of it: declare one of its own"
	}
	return cmp.Or(f.redeclared(it), f.spread(it))
}

// spread says what keeps a goroutine's arguments and parameters from having one more
// in front, or from being wrapped, or "".
func (f *finder) spread(it *scope.Item) string {
	for _, field := range it.Node.(*ast.FuncLit).Type.Params.List {
		if len(field.Names) == 0 {
			return "its parameters have no names: name them"
		}
	}
	if len(it.Go.Call.Args) == 1 {
		if _, ok := f.p.Info.TypeOf(it.Go.Call.Args[0]).(*types.Tuple); ok {
			return "it is given the results of another call: put them into variables first"
		}
	}
	return ""
}

// ownContext returns the parameter of a function literal that is a context, and what
// it is given.
func (f *finder) ownContext(lit *ast.FuncLit, call *ast.CallExpr) (*types.Var, ast.Expr) {
	i := 0
	for _, field := range lit.Type.Params.List {
		if len(field.Names) == 0 {
			i++
		}
		for _, id := range field.Names {
			if v, ok := f.p.Info.Defs[id].(*types.Var); ok && match.IsContext(v.Type()) && i < len(call.Args) {
				return v, ast.Unparen(call.Args[i])
			}
			i++
		}
	}
	return nil, nil
}

// usesSDK reports whether a goroutine, or what it is given, mentions the X-Ray SDK or
// the support code of subsegments.
func (f *finder) usesSDK(it *scope.Item) bool {
	found := false
	ast.Inspect(it.Go, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok || found {
			return !found
		}
		obj := f.p.Info.Uses[id]
		if obj == nil {
			return true
		}
		named := rules.Named(obj.Type())
		found = obj.Pkg() != nil && rules.IsSDK(obj.Pkg().Path()) || named != nil && named.Obj().Pkg() != nil && rules.IsSDK(named.Obj().Pkg().Path()) ||
			f.p.Support != nil && f.p.Support(obj)
		return !found
	})
	return found
}
