package work

import (
	"go/ast"
	"go/token"
	"go/types"
	"go/version"
	"slices"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// Messages that a library has received are items of work, each with the trace of the
// one who sent it. They are known by their type, which the catalog lists, whatever
// they come through: a channel or iterator, a slice, the result of a call in an endless
// loop, the parameter of a function that the library calls for each.

// produced are those types of messages that libraries send as well as receive: what
// a loop does with them says nothing until it is known where they come from.
var produced = map[string]bool{
	"github.com/segmentio/kafka-go.Message":    true,
	"*github.com/twmb/franz-go/pkg/kgo.Record": true,
}

// events is the package of what AWS Lambda gives its handlers. A record of an event is
// part of the invocation.
const events = "github.com/aws/aws-lambda-go/events"

// isMessage reports whether a type is that of messages.
func (f *finder) isMessage(t types.Type) bool {
	return t != nil && f.p.Message != nil && f.p.Message(t) != ""
}

// isEvent reports whether a type is that of records of an event of AWS Lambda.
func (f *finder) isEvent(t types.Type) bool {
	named := rules.Named(t)
	return named != nil && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == events
}

// each keeps what a loop does with each of the messages that it ranges over. Who waits
// for the loop does not matter: the messages have come before.
func (f *finder) each(s *ast.RangeStmt) {
	t := f.elem(s)
	if !f.isMessage(t) || len(s.Body.List) == 0 || f.inRequest(s) || !f.isConsumed(s.X, t, map[types.Object]bool{}) {
		return
	}
	f.items = append(f.items, &scope.Item{Node: s, List: s.Body.List})
}

// elem returns the type of what a loop ranges over one by one, or nil.
func (f *finder) elem(s *ast.RangeStmt) types.Type {
	t := f.p.Info.TypeOf(s.X)
	if t == nil {
		return nil
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	switch t := t.Underlying().(type) {
	case *types.Slice:
		return t.Elem()
	case *types.Array:
		return t.Elem()
	case *types.Chan:
		return t.Elem()
	case *types.Signature: // func(yield func(m T) bool)
		if yield, ok := t.Params().At(0).Type().Underlying().(*types.Signature); ok && yield.Params().Len() == 1 {
			return yield.Params().At(0).Type()
		}
	}
	return nil
}

// isConsumed reports whether messages of a type have been received. Where the type is
// of both ways, they must come from the library, or through a channel.
func (f *finder) isConsumed(x ast.Expr, t types.Type, seen map[types.Object]bool) bool {
	if !produced[rules.MessageKey(t)] {
		return true
	}
	library := rules.Named(t).Obj().Pkg()
	switch x := ast.Unparen(x).(type) {
	case *ast.SelectorExpr: // partition.Records
		v, ok := f.p.Info.Uses[x.Sel].(*types.Var)
		return ok && v.Pkg() == library
	case *ast.CallExpr: // fetches.Records()
		fn := f.callee(x)
		return fn != nil && fn.Pkg() == library
	case *ast.UnaryExpr:
		return x.Op == token.ARROW
	case *ast.SliceExpr:
		return f.isConsumed(x.X, t, seen)
	case *ast.Ident:
		v, ok := f.p.Info.Uses[x].(*types.Var)
		if !ok || seen[v] {
			return false
		}
		seen[v] = true
		from := f.p.Assigned(v)
		if v.Kind() == types.ParamVar {
			from = f.given(x, v)
		}
		return slices.ContainsFunc(from, func(e ast.Expr) bool { return f.isConsumed(e, t, seen) })
	}
	return false
}

// given returns what the package's calls of the function around give a parameter.
func (f *finder) given(x *ast.Ident, param *types.Var) (out []ast.Expr) {
	var fn *types.Func
	for n := f.p.Parents[x]; n != nil; n = f.p.Parents[n] {
		if d, ok := n.(*ast.FuncDecl); ok {
			fn, _ = f.p.Info.Defs[d.Name].(*types.Func)
		}
	}
	if fn == nil {
		return nil
	}
	at := slices.Index(slices.Collect(fn.Signature().Params().Variables()), param)
	for _, use := range f.p.Uses(fn) {
		e := ast.Node(use)
		if sel, ok := f.p.Parents[e].(*ast.SelectorExpr); ok {
			e = sel
		}
		if call, ok := f.p.Parents[e].(*ast.CallExpr); ok && call.Fun == e && at >= 0 && at < len(call.Args) {
			out = append(out, call.Args[at])
		}
	}
	return out
}

// polled keeps what a loop does with the message that a call in it waits for, or that
// it receives from a channel, and reports whether there is one:
//
//	for {
//		m, err := r.FetchMessage(ctx)
//		...
//	}
func (f *finder) polled(s *ast.ForStmt) bool {
	for i, stmt := range s.Body.List {
		as, ok := stmt.(*ast.AssignStmt)
		if !ok || len(as.Rhs) != 1 {
			continue
		}
		id, ok := as.Lhs[0].(*ast.Ident)
		if _, isCall := ast.Unparen(as.Rhs[0]).(*ast.CallExpr); !ok || !isCall && !isReceive(as.Rhs[0]) || id.Name == "_" || !f.isMessage(f.p.Info.TypeOf(id)) {
			continue
		}
		t := f.p.Info.TypeOf(id)
		if f.isEvent(t) || !f.waitsFor(s, t) {
			return false
		}
		f.add(&scope.Item{Node: s, List: s.Body.List[i+1:], Message: id.Name, Begin: f.p.Message(t)})
		return true
	}
	return false
}

// waitsFor reports whether a loop goes on for as long as messages may come: it has no
// condition, or one that asks a context, a flag or the library.
func (f *finder) waitsFor(s *ast.ForStmt, t types.Type) bool {
	library, ok := rules.Named(t).Obj().Pkg(), true
	if s.Post != nil || s.Init != nil && !f.callsInto(s.Init, library) {
		return false // it counts
	}
	if s.Cond != nil {
		ast.Inspect(s.Cond, func(n ast.Node) bool {
			if call, isCall := n.(*ast.CallExpr); isCall {
				fn := f.callee(call)
				ok = ok && fn != nil && fn.Pkg() != nil && (fn.Pkg() == library || slices.Contains(asked, fn.Pkg().Path()))
			}
			return ok
		})
	}
	return ok
}

// asked are packages whose functions tell a loop whether to go on.
var asked = []string{"context", "errors", "sync/atomic"}

// callsInto reports whether a statement calls a function of a package.
func (f *finder) callsInto(s ast.Stmt, pkg *types.Package) bool {
	found := false
	ast.Inspect(s, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			fn := f.callee(call)
			found = found || fn != nil && fn.Pkg() == pkg
		}
		return !found
	})
	return found
}

// takesEach reports whether a function literal is given to a library that calls it for
// each message: fetches.EachRecord(func(r *kgo.Record) { ... }).
func (f *finder) takesEach(lit *ast.FuncLit) bool {
	e := f.p.Parenthesized(lit)
	call, ok := f.p.Parents[e].(*ast.CallExpr)
	sig, isFunc := f.p.Info.TypeOf(lit).(*types.Signature)
	return ok && isFunc && call.Fun != e && f.handsOut(call, sig)
}

// handsOut reports whether a call gives a function of one message, which returns
// nothing, to the message's library. With more, as an error, it is told what has
// become of a message that was sent.
func (f *finder) handsOut(call *ast.CallExpr, sig *types.Signature) bool {
	if sig.Params().Len() != 1 || sig.Results().Len() != 0 || !f.isMessage(sig.Params().At(0).Type()) {
		return false
	}
	fn := f.callee(call)
	return fn != nil && fn.Pkg() == rules.Named(sig.Params().At(0).Type()).Obj().Pkg()
}

// message sets an item's message, and the support code for it, where it is one.
func (f *finder) message(it *scope.Item) {
	if it.Message != "" || f.p.Message == nil {
		return
	}
	text, t := "", types.Type(nil)
	switch n := it.Node.(type) {
	case *ast.RangeStmt:
		text, t = f.ranged(n), f.elem(n)
	case *ast.CommClause:
		text, t = f.received(n.Comm)
	case *ast.ForStmt:
		text, t = f.awaited(n, it.List[0])
	case *ast.FuncLit:
		text, t = f.messageParam(n.Type)
	case *ast.FuncDecl:
		text, t = f.messageParam(n.Type)
	}
	if field := f.messageField(t); text != "" && field != nil {
		text, t = text+"."+field.Name(), field.Type()
	}
	if text != "" && f.isMessage(t) {
		it.Message, it.Begin = text, f.p.Message(t)
	}
}

// received returns the variable that a statement puts what it receives into, or "".
func (f *finder) received(s ast.Stmt) (text string, t types.Type) {
	as, ok := s.(*ast.AssignStmt)
	if !ok || len(as.Rhs) != 1 || !isReceive(as.Rhs[0]) {
		return "", nil
	}
	return variableOf(as.Lhs[0]), f.p.Info.TypeOf(as.Lhs[0])
}

// awaited returns the variable of the statement by which a loop waits, where that
// receives what the item behind it is about.
func (f *finder) awaited(s *ast.ForStmt, item ast.Stmt) (text string, t types.Type) {
	at := slices.Index(s.Body.List, item)
	if at < 1 {
		return "", nil
	}
	return f.received(s.Body.List[at-1])
}

// messageField returns the field of a struct that is its only message: workers get jobs
// that hold one. A pointer to a struct may be nil, and is asked for nothing.
func (f *finder) messageField(t types.Type) (field *types.Var) {
	if t == nil {
		return nil
	}
	s, ok := t.Underlying().(*types.Struct)
	if !ok || f.isMessage(t) {
		return nil
	}
	for v := range s.Fields() {
		if !f.isMessage(v.Type()) || f.isEvent(v.Type()) {
			continue
		}
		if field != nil || v.Name() == "_" || !v.Exported() && v.Pkg() != f.p.Types {
			return nil
		}
		field = v
	}
	return field
}

// variableOf returns the name of a variable that a statement sets, or "".
func variableOf(e ast.Expr) string {
	if id, ok := e.(*ast.Ident); ok && id.Name != "_" {
		return id.Name
	}
	return ""
}

// ranged returns the expression of what a loop ranges over one by one, or "".
func (f *finder) ranged(s *ast.RangeStmt) string {
	switch f.p.Info.TypeOf(s.X).Underlying().(type) {
	case *types.Chan, *types.Signature:
		return variableOf(s.Key)
	}
	if name := variableOf(s.Value); name != "" {
		return name
	}
	if key := variableOf(s.Key); key != "" && scope.RootOf(s.X) != nil { // for i := range e.Records
		return types.ExprString(s.X) + "[" + key + "]"
	}
	return ""
}

// messageParam returns the one parameter of a function that is a message, or "".
func (f *finder) messageParam(fn *ast.FuncType) (text string, t types.Type) {
	for _, field := range fn.Params.List {
		for _, id := range field.Names {
			if v := f.p.Info.TypeOf(field.Type); f.isMessage(v) && id.Name != "_" {
				if text != "" {
					return "", nil
				}
				text, t = id.Name, v
			}
		}
	}
	return text, t
}

// inherit gives the function that a message's item does nothing but start its message:
// a parameter of its own, or the loop's variable, which is one for each message since
// Go 1.22.
func (f *finder) inherit(it, outer *scope.Item) {
	if f.message(it); it.Message != "" || outer.Message == "" || strings.Contains(outer.Message, "[") {
		return
	}
	variable, _, _ := strings.Cut(outer.Message, ".")
	lit := it.Node.(*ast.FuncLit)
	for _, field := range lit.Type.Params.List {
		if slices.ContainsFunc(field.Names, func(id *ast.Ident) bool { return id.Name == variable }) {
			return
		}
	}
	if v := f.p.Types.GoVersion(); v == "" || version.Compare(v, "go1.22") >= 0 {
		it.Message, it.Begin = outer.Message, outer.Begin
	}
}

// orphan says that a record of an event has no context of its invocation, or "".
func (f *finder) orphan(it *scope.Item) string {
	if it.Message == "" || it.Base != nil {
		return ""
	}
	var t types.Type
	if r, ok := it.Node.(*ast.RangeStmt); ok {
		t = f.elem(r)
	}
	if !f.isEvent(t) {
		return ""
	}
	return "no context of the invocation is in reach: let the handler take one, and pass it on"
}
