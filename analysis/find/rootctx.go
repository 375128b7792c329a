package find

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// RootContext is the rule of root contexts that are given where the request's
// is in reach. It is no idiom of the catalog: its traced side would be a bare
// hole, which every expression matches.
const RootContext = "RootContext"

// rootContext finds context.Background() and context.TODO(), and variables of the
// package that hold one, that are given to a call, or that a variable starts with,
// inside a function that has the request's context; and contexts of a library that are
// given to a call and do not have the request's values. A root context where there is no
// other is a site where a library's call is given it, which a context would free. A
// variable of the package that may hold another context is left alone.
func (f *finder) rootContext(n ast.Node) *Site {
	e, ok := n.(ast.Expr)
	if !ok {
		return nil
	}
	root := f.rootOrBlind(e)
	if root == nil {
		return f.otherContext(e)
	}
	if it := f.scope.ItemAround(root); it != nil && it.Plain != nil && it.Plain.Rhs[0] == e {
		return nil // the item's segment begins there
	}
	kind, ok := f.carriesOn(root)
	if !ok {
		return nil
	}
	s := &Site{Node: root, Pos: namePos(root), Kind: kind, Rule: RootContext, Root: root, Blind: f.scope.Blind(root)}
	_, has := f.contextFor(s)
	switch {
	case !has && !s.Blind && !f.isGivenTo(root, kind):
		return nil
	case !has:
		s.Status, s.Reason = Skipped, f.noContext(root)
	case s.Blind && kind == rules.Custom:
		if at := f.survey().Values; len(at) > 0 {
			s.Status, s.Reason = Skipped, types.ExprString(root)+" has not the request's values, but those that "+at[0]+" may ask for: pass the request's context, and what else is needed beside it"
		}
	}
	return s
}

// isGivenTo reports whether a root context is an argument of a library's call itself.
func (f *finder) isGivenTo(root ast.Expr, kind rules.Kind) bool {
	call, ok := f.parents[root].(*ast.CallExpr)
	if !ok || kind == rules.Custom {
		return false
	}
	fn := calleeOf(f.p.Info, call)
	return fn != nil && fn.Pkg() != nil && storeCall(fn) != ""
}

// rootOrBlind returns e where it is a root context, or one of a library that does
// not have the request's values, or nil. One that gives way to the context of a
// goroutine's subsegment is that one's.
func (f *finder) rootOrBlind(e ast.Expr) ast.Expr {
	if f.replacedBy(e) != nil {
		return nil
	}
	if call := f.root(e); call != nil {
		return call
	}
	if f.holdsRoot(e) && !f.isStartedWith(e) {
		return e
	}
	if f.isSession(e) || f.scope.Blind(e) && f.givenAsContext(e) {
		return e
	}
	return nil
}

// holdsRoot reports whether e is a variable of the package that holds a root context and
// nothing else.
func (f *finder) holdsRoot(e ast.Expr) bool {
	v := f.packageContext(e)
	if v == nil || f.isPointedTo(v) {
		return false
	}
	found := false
	complete := f.flow.Origins(e, func(e ast.Expr) bool {
		found = found || f.root(e) != nil
		return f.root(e) != nil
	})
	return found && complete
}

// isStartedWith reports whether an expression is an argument of a goroutine's own call.
// What takes its place there is the context of the goroutine's subsegment, which is not
// yet begun for variables of the package: they stay.
func (f *finder) isStartedWith(e ast.Expr) bool {
	call, ok := f.parents[e].(*ast.CallExpr)
	if !ok {
		return false
	}
	_, ok = f.parents[call].(*ast.GoStmt)
	return ok
}

// isPointedTo reports whether the address of a variable is taken.
func (f *finder) isPointedTo(v *types.Var) bool {
	for _, id := range f.scope.Uses(v) {
		if u, ok := f.parents[id].(*ast.UnaryExpr); ok && u.Op == token.AND {
			return true
		}
	}
	return false
}

// otherContext finds a variable of the package that is given to a call as its context,
// where the request's is in reach, and may hold any.
func (f *finder) otherContext(e ast.Expr) *Site {
	if f.packageContext(e) == nil || !f.givenAsContext(e) {
		return nil
	}
	kind, ok := f.carriesOn(e)
	if !ok {
		return nil
	}
	s := &Site{Node: e, Pos: e.Pos(), Kind: kind, Rule: RootContext, Status: Skipped, Reason: f.notRequests(e)}
	if s.Reason == "" {
		return nil
	}
	return s
}

// notRequests returns why a context that a call is given is not the request's, which is
// in reach, and is left all the same; or "".
func (f *finder) notRequests(e ast.Expr) string {
	if f.packageContext(e) == nil || f.holdsRoot(e) {
		return ""
	}
	if _, has := f.scope.At(e); !has {
		return ""
	}
	return "the package's variable " + types.ExprString(e) + " may hold another context than the request's, which is in reach: pass that, if it is to end the call"
}

// packageContext returns the variable of the package that e is, if it is of type
// context.Context, or nil.
func (f *finder) packageContext(e ast.Expr) *types.Var {
	id, ok := e.(*ast.Ident)
	if !ok {
		return nil
	}
	v, ok := f.p.Info.Uses[id].(*types.Var)
	if !ok || v.Parent() != f.p.Types.Scope() || !match.IsContext(v.Type()) {
		return nil
	}
	return v
}

// givenAsContext reports whether an argument is given where a context.Context is
// wanted.
func (f *finder) givenAsContext(e ast.Expr) bool {
	call, ok := f.parents[e].(*ast.CallExpr)
	if !ok || call.Fun == e {
		return false
	}
	sig, ok := f.p.Info.TypeOf(call.Fun).Underlying().(*types.Signature)
	if !ok {
		return false
	}
	for i, a := range call.Args {
		if a == e {
			return i < sig.Params().Len() && match.IsContext(sig.Params().At(i).Type())
		}
	}
	return false
}

// carriesOn reports whether what is given the root context would carry the
// trace on, and of which kind that is.
func (f *finder) carriesOn(root ast.Expr) (rules.Kind, bool) {
	switch parent := f.parents[root].(type) {
	case *ast.CallExpr:
		fn := calleeOf(f.p.Info, parent)
		if it := f.scope.ItemAround(root); it != nil && parent.Fun != root && f.handles(parent, it) {
			return rules.Custom, true
		}
		if fn == nil || fn.Pkg() == nil || parent.Fun == root {
			return "", false
		}
		if f.matchesTraced(parent) || f.chainTraced(parent) {
			return "", false // its idiom's own site
		}
		if fn.Pkg().Path() != "context" {
			return f.kindAt(root, fn)
		}
		if kind, ok := f.derivedUse(parent); ok || !f.scope.Blind(root) {
			return kind, ok
		}
		return rules.Custom, true
	case *ast.AssignStmt:
		if len(parent.Lhs) == 1 && len(parent.Rhs) == 1 && parent.Tok == token.DEFINE {
			return f.variableUse(f.p.Info.ObjectOf(scope.IdentOf(parent.Lhs[0])))
		}
	case *ast.ValueSpec:
		if len(parent.Names) == 1 && len(parent.Values) == 1 {
			return f.variableUse(f.p.Info.ObjectOf(parent.Names[0]))
		}
	}
	return "", false
}

func (f *finder) matchesTraced(n ast.Node) bool {
	for _, m := range f.m.At(f.unit, n) {
		if m.Traced || strings.Contains(m.Idiom.Plain.Source, "context.TODO()") {
			return true
		}
	}
	return false
}

// chainTraced reports whether a method that is called on what a call returns matches
// a traced side together with it: db.WithContext(ctx).Find(&x).
func (f *finder) chainTraced(call *ast.CallExpr) bool {
	sel, ok := f.parents[call].(*ast.SelectorExpr)
	return ok && f.matchesTraced(f.parents[sel])
}

// derivedUse follows context.WithTimeout and its kin to the variable that takes
// their result.
func (f *finder) derivedUse(call *ast.CallExpr) (rules.Kind, bool) {
	switch parent := f.parents[call].(type) {
	case *ast.AssignStmt:
		if len(parent.Rhs) == 1 {
			return f.variableUse(f.p.Info.ObjectOf(scope.IdentOf(parent.Lhs[0])))
		}
	case *ast.CallExpr:
		for _, m := range f.m.At(f.unit, parent) {
			if m.Traced {
				return m.Idiom.Kind, true
			}
		}
		if fn := calleeOf(f.p.Info, parent); fn != nil && fn.Pkg() != nil && fn.Pkg().Path() != "context" {
			return f.kindAt(parent, fn)
		}
		return f.derivedUse(parent)
	}
	return "", false
}

// variableUse reports whether a local context variable is given to a call that
// carries a trace on, and that it is not also assigned elsewhere.
func (f *finder) variableUse(obj types.Object) (rules.Kind, bool) {
	v, ok := obj.(*types.Var)
	if !ok || v.Parent() == f.p.Types.Scope() || v.IsField() || !match.IsContext(v.Type()) {
		return "", false
	}
	for _, id := range f.scope.Uses(obj) {
		call, ok := f.parents[id].(*ast.CallExpr)
		if !ok {
			continue
		}
		fn := calleeOf(f.p.Info, call)
		if fn == nil || fn.Pkg() == nil {
			continue
		}
		if fn.Pkg().Path() == "context" {
			if as, ok := f.parents[call].(*ast.AssignStmt); ok && f.p.Info.ObjectOf(scope.IdentOf(as.Lhs[0])) != obj {
				if kind, ok := f.derivedUse(call); ok {
					return kind, true
				}
			}
			continue
		}
		if kind, ok := f.kindAt(call, fn); ok {
			return kind, true
		}
	}
	return "", false
}

// kindAt is calleeKind for a call in its place: in background work, what the
// program's own functions reach is what counts, whatever their names.
func (f *finder) kindAt(n ast.Node, fn *types.Func) (rules.Kind, bool) {
	kind, ok := f.calleeKind(fn)
	if kind != rules.Custom {
		return kind, ok
	}
	it := f.scope.ItemAround(n)
	c, has := f.scope.Reach(n)
	if has && !f.scope.OfWork(c.Var) && !f.scope.IsWork(c.Var.Type()) || !has && it == nil || it != nil && it.Go != nil {
		return kind, ok
	}
	return kind, f.carriesTrace(fn)
}

// variable returns the variable that a root context is assigned to, or that its
// derived context is.
func (f *finder) variable(root ast.Expr) types.Object {
	var n ast.Node = root
	if call, ok := f.parents[n].(*ast.CallExpr); ok {
		if fn := calleeOf(f.p.Info, call); fn == nil || fn.Pkg() == nil || fn.Pkg().Path() != "context" {
			return nil
		}
		n = call
	}
	switch s := f.parents[n].(type) {
	case *ast.AssignStmt:
		return f.p.Info.ObjectOf(scope.IdentOf(s.Lhs[0]))
	case *ast.ValueSpec:
		return f.p.Info.ObjectOf(s.Names[0])
	}
	return nil
}

// rootLifetime adds to a site's context what a root context was chosen for: its
// variable reaches code that outlives the request, or the function goes on when
// the request's context has ended.
func (f *finder) rootLifetime(s *Site) {
	if it := s.Context.Item; s.Context.Var == nil || it != nil && it.Go != nil && it.Base == nil {
		return // of an item of work, which ends by itself
	}
	if f.scope.Awaits(s.Context.Var) {
		s.Context.Detach = true
	}
	for n := f.parents[s.Root]; ; n = f.parents[n] { // what is given the root context may be started by go
		call, ok := n.(*ast.CallExpr)
		if !ok {
			break
		}
		s.Context.Detach = s.Context.Detach || f.scope.Outlives(call, s.Context.Var) || f.sendsLater(call)
	}
	obj := f.variable(s.Root)
	if obj == nil {
		return
	}
	for _, id := range f.scope.Uses(obj) {
		if f.scope.Outlives(id, s.Context.Var) || f.sendsLater(f.parents[id]) {
			s.Context.Detach = true
		}
	}
}

// calleeKind says what a call that takes a context is for: a library of the
// catalog, or the program's own function, through which the trace goes on.
func (f *finder) calleeKind(fn *types.Func) (rules.Kind, bool) {
	path := fn.Pkg().Path()
	switch {
	case path == "database/sql":
		return rules.SQLCall, true
	case path == "net/http" && strings.HasPrefix(fn.Name(), "NewRequest"):
		return rules.OutboundHTTP, true
	case strings.HasPrefix(path, "github.com/aws/aws-sdk-go-v2/service/"), strings.HasPrefix(path, "github.com/aws/aws-sdk-go/service/"),
		strings.HasPrefix(path, "github.com/aws/aws-sdk-go-v2/feature/"):
		return rules.AWSCall, !strings.HasPrefix(fn.Name(), "Presign") // which calls nobody
	case strings.HasPrefix(path, "github.com/guregu/dynamo"):
		return rules.AWSCall, true
	case storeCall(fn) != "":
		return storeCall(fn), true
	case f.view.IsOwn(path) || fn.Pkg() == f.p.Types:
		return rules.Custom, !isEnding(fn.Name())
	}
	return "", false
}

// isEnding recognises functions that end something, which run on a root context
// so that they run to their own end.
func isEnding(name string) bool {
	for _, word := range []string{"Shutdown", "Close", "Stop", "Cleanup", "Flush", "Rollback"} {
		if strings.HasPrefix(name, word) || strings.HasPrefix(name, strings.ToLower(word)) {
			return true
		}
	}
	return false
}
