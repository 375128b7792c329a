package edit

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// goCall returns the edits that put the call of a goroutine into a function literal with
// a subsegment of its own:
//
//	go s.notify(r.Context(), order.ID, "new")
//	   ^        ^^^^^^^^^^^  ^^^^^^^^       ^
//	go func(ctx context.Context, id string) {
//		defer xrayDone(ctx)
//		s.notify(ctx, id, "new")
//	}(xrayGo(r.Context(), "notify"), order.ID)
//
// begin is the call of xrayGo up to its context, name what follows that.
func (p *Package) goCall(f *File, e *Env, it *scope.Item, pkg, begin, name string) []match.Edit {
	l := lines{f}
	size := int(it.Go.End() - it.Go.Pos())
	var params, args, kinds []string
	var edits []match.Edit
	for i, param := range it.Params {
		kind, arg := pkg+"Context", ""
		switch {
		case param.Type != nil:
			kind, arg = types.TypeString(param.Type, p.qualifier(e)), f.text(param.Expr)
		case it.From != "":
			arg = begin + pkg + it.From + name
		default:
			arg = begin + f.text(param.Expr) + name
		}
		params, args, kinds = append(params, param.Name+" "+kind), append(args, arg), append(kinds, kind)
		if i > 0 && kinds[i-1] == kind { // a, b string
			params[i-1] = it.Params[i-1].Name
		}
		if param.Expr != nil && f.text(param.Expr) != param.Name {
			edits = append(edits, f.instead(param.Expr, param.Name))
		}
	}
	outer := l.eol() + l.indentOf(it.Go.Pos())
	inner := outer + "\t"
	start, end := f.Offset(it.Call.Pos()), f.Offset(it.Call.End())
	open := "func(" + strings.Join(params, ", ") + ") {" + inner + deferDone(e, it) + inner
	return append(edits,
		match.Edit{Start: start, End: start, New: open, Lead: true, Size: size},
		match.Edit{Start: end, End: end, New: outer + "}(" + strings.Join(args, ", ") + ")", Size: size})
}

// qualifier names the packages of types as they are called, or will be, at a place.
func (p *Package) qualifier(e *Env) types.Qualifier {
	return func(pkg *types.Package) string {
		if pkg == p.Pkg.Types {
			return ""
		}
		name, _ := e.Package(pkg.Path(), pkg.Name())
		return name
	}
}

// deferDone returns the statement that ends a goroutine's subsegment.
func deferDone(e *Env, it *scope.Item) string {
	return "defer " + e.Support(find.DoneSupport) + "(" + it.Ctx + ")"
}

// The marks of the record for a call: that it was one, without a context or with the one
// that xrayGo has now, or with another, whose text follows.
const (
	Call        = "go"
	CallGiven   = Call + "="
	callGivenAs = Call + ":"
)

// markOfCall returns what the record says of a goroutine that was a call.
func (f *File) markOfCall(it *scope.Item) string {
	switch {
	case it.Own == nil:
		return Call
	case it.From == "":
		return CallGiven
	}
	return callGivenAs + f.text(it.Own)
}

// withoutLiteral returns the edits that leave a goroutine's call in the place of the
// literal that a run has put it into, or false where it was changed since.
func (f *File) withoutLiteral(b *find.Started, old string) ([]match.Edit, bool) {
	call := f.onlyCall(b)
	if call == nil {
		return nil, false
	}
	edits := []match.Edit{
		{Start: f.Offset(b.Lit.Pos()), End: f.Offset(call.Pos())},
		{Start: f.Offset(call.End()), End: f.Offset(b.Stmt.Call.End())},
	}
	for id, e := range Moved(f.p.Pkg.Info, b) {
		if e != ast.Expr(b.Call) {
			edits = append(edits, f.instead(id, f.text(e)))
			continue
		}
		as, ok := strings.CutPrefix(old, callGivenAs)
		switch {
		case old == CallGiven:
			edits = append(edits, f.instead(id, f.text(b.Call.Args[0])))
		case ok:
			edits = append(edits, f.instead(id, as))
		}
	}
	return edits, true
}

// instead returns the edit that puts a text in the place of a node.
func (f *File) instead(n ast.Node, text string) match.Edit {
	return match.Edit{Start: f.Offset(n.Pos()), End: f.Offset(n.End()), New: text}
}

// text returns the text of a node.
func (f *File) text(n ast.Node) string { return string(f.f.Src[f.Offset(n.Pos()):f.Offset(n.End())]) }

// Moved returns the names in a goroutine's literal that are parameters of it, with what
// they are given.
func Moved(info *types.Info, b *find.Started) map[*ast.Ident]ast.Expr {
	given, i := map[types.Object]ast.Expr{}, 0
	for _, field := range b.Lit.Type.Params.List {
		for _, id := range field.Names {
			if i < len(b.Stmt.Call.Args) {
				given[info.Defs[id]] = b.Stmt.Call.Args[i]
			}
			i++
		}
	}
	out := map[*ast.Ident]ast.Expr{}
	for _, s := range b.Lit.Body.List {
		ast.Inspect(s, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && s != b.Done && info.Uses[id] != nil && given[info.Uses[id]] != nil {
				out[id] = given[info.Uses[id]]
			}
			return true
		})
	}
	return out
}

// onlyCall returns the call that a goroutine's literal makes, if it does nothing else and
// no comment stands around that.
func (f *File) onlyCall(b *find.Started) *ast.CallExpr {
	if len(b.Lit.Body.List) != 2 || b.Lit.Body.List[0] != b.Done {
		return nil
	}
	s, ok := b.Lit.Body.List[1].(*ast.ExprStmt)
	if !ok {
		return nil
	}
	call, ok := s.X.(*ast.CallExpr)
	for _, g := range f.f.Syntax.Comments {
		if ok && b.Lit.Pos() <= g.Pos() && g.Pos() < b.Stmt.Call.End() && (g.Pos() < call.Pos() || call.End() <= g.Pos()) {
			return nil
		}
	}
	return call
}
