package find

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// gormPath is the import path of gorm.
const gormPath = "gorm.io/gorm"

// asking are the methods of gorm that send a statement, or begin what does.
var asking = []string{
	"Create", "CreateInBatches", "Save", "First", "Take", "Last", "Find", "FindInBatches", "FirstOrInit", "FirstOrCreate",
	"Update", "Updates", "UpdateColumn", "UpdateColumns", "Delete", "Count", "Row", "Rows", "Scan", "Pluck", "Exec",
	"Connection", "Transaction", "Begin", "Association",
}

// chaining are the methods of gorm that add to a statement.
var chaining = []string{
	"Model", "Clauses", "Table", "Distinct", "Select", "Omit", "Where", "Not", "Or", "Joins", "InnerJoins", "Group", "Having",
	"Order", "Limit", "Offset", "Scopes", "Preload", "Attrs", "Assign", "Unscoped", "Raw", "Set", "InstanceSet",
}

// gormChain: the call is where a chain of gorm's methods must be given its context.
// A database of gorm is one of two things. It may be fresh: each chain begins a new
// statement, and WithContext in front of the chain changes nothing else. Or it is
// what a chain has returned, a statement that further calls change in place; with a
// context it would be another one. So the context is given where a chain leaves
// what is fresh:
//
//	s.db.WithContext(ctx).Where("a").Find(&x)
//	q := s.db.WithContext(ctx).Where("a"); q.Find(&x)
//
// and what a chain is kept in, or gorm itself hands to a function, stays as it is.
func gormChain(f *finder, s *Site) (Status, string) {
	call := s.Node.(*ast.CallExpr)
	base := ast.Unparen(call.Fun.(*ast.SelectorExpr).X)
	if inner, ok := base.(*ast.CallExpr); ok && f.gormMethod(inner) != "" {
		return "", "" // a later link
	}
	links, top := f.gormLinks(call)
	asks := slices.ContainsFunc(links, func(l link) bool { return slices.Contains(asking, l.name) })
	if slices.ContainsFunc(links, f.givesContext) || !asks && !f.keptLocally(top) {
		return "", ""
	}
	return f.gormBase(base, asks)
}

// link is a call of a chain.
type link struct {
	name string
	call *ast.CallExpr
}

// gormMethod returns the name of the method of gorm's database that is called, or "".
func (f *finder) gormMethod(call *ast.CallExpr) string {
	fn := calleeOf(f.p.Info, call)
	if fn == nil || !strings.HasPrefix(rules.KeyOf(fn, nil), gormPath+".DB.") {
		return ""
	}
	return fn.Name()
}

// gormLinks returns a call and those that are made on its result, with the last.
func (f *finder) gormLinks(call *ast.CallExpr) (links []link, top ast.Node) {
	for {
		links = append(links, link{f.gormMethod(call), call})
		n := f.parents[call]
		for {
			paren, ok := n.(*ast.ParenExpr)
			if !ok {
				break
			}
			n = f.parents[paren]
		}
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return links, call
		}
		next, ok := f.parents[sel].(*ast.CallExpr)
		if !ok || next.Fun != ast.Expr(sel) || f.gormMethod(next) == "" {
			return links, call
		}
		call = next
	}
}

// givesContext reports whether a link gives its chain a context by hand.
func (f *finder) givesContext(l link) bool {
	if l.name == "WithContext" {
		return true
	}
	if l.name != "Session" || len(l.call.Args) != 1 {
		return false
	}
	u, ok := l.call.Args[0].(*ast.UnaryExpr)
	if !ok {
		return true
	}
	lit, ok := u.X.(*ast.CompositeLit)
	return !ok || slices.ContainsFunc(lit.Elts, func(e ast.Expr) bool {
		kv, ok := e.(*ast.KeyValueExpr)
		return !ok || scope.IdentOf(kv.Key) != nil && scope.IdentOf(kv.Key).Name == "Context"
	})
}

// keptLocally reports whether a value is assigned to a local variable.
func (f *finder) keptLocally(n ast.Node) bool {
	var id *ast.Ident
	switch s := f.parents[n].(type) {
	case *ast.AssignStmt:
		if len(s.Lhs) == 1 {
			id = scope.IdentOf(s.Lhs[0])
		}
	case *ast.ValueSpec:
		if len(s.Names) == 1 {
			id = s.Names[0]
		}
	}
	v, ok := f.p.Info.ObjectOf(id).(*types.Var)
	return ok && !v.IsField() && v.Parent() != f.p.Types.Scope() && v.Kind() != types.ParamVar
}

// gormBase decides about the chains of a database, asks being whether the chain at
// hand sends a statement.
func (f *finder) gormBase(base ast.Expr, asks bool) (Status, string) {
	if call, ok := base.(*ast.CallExpr); ok {
		if f.takesRequest(call) {
			return Already, "its database is made with a context"
		}
		return Traceable, ""
	}
	v, ok := f.p.Info.Uses[scope.IdentOf(base)].(*types.Var)
	if !ok || v.Parent() == f.p.Types.Scope() || v.IsField() {
		return Traceable, ""
	}
	values := f.scope.Assigned(v)
	if v.Kind() == types.ParamVar {
		switch {
		case f.handedByGorm(base, v):
			return "", ""
		case len(values) > 0 && !asks:
			return "", ""
		case len(values) > 0:
			return Skipped, v.Name() + " collects conditions: give it a context first, " + v.Name() + " = " + v.Name() + ".WithContext(ctx)"
		}
		if at := f.readInPlace(v); at != nil {
			return Skipped, "a statement may leave something in " + v.Name() + " for " + f.place(at) + ": give it a context first, " + v.Name() + " = " + v.Name() + ".WithContext(ctx)"
		}
		return Traceable, ""
	}
	for _, e := range values {
		call, ok := ast.Unparen(e).(*ast.CallExpr)
		switch {
		case !ok:
			if id := scope.IdentOf(ast.Unparen(e)); id != nil && f.p.Info.Uses[id] != types.Object(v) {
				if status, reason := f.gormBase(id, asks); status != Traceable {
					return status, reason
				}
			}
		case f.gormMethod(call) != "":
			return "", "" // its own chain is given a context
		case f.takesRequest(call):
			return Already, "its database is made with a context"
		}
	}
	return Traceable, ""
}

// takesRequest reports whether a call is given a context or a request.
func (f *finder) takesRequest(call *ast.CallExpr) bool {
	for _, a := range call.Args {
		t := f.p.Info.TypeOf(a)
		if t != nil && (match.IsContext(t) || strings.HasSuffix(rules.TypeName(t), "Context") || rules.TypeName(t) == "Request" || rules.TypeName(t) == "Ctx") {
			return true
		}
	}
	return false
}

// gormHooks are the methods of models that gorm calls around its statements.
var gormHooks = []string{"BeforeCreate", "AfterCreate", "BeforeUpdate", "AfterUpdate", "BeforeSave", "AfterSave", "BeforeDelete", "AfterDelete", "AfterFind"}

// handedByGorm reports whether a parameter is one that gorm gives its value: that of a
// hook, or of a function literal that is handed to gorm. It has the context of the
// statement or transaction that it is called for.
func (f *finder) handedByGorm(use ast.Node, v *types.Var) bool {
	for n := use; n != nil; n = f.parents[n] {
		switch n := n.(type) {
		case *ast.FuncDecl:
			return n.Recv != nil && slices.Contains(gormHooks, n.Name.Name)
		case *ast.FuncLit:
			if v.Pos() < n.Type.Pos() || v.Pos() >= n.Type.End() {
				continue
			}
			call, ok := f.parents[n].(*ast.CallExpr)
			if !ok {
				return false
			}
			fn := calleeOf(f.p.Info, call)
			return fn != nil && fn.Pkg() != nil && strings.HasPrefix(fn.Pkg().Path(), gormPath)
		}
	}
	return false
}

// readInPlace returns a place that reads what a statement has left in a variable, or
// that adds a condition to it by a call alone, or nil.
func (f *finder) readInPlace(v *types.Var) ast.Node {
	for _, id := range f.scope.Uses(v) {
		sel, ok := f.parents[id].(*ast.SelectorExpr)
		if !ok || sel.X != ast.Expr(id) {
			continue
		}
		call, ok := f.parents[sel].(*ast.CallExpr)
		if !ok || call.Fun != ast.Expr(sel) {
			return sel
		}
		links, top := f.gormLinks(call)
		_, alone := f.parents[top].(*ast.ExprStmt)
		if alone && !slices.ContainsFunc(links, func(l link) bool { return slices.Contains(asking, l.name) || !slices.Contains(chaining, l.name) }) {
			return sel
		}
	}
	return nil
}

// beginsTransaction reports whether a chain of gorm begins a transaction, which must
// not end with the request.
func (f *finder) beginsTransaction(s *Site) bool {
	call, ok := s.Node.(*ast.CallExpr)
	if !ok || s.Match == nil || !slices.Contains(s.Match.Idiom.Guards, "gorm-chain") {
		return false
	}
	links, _ := f.gormLinks(call)
	return slices.ContainsFunc(links, func(l link) bool { return l.name == "Begin" || l.name == "Transaction" })
}
