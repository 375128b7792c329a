package find

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
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

// AskedCode returns the names of all support code that directives use.
func AskedCode() []string { return []string{CaptureCode, AnnotateCode, MetadataCode, TextCode} }

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

// UsesSupport reports whether a package's files, but for the support file itself, use
// a piece of support code.
func UsesSupport(p *Package, name string) bool {
	for id, obj := range p.Info.Uses {
		own, ok := p.SupportName(obj)
		if ok && own == name && !p.inSupport(id.Pos()) {
			return true
		}
	}
	return false
}

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
	if fn := calleeOf(f.p.Info, call); fn != nil {
		if own, ok := f.p.SupportName(fn); ok && own == name {
			return call
		}
	}
	return nil
}

// earlier finds what an earlier run made of a directive: for a function among the
// statements that it begins with, else behind the statement.
func (f *finder) earlier(a *Asked) {
	list, code := a.Prologue, codeOf[a.Rule]
	if a.Stmt != nil {
		list = f.behind(a.Stmt)
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
		if !isCall || len(call.Args) != 1 {
			return false
		}
		fn := calleeOf(f.p.Info, call)
		if fn == nil {
			return false
		}
		if own, ok := f.p.SupportName(fn); !ok || own != TextCode {
			return false
		}
		e, value = call.Args[0], strings.TrimSuffix(rest, ")")
	}
	want, err := parser.ParseExpr(value)
	return err == nil && types.ExprString(e) == types.ExprString(want)
}

// behind returns the statements that follow one in its block, without the check of
// its error.
func (f *finder) behind(s ast.Stmt) []ast.Stmt {
	list := stmtsOf(f.parents[s])
	at := slices.Index(list, s)
	if at < 0 {
		return nil
	}
	list = list[at+1:]
	if len(list) > 0 && f.checksError(list[0], s) {
		list = list[1:]
	}
	return list
}

// AnnotateBehind returns the statement behind which an annotation of s stands: s, or
// the check of its error.
func (f *finder) annotateBehind(s ast.Stmt) (ast.Stmt, bool) {
	list := stmtsOf(f.parents[s])
	at := slices.Index(list, s)
	if at < 0 {
		return nil, false
	}
	if at+1 < len(list) && f.checksError(list[at+1], s) {
		return list[at+1], true
	}
	return s, true
}

// checksError reports whether a statement is an if that leaves the function where an
// error which s assigned is not nil.
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
	obj := f.p.Info.ObjectOf(scope.IdentOf(cond.X))
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

// stmtsOf returns the statements of a block, or of a clause of switch or select.
func stmtsOf(n ast.Node) []ast.Stmt {
	switch n := n.(type) {
	case *ast.BlockStmt:
		return n.List
	case *ast.CaseClause:
		return n.Body
	case *ast.CommClause:
		return n.Body
	}
	return nil
}
