// Package work finds the items of background work in a package: the code that a
// ticker, a queue or a scheduler has run over and over, outside of any request.
//
// The problem: such code has no request whose trace it could belong to, so each
// item needs a segment of its own; but nothing in the language marks it. What is
// recognised are forms that wait for the next item: a loop over a channel, a case
// that receives, an endless loop that sleeps, a function given to a scheduler. What
// a handler does is never an item, however long it waits.
//
// An item is found by its form alone. Whether anything in it is traced is for the
// caller to know. It imports analysis/scope and rules.
package work

import (
	"cmp"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"sort"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// finder looks through the files of a package.
type finder struct {
	p     *scope.Package
	items []*scope.Item
	gos   []*scope.Item // goroutines, which items do not displace
	decls map[*types.Func]*ast.FuncDecl
}

// Find returns the items of work in files of a package, in source order.
func Find(p *scope.Package, files []*ast.File) []*scope.Item {
	f := &finder{p: p, decls: map[*types.Func]*ast.FuncDecl{}}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if n != nil {
				f.node(n)
			}
			return true
		})
	}
	return f.settled()
}

func (f *finder) node(n ast.Node) {
	switch n := n.(type) {
	case *ast.RangeStmt:
		if isChan(f.p.Info.TypeOf(n.X)) {
			f.add(&scope.Item{Node: n, List: n.Body.List})
		} else {
			f.each(n)
		}
	case *ast.ForStmt:
		f.loop(n)
	case *ast.FuncLit:
		if f.isScheduled(n) || f.takesEach(n) {
			f.add(&scope.Item{Node: n, List: n.Body.List, Func: n.Body})
		}
	case *ast.GoStmt:
		f.goroutine(n)
	case *ast.FuncDecl:
		if fn, ok := f.p.Info.Defs[n.Name].(*types.Func); ok {
			f.decls[fn] = n
		}
		if n.Body != nil && f.isJob(n) {
			f.add(&scope.Item{Node: n, List: n.Body.List, Func: n.Body})
		}
	}
}

func isChan(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Chan)
	return ok
}

// loop finds the items of a for statement: the cases of a select in it, what an
// endless one does between two waits, or what it does with each thing it has
// received.
func (f *finder) loop(s *ast.ForStmt) {
	for _, stmt := range s.Body.List {
		if sel, ok := stmt.(*ast.SelectStmt); ok {
			f.clauses(sel)
		}
	}
	if f.polled(s) || s.Cond != nil || s.Init != nil || s.Post != nil || isRetry(f.p, s) {
		return
	}
	if list, ok := f.betweenWaits(s.Body.List); ok {
		f.add(&scope.Item{Node: s, List: list})
		return
	}
	for i, stmt := range s.Body.List {
		if r, ok := stmt.(*ast.RangeStmt); ok && f.isReceived(r.X, s.Body.List[:i]) && !f.isMessage(f.elem(r)) {
			f.add(&scope.Item{Node: r, List: r.Body.List})
		}
	}
}

// clauses finds the cases of a select that receive something to be done; the end
// of a context is nothing of the kind.
func (f *finder) clauses(sel *ast.SelectStmt) {
	for _, c := range sel.Body.List {
		if c := c.(*ast.CommClause); f.receives(c) && len(c.Body) > 0 {
			f.add(&scope.Item{Node: c, List: c.Body})
		}
	}
}

// receives reports whether a case receives, other than from the Done of something.
func (f *finder) receives(c *ast.CommClause) bool {
	var e ast.Expr
	switch s := c.Comm.(type) {
	case *ast.ExprStmt:
		e = s.X
	case *ast.AssignStmt:
		e = s.Rhs[0]
	}
	return e != nil && isReceive(e)
}

// isReceive recognises <-c, other than from the Done of something.
func isReceive(e ast.Expr) bool {
	u, ok := ast.Unparen(e).(*ast.UnaryExpr)
	return ok && u.Op == token.ARROW && !isDone(u.X)
}

// isDone recognises ctx.Done().
func isDone(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "Done"
}

// betweenWaits returns the statements of an endless loop that stand before or
// behind the one that waits for the next round.
func (f *finder) betweenWaits(list []ast.Stmt) ([]ast.Stmt, bool) {
	for i, s := range list {
		if !f.waits(s) {
			continue
		}
		before, behind := list[:i], list[i+1:]
		if len(behind) > 0 && (len(before) == 0 || !f.calls(before)) {
			return behind, true
		}
		return before, len(before) > 0 && !f.calls(behind)
	}
	return nil, false
}

// waits recognises time.Sleep(d), <-c, x := <-c, and a select of which no case does
// anything but leave the loop.
func (f *finder) waits(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.ExprStmt:
		switch e := ast.Unparen(s.X).(type) {
		case *ast.UnaryExpr:
			return isReceive(e)
		case *ast.CallExpr:
			return isFunc(f.callee(e), "time", "Sleep")
		}
	case *ast.AssignStmt:
		return len(s.Rhs) == 1 && isReceive(s.Rhs[0])
	case *ast.SelectStmt:
		receives := false
		for _, c := range s.Body.List {
			c := c.(*ast.CommClause)
			if c.Comm == nil || len(c.Body) > 0 && !leaves(c.Body[len(c.Body)-1]) {
				return false
			}
			receives = receives || f.receives(c) && len(c.Body) == 0
		}
		return receives
	}
	return false
}

// leaves reports whether a statement ends the function or loop around it.
func leaves(s ast.Stmt) bool {
	switch s := s.(type) {
	case *ast.ReturnStmt:
		return true
	case *ast.BranchStmt:
		return s.Tok == token.BREAK && s.Label != nil
	}
	return false
}

// calls reports whether statements call anything that may be traced.
func (f *finder) calls(list []ast.Stmt) bool {
	found := false
	for _, s := range list {
		ast.Inspect(s, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if ok && !isBuiltin(f.p.Info, call) {
				fn := f.callee(call)
				found = found || fn == nil || fn.Pkg() == nil || !quiet[fn.Pkg().Path()]
			}
			return !found
		})
	}
	return found
}

// quiet packages hold nothing that is traced: they wait, log and count.
var quiet = map[string]bool{
	"context": true, "time": true, "log": true, "log/slog": true, "fmt": true, "errors": true, "math/rand": true, "math/rand/v2": true, "sync": true, "sync/atomic": true,
	"golang.org/x/sync/semaphore": true,
	"github.com/sirupsen/logrus":  true, "go.uber.org/zap": true, "github.com/rs/zerolog": true, "github.com/rs/zerolog/log": true,
	"github.com/go-logr/logr": true, "github.com/hashicorp/go-hclog": true, "k8s.io/klog/v2": true,
	"github.com/prometheus/client_golang/prometheus": true,
}

func isBuiltin(info *types.Info, call *ast.CallExpr) bool {
	tv := info.Types[call.Fun]
	return tv.IsBuiltin() || tv.IsType()
}

// isReceived reports whether what a loop ranges over is the result of a call that
// a statement before it made.
func (f *finder) isReceived(x ast.Expr, before []ast.Stmt) bool {
	root := scope.RootOf(x)
	if root == nil {
		return false
	}
	for _, s := range before {
		as, ok := s.(*ast.AssignStmt)
		if !ok || len(as.Rhs) != 1 {
			continue
		}
		if _, ok := ast.Unparen(as.Rhs[0]).(*ast.CallExpr); !ok {
			continue
		}
		for _, l := range as.Lhs {
			if id, ok := l.(*ast.Ident); ok && f.p.Info.ObjectOf(id) != nil && f.p.Info.ObjectOf(id) == f.p.Info.Uses[root] {
				return true
			}
		}
	}
	return false
}

// isRetry recognises an endless loop that is left once something has succeeded: it
// belongs to the work around it.
func isRetry(p *scope.Package, loop *ast.ForStmt) bool {
	retry := false
	ast.Inspect(loop.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit, *ast.CommClause:
			return false
		case *ast.IfStmt:
			if asksForEnd(n.Cond) || isClosed(p, loop, n.Cond) {
				return false
			}
		case *ast.ReturnStmt:
			if len(n.Results) == 0 {
				return true
			}
			last := n.Results[len(n.Results)-1]
			retry = retry || p.Info.Types[last].IsNil() || !isError(p.Info.TypeOf(last))
		}
		return !retry
	})
	return retry
}

// isClosed recognises !ok, where a loop has received ok with an item.
func isClosed(p *scope.Package, loop *ast.ForStmt, cond ast.Expr) bool {
	not, ok := cond.(*ast.UnaryExpr)
	if !ok || not.Op != token.NOT {
		return false
	}
	asked, ok := not.X.(*ast.Ident)
	return ok && slices.ContainsFunc(loop.Body.List, func(s ast.Stmt) bool {
		as, isAssign := s.(*ast.AssignStmt)
		if !isAssign || len(as.Lhs) != 2 || !isReceive(as.Rhs[0]) {
			return false
		}
		id, isIdent := as.Lhs[1].(*ast.Ident)
		return isIdent && p.Info.ObjectOf(id) == p.Info.ObjectOf(asked)
	})
}

// asksForEnd recognises conditions that mention ctx.Err or ctx.Done.
func asksForEnd(cond ast.Expr) bool {
	found := false
	ast.Inspect(cond, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			found = found || sel.Sel.Name == "Err" || sel.Sel.Name == "Done"
		}
		return !found
	})
	return found
}

func isError(t types.Type) bool {
	return t != nil && types.Identical(t, types.Universe.Lookup("error").Type())
}

// add keeps an item that stands in no request.
func (f *finder) add(it *scope.Item) {
	if len(it.List) > 0 && !f.inRequest(it.Node) && (it.Func != nil || !f.answers(it.Node)) {
		f.items = append(f.items, it)
	}
}

// answers reports whether the function around a loop returns anything but an error:
// somebody waits for what the loop finds out, and it is part of that one's work.
func (f *finder) answers(n ast.Node) bool {
	for t := range f.functions(n) {
		if t.Results == nil {
			return false
		}
		return slices.ContainsFunc(t.Results.List, func(r *ast.Field) bool { return !isError(f.p.Info.TypeOf(r.Type)) })
	}
	return false
}

// Begun is why an item begins no segment where its code does so already.
const Begun = "it begins a segment already"

// begins reports whether an item begins a segment: by a run, or by hand.
func (f *finder) begins(it *scope.Item) bool {
	found := false
	for _, s := range it.List {
		ast.Inspect(s, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			found = found || ok && f.p.Begins != nil && f.p.Begins(call)
			return !found
		})
	}
	return found
}

// settled returns the items that begin segments: of two that stand inside each
// other the inner one, unless the outer one is a function that ends.
func (f *finder) settled() []*scope.Item {
	sort.SliceStable(f.items, func(i, j int) bool { return f.items[i].Node.Pos() < f.items[j].Node.Pos() })
	var out []*scope.Item
	for _, it := range f.items {
		for len(out) > 0 && out[len(out)-1].Func == nil && contains(out[len(out)-1], it) {
			out = out[:len(out)-1]
		}
		if len(out) > 0 && contains(out[len(out)-1], it) && f.isBounded(it) {
			continue
		}
		out = append(out, it)
	}
	for i, it := range out {
		f.message(it)
		if lit := f.started(it); lit != nil {
			out[i] = &scope.Item{Node: lit, List: lit.Body.List, Func: lit.Body, By: []ast.Node{it.Node}}
			f.inherit(out[i], it)
		}
	}
	out = f.withHandlers(out)
	for _, it := range out {
		f.context(it)
	}
	return f.withGoroutines(out)
}

// isBounded reports whether an item inside a function is part of what that does:
// it is no endless loop, nor in a goroutine or function of its own.
func (f *finder) isBounded(it *scope.Item) bool {
	for n := it.Node; n != nil; n = f.p.Parents[n] {
		switch n := n.(type) {
		case *ast.ForStmt:
			return n.Cond != nil
		case *ast.FuncLit, *ast.FuncDecl:
			return true
		}
	}
	return true
}

func contains(outer, inner *scope.Item) bool {
	for _, s := range outer.List {
		if s.Pos() <= inner.Node.Pos() && inner.Node.Pos() < s.End() {
			return true
		}
	}
	return false
}

// context chooses an item's context: the variable outside of it that it uses, or
// that is in reach, or a new one.
func (f *finder) context(it *scope.Item) {
	used, names := f.used(it)
	it.Plain = f.plain(it)
	if f.begins(it) {
		it.Refused = Begun
		return
	}
	switch {
	case len(used) > 1:
		it.Refused = "it uses two contexts from outside, " + used[0].Name() + " and " + used[1].Name() + ": let it use one"
		it.Base = used[0]
	case len(used) == 1:
		it.Base = used[0]
	case it.Plain == nil:
		c, ok := f.p.Reach(it.List[0])
		switch {
		case ok && match.IsContext(c.Var.Type()):
			it.Base = c.Var
		case ok && f.p.IsWork(c.Var.Type()):
			it.From = c.Text
		}
	case f.p.WorkContext(it.Plain.Rhs[0]):
		it.From = types.ExprString(it.Plain.Rhs[0])
	}
	switch {
	case it.Base != nil:
		it.Ctx, it.Plain = it.Base.Name(), nil
	case it.Plain != nil:
		it.Ctx = it.Plain.Lhs[0].(*ast.Ident).Name
	default:
		it.Ctx = fresh(names, "ctx", "workCtx")
	}
	if it.Refused == "" {
		it.Refused = cmp.Or(f.orphan(it), f.unclear(it))
	}
}

// used returns the contexts from outside that an item uses, and all names in it.
func (f *finder) used(it *scope.Item) (used []*types.Var, names map[string]bool) {
	names = map[string]bool{}
	for _, s := range it.List {
		ast.Inspect(s, func(n ast.Node) bool {
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			v, ok := f.p.Info.Uses[id].(*types.Var)
			names[id.Name] = names[id.Name] || !ok || !v.IsField()
			if ok && !v.IsField() && match.IsContext(v.Type()) && !it.Holds(v) && !slices.Contains(used, v) {
				used = append(used, v)
			}
			return true
		})
	}
	return used, names
}

// plain returns the item's own statement ctx := context.Background(), or nil.
func (f *finder) plain(it *scope.Item) *ast.AssignStmt {
	for _, s := range it.List {
		as, ok := s.(*ast.AssignStmt)
		if !ok || as.Tok != token.DEFINE || len(as.Lhs) != 1 || len(as.Rhs) != 1 {
			continue
		}
		if call, ok := as.Rhs[0].(*ast.CallExpr); ok && (f.isRoot(call) || f.p.WorkContext(call)) {
			return as
		}
	}
	return nil
}

// isRoot recognises context.Background() and context.TODO().
func (f *finder) isRoot(call *ast.CallExpr) bool {
	fn := f.callee(call)
	return isFunc(fn, "context", "Background") || isFunc(fn, "context", "TODO")
}
