package misuse

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// lostErrors finds segments that are closed with nil although an error is at
// hand: the function's named result where Close is deferred, an error that is
// known not to be nil, or one that the next statement returns or asks about. A function
// that records errors in another way is left alone.
func (c *checker) lostErrors() {
	for _, call := range c.all(segmentMethod("Close"), segmentMethod("CloseAndStream")) {
		if len(call.Args) != 1 || !c.isNil(call.Args[0]) {
			continue
		}
		err, edits := c.errorAt(call)
		if err == nil || !c.visible(err, call.Pos()) || c.recordsErrors(c.host(call)) || c.handedOn(call) {
			continue
		}
		c.report(call, "the segment is closed without the error that "+err.Name()+" holds: the trace shows no fault; close it with "+err.Name(),
			"Close with "+err.Name(), edits)
	}
}

// errorAt returns the error that a call of Close(nil) should be given, and the
// edits that give it.
func (c *checker) errorAt(call *ast.CallExpr) (types.Object, []match.Edit) {
	if _, ok := c.parents[call].(*ast.DeferStmt); ok {
		err := c.returnedError(c.function(call))
		if err == nil {
			return nil, nil
		}
		return err, c.deferred(call, err)
	}
	give := func(err types.Object) []match.Edit {
		return []match.Edit{c.replace(call.Args[0], err.Name())}
	}
	if err := c.knownError(call); err != nil {
		return err, give(err)
	}
	if s, ok := c.startedBy(c.function(call)).(*ast.DeferStmt); ok {
		if err := c.returnedError(c.function(s)); err != nil && c.conditional(call) == nil {
			return err, give(err)
		}
		return nil, nil
	}
	if err := c.usedNext(call); err != nil {
		return err, give(err)
	}
	return nil, nil
}

// deferred makes a deferred call see the error that the function returns. The
// segment is then looked at when the function returns, too, so that its variable
// must not change.
//
//	defer func() { seg.Close(err) }()
//	      +++++++            ===+++++
func (c *checker) deferred(call *ast.CallExpr, err types.Object) []match.Edit {
	v, ok := c.object(ast.Unparen(call.Fun).(*ast.SelectorExpr).X).(*types.Var)
	if !ok {
		return nil
	}
	if sets, all := c.assignments(v); !all || len(sets) > 1 {
		return nil
	}
	return append(c.around(call, "func() { ", " }()"), c.replace(call.Args[0], err.Name()))
}

// host returns the function that a node belongs to, or that defers it.
func (c *checker) host(n ast.Node) ast.Node {
	fn := c.function(n)
	if s, ok := c.startedBy(fn).(*ast.DeferStmt); ok {
		return c.function(s)
	}
	return fn
}

// namedError returns the named result of type error of a function, or nil.
func (c *checker) namedError(fn ast.Node) types.Object {
	typ, _ := parts(fn)
	if typ == nil || typ.Results == nil || len(typ.Results.List) == 0 {
		return nil
	}
	last := typ.Results.List[len(typ.Results.List)-1]
	if len(last.Names) == 0 || last.Names[len(last.Names)-1].Name == "_" || !isError(c.p.Info.TypeOf(last.Type)) {
		return nil
	}
	return c.p.Info.Defs[last.Names[len(last.Names)-1]]
}

// returnedError returns the named error of a function that can return one: a
// return statement gives something else than nil, or nothing while the result is
// assigned somewhere.
func (c *checker) returnedError(fn ast.Node) types.Object {
	err, ok := c.namedError(fn).(*types.Var)
	if !ok {
		return nil
	}
	sets, all := c.assignments(err)
	can := false
	_, body := parts(fn)
	c.inspectOwn(body, func(n ast.Node) {
		if r, ok := n.(*ast.ReturnStmt); ok {
			if k := len(r.Results); k > 0 {
				can = can || !c.isNil(r.Results[k-1])
			} else {
				can = can || len(sets) > 0 || !all
			}
		}
	})
	if !can {
		return nil
	}
	return err
}

// inspectOwn visits the nodes of a function's body outside its literals.
func (c *checker) inspectOwn(body *ast.BlockStmt, visit func(ast.Node)) {
	if body == nil {
		return
	}
	ast.Inspect(body, func(n ast.Node) bool {
		if _, ok := n.(*ast.FuncLit); ok || n == nil {
			return false
		}
		visit(n)
		return true
	})
}

// knownError returns the error that the innermost condition around a call has
// found not to be nil, unless it has been set since.
func (c *checker) knownError(call *ast.CallExpr) types.Object {
	s, ok := c.conditional(call).(*ast.IfStmt)
	if !ok {
		return nil
	}
	inBody := holds(s.Body, call)
	conds := []ast.Expr{s.Cond}
	if inBody {
		conds = conjuncts(s.Cond)
	}
	for _, cond := range conds {
		err := c.comparedError(cond)
		if err == nil {
			continue
		}
		if isNil, _ := c.comparesNil(cond, err); isNil != inBody && !c.setBetween(err, s.Body.Pos(), call.Pos()) {
			return err
		}
	}
	return nil
}

// comparedError returns the error variable that a condition compares with nil.
func (c *checker) comparedError(cond ast.Expr) *types.Var {
	b, ok := ast.Unparen(cond).(*ast.BinaryExpr)
	if !ok {
		return nil
	}
	for _, e := range []ast.Expr{b.X, b.Y} {
		id, ok := ast.Unparen(e).(*ast.Ident)
		if !ok {
			continue
		}
		v, ok := c.p.Info.Uses[id].(*types.Var)
		if !ok || !isError(v.Type()) {
			continue
		}
		if _, ok := c.comparesNil(b, v); ok {
			return v
		}
	}
	return nil
}

func (c *checker) setBetween(v *types.Var, from, to token.Pos) bool {
	sets, all := c.assignments(v)
	for _, s := range sets {
		all = all && (s.node.Pos() < from || s.node.Pos() >= to)
	}
	return !all
}

// usedNext returns the error that the statement behind a call returns, or
// compares with nil. What the function has asked about it since it was set may
// have told that it is nil; then there is none.
func (c *checker) usedNext(call *ast.CallExpr) types.Object {
	var err *types.Var
	switch next := c.statementBehind(c.statement(call)).(type) {
	case *ast.ReturnStmt:
		if n := len(next.Results); n > 0 {
			if id, ok := next.Results[n-1].(*ast.Ident); ok {
				err, _ = c.p.Info.Uses[id].(*types.Var)
			}
		}
	case *ast.IfStmt:
		if next.Init == nil {
			err = c.comparedError(next.Cond)
		}
	}
	if err == nil || !isError(err.Type()) || !c.isLocal(err) || c.asked(err, call) {
		return nil
	}
	return err
}

// statementBehind returns the statement that follows another one in its block,
// or nil.
func (c *checker) statementBehind(s ast.Stmt) ast.Stmt {
	stmts := scope.Statements(c.block(s))
	for i, x := range stmts {
		if x == s && i+1 < len(stmts) {
			return stmts[i+1]
		}
	}
	return nil
}

// asked reports whether a condition mentions an error between the last place
// that sets it and a call.
func (c *checker) asked(err *types.Var, call *ast.CallExpr) bool {
	fn := c.function(call)
	sets, all := c.assignments(err)
	last := fn.Pos()
	for _, s := range sets {
		all = all && c.function(s.node) == fn
		if s.node.Pos() < call.Pos() && s.node.Pos() > last {
			last = s.node.Pos()
		}
	}
	found := !all || len(sets) == 0
	_, body := parts(fn)
	c.inspectOwn(body, func(n ast.Node) {
		var cond ast.Node
		switch n := n.(type) {
		case *ast.IfStmt:
			cond = n.Cond
		case *ast.SwitchStmt:
			cond = n
		case *ast.TypeSwitchStmt:
			cond = n.Assign
		default:
			return
		}
		if cond.End() > last && cond.Pos() < call.Pos() && c.mentions(cond, err) {
			found = true
		}
	})
	return found
}

// recordsErrors reports whether a function records errors by AddError or by the
// flags of a segment.
func (c *checker) recordsErrors(fn ast.Node) bool {
	for _, call := range c.all(xrayFunc("AddError"), segmentMethod("AddError")) {
		if holds(fn, call) {
			return true
		}
	}
	found := false
	ast.Inspect(fn, func(n ast.Node) bool {
		set, ok := n.(*ast.AssignStmt)
		if !ok {
			return true
		}
		for _, l := range set.Lhs {
			if sel, ok := l.(*ast.SelectorExpr); ok {
				found = found || c.isFlag(sel)
			}
		}
		return true
	})
	return found
}

// handedOn reports whether the segment that a call closes is given to another
// function of the program, which may record the error.
func (c *checker) handedOn(call *ast.CallExpr) bool {
	sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return true
	}
	for _, id := range c.scope.Uses(c.object(sel.X)) {
		other, ok := c.parents[id].(*ast.CallExpr)
		if ok && other.Fun != ast.Expr(id) && !strings.HasPrefix(c.key(other), xrayPath) {
			return true
		}
	}
	return false
}

// isFlag reports whether a selection is one of the fields of a segment that say
// how it went.
func (c *checker) isFlag(sel *ast.SelectorExpr) bool {
	v, ok := c.p.Info.Uses[sel.Sel].(*types.Var)
	if !ok || !v.IsField() {
		return false
	}
	switch rules.FieldKey(c.p.Info.TypeOf(sel.X), v) {
	case segmentMethod("Fault"), segmentMethod("Error"), segmentMethod("Throttle"):
		return true
	}
	return false
}
