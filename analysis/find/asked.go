package find

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
)

// prologueOf returns the statements that a body begins with by request of directives.
func (f *finder) prologueOf(body *ast.BlockStmt) []ast.Stmt {
	ends := map[types.Object]bool{}
	var onward types.Object
	for i, s := range body.List {
		switch s := s.(type) {
		case *ast.AssignStmt:
			if call := f.supportCall(s, CaptureCode); call != nil {
				ends[f.p.Info.ObjectOf(scope.IdentOf(s.Lhs[1]))] = true
				onward = f.p.Info.ObjectOf(scope.IdentOf(s.Lhs[0]))
				continue
			}
			if onward != nil && len(s.Rhs) == 1 && f.passesOn(s.Rhs[0], onward) {
				continue
			}
		case *ast.DeferStmt:
			if ends[f.p.Info.ObjectOf(scope.IdentOf(s.Call.Fun))] {
				continue
			}
		case *ast.ExprStmt:
			if f.supportCall(s, AnnotateCode) != nil || f.supportCall(s, MetadataCode) != nil {
				continue
			}
		}
		return body.List[:i]
	}
	return body.List
}

// passesOn reports whether an expression is r.WithContext(ctx).
func (f *finder) passesOn(e ast.Expr, ctx types.Object) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok || len(call.Args) != 1 || f.p.Info.ObjectOf(scope.IdentOf(call.Args[0])) != ctx {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	return ok && sel.Sel.Name == "WithContext"
}

// The support code of the directives.
const (
	CaptureCode  = "xrayCapture"
	AnnotateCode = "xrayAnnotate"
	MetadataCode = "xrayMetadata"
	TextCode     = "xrayText"
)

// Code returns the support code that what a directive asks for uses.
func (a *Asked) Code() []string {
	code := []string{codeOf[a.Rule]}
	if strings.HasPrefix(a.Value, TextCall) {
		code = append(code, TextCode)
	}
	return code
}

// codeOf gives the support code of each rule.
var codeOf = map[string]string{Capture: CaptureCode, Annotate: AnnotateCode, Metadata: MetadataCode}

// StatementCode returns the support code of statements that earlier runs have added to a
// package, sorted.
func StatementCode(p *Package) []string {
	if p.Support == nil {
		return nil
	}
	used := map[string]bool{}
	for id, obj := range p.Info.Uses {
		if name, ok := p.SupportName(obj); ok && (slices.Contains(statementCode, name) || strings.HasPrefix(name, WorkPrefix)) && !p.inSupport(id.Pos()) {
			used[name] = true
		}
	}
	return slices.Sorted(maps.Keys(used))
}

// statementCode is all support code that added statements call.
var statementCode = []string{CaptureCode, AnnotateCode, MetadataCode, TextCode, WorkPrefix, GoSupport, DoneSupport}

// supportCall returns the call of a piece of support code that a statement makes, or
// nil.
func (f *finder) supportCall(s ast.Stmt, name string) *ast.CallExpr {
	var e ast.Expr
	switch s := s.(type) {
	case *ast.ExprStmt:
		e = s.X
	case *ast.AssignStmt:
		if s.Tok == token.DEFINE && len(s.Lhs) == 2 && len(s.Rhs) == 1 {
			e = s.Rhs[0]
		}
	}
	call, ok := e.(*ast.CallExpr)
	if !ok || len(call.Args) < 2 {
		return nil
	}
	if !f.isSupport(call, name) {
		return nil
	}
	return call
}

// earlier finds what an earlier run made of a directive: for a function among the
// statements that it begins with, else behind the statement.
func (f *finder) earlier(a *Asked) {
	list, code := a.Prologue, codeOf[a.Rule]
	if a.Stmt != nil {
		_, list = f.behind(a.Stmt)
	}
	for _, s := range list {
		call := f.supportCall(s, code)
		if call == nil {
			if a.Stmt != nil && f.supportCall(s, AnnotateCode) == nil && f.supportCall(s, MetadataCode) == nil {
				return
			}
			continue
		}
		said, _ := strconv.Unquote(types.ExprString(call.Args[1]))
		if a.Rule == Capture {
			a.Done, a.Call, a.Same = s, call, said == a.Name
			return
		}
		if said == a.Key && len(call.Args) == 3 {
			a.Done, a.Call, a.Same = s, call, f.sameValue(call.Args[2], a.Value)
			return
		}
	}
}

// sameValue reports whether an expression reads as the value of an annotation.
func (f *finder) sameValue(e ast.Expr, value string) bool {
	if rest, ok := strings.CutPrefix(value, TextCall); ok {
		call, isCall := e.(*ast.CallExpr)
		if !isCall || len(call.Args) != 1 || !f.isSupport(call, TextCode) {
			return false
		}
		e, value = call.Args[0], strings.TrimSuffix(rest, ")")
	}
	want, err := parser.ParseExpr(value)
	return err == nil && types.ExprString(e) == types.ExprString(want)
}

// behind returns the statement behind which an annotation of s stands: s, or the check
// of its error; and the statements that follow it. It is nil where there is no place for
// one.
func (f *finder) behind(s ast.Stmt) (at ast.Stmt, rest []ast.Stmt) {
	list := scope.Statements(f.parents[s])
	i := slices.Index(list, s)
	if i < 0 {
		return nil, nil
	}
	if i+1 < len(list) && f.checksError(list[i+1], s) {
		i++
	}
	return list[i], list[i+1:]
}

// checksError reports whether a statement is an if about an error which s assigned: what
// is done where it is not nil.
func (f *finder) checksError(n, s ast.Stmt) bool {
	as, ok := s.(*ast.AssignStmt)
	check, isIf := n.(*ast.IfStmt)
	if !ok || !isIf || check.Init != nil || check.Else != nil {
		return false
	}
	cond, ok := check.Cond.(*ast.BinaryExpr)
	if !ok || cond.Op != token.NEQ {
		return false
	}
	x := cond.X
	if f.isNil(x) {
		x = cond.Y
	}
	obj := f.p.Info.ObjectOf(scope.IdentOf(x))
	if obj == nil || !types.Identical(obj.Type(), types.Universe.Lookup("error").Type()) {
		return false
	}
	for _, l := range as.Lhs {
		if f.p.Info.ObjectOf(scope.IdentOf(l)) == obj {
			return true
		}
	}
	return false
}
