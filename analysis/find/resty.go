package find

import (
	"go/ast"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
)

const restyPath = "github.com/go-resty/resty/v2"

// restyTransport are the methods of resty's client that want its transport to be an
// *http.Transport, or replace it.
var restyTransport = map[string]bool{
	"SetTransport": true, "SetProxy": true, "RemoveProxy": true, "SetTLSClientConfig": true, "SetCertificates": true,
	"SetRootCertificate": true, "SetRootCertificateFromString": true, "SetClientRootCertificate": true,
	"SetClientRootCertificateFromString": true, "SetRootCertificates": true, "Transport": true, "HTTPTransport": true,
}

// lateTransports notes the places of a function that reach for the transport of a
// client of resty which may have sent a request already: those that do not stand
// between the making of a client and its first request. A client made by
// NewWithClient is traced before any of them.
func (s *Survey) lateTransports(fn *ast.FuncDecl, at func(ast.Node) string) {
	if fn.Body == nil {
		return
	}
	fresh := false
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		ast.Inspect(sel.X, func(n ast.Node) bool { // the chain in front comes first
			if inner, ok := n.(*ast.CallExpr); ok {
				fresh = restyState(inner, fresh)
			}
			return true
		})
		if restyTransport[sel.Sel.Name] && !fresh {
			s.Asserts = append(s.Asserts, at(sel.Sel))
		}
		fresh = restyState(call, fresh)
		return true
	})
}

// restyState returns whether the client at hand is fresh behind a call.
func restyState(call *ast.CallExpr, fresh bool) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return fresh
	}
	switch sel.Sel.Name {
	case "New", "NewWithLocalAddr":
		return true
	case "R", "NewRequest", "NewWithClient":
		return false
	}
	return fresh
}

// earlyTransport: nothing in the program looks at the transport of a client that may
// have sent a request.
func earlyTransport(f *finder, _ *Site) (Status, string) {
	if at := f.transportUse(); at != "" {
		return Skipped, "a client's Transport is set or read at " + at + ": set it before the client's first request, in the function that makes the client"
	}
	return Traceable, ""
}

// restyContext: the request is given no context of its own, in its chain or later.
func restyContext(f *finder, s *Site) (Status, string) {
	n := s.Node
	for {
		sel, ok := f.parents[n].(*ast.SelectorExpr)
		if !ok {
			break
		}
		if sel.Sel.Name == "SetContext" {
			return Already, "its context is set by hand"
		}
		if n = f.parents[sel]; n == nil {
			break
		}
	}
	as, ok := f.parents[n].(*ast.AssignStmt)
	if !ok || len(as.Lhs) != 1 {
		return Traceable, ""
	}
	for _, use := range f.scope.Uses(f.p.Info.ObjectOf(scope.IdentOf(as.Lhs[0]))) {
		if sel, ok := f.parents[use].(*ast.SelectorExpr); ok && sel.Sel.Name == "SetContext" {
			return Already, "its context is set by hand"
		}
	}
	return Traceable, ""
}
