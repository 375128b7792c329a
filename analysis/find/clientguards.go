package find

import (
	"go/ast"
	"go/types"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// untracedClient: the client's transport is not traced where the client is made.
func untracedClient(f *finder, s *Site) (Status, string) {
	traced := true
	complete := f.flow.Origins(s.Match.Holes["c"].Exprs[0], func(e ast.Expr) bool {
		switch f.clientOrigin(e) {
		case "traced":
			return true
		case "default":
			traced = false
			return true
		}
		return false
	})
	if complete && traced {
		return Already, "its client's transport is traced"
	}
	return Traceable, ""
}

// clientOrigin tells what an expression says of the client that it makes.
func (f *finder) clientOrigin(e ast.Expr) string {
	switch n := e.(type) {
	case *ast.CompositeLit, *ast.CallExpr:
		for _, m := range f.m.At(f.unit, n) {
			switch m.Idiom.Name {
			case "ClientLiteral", "ClientTransport", "ClientNew", "OAuth2Client", "OAuth2Config", "OAuth2Credentials":
				return f.literalOrigin(m.Traced)
			}
		}
		if f.isSDK(e, "Client") {
			return "traced"
		}
	case *ast.SelectorExpr:
		if rules.KeyOf(f.p.Info.Uses[n.Sel], nil) == "net/http.DefaultClient" {
			return "default"
		}
	}
	return ""
}

// literalOrigin: a client literal is traced, or will be by the same run, unless
// its guard forbids it.
func (f *finder) literalOrigin(traced bool) string {
	if traced || f.transportUse() == "" {
		return "traced"
	}
	return "default"
}

// transportUse returns a place where the program looks at or sets the transport
// of a client that was made before, or "".
func (f *finder) transportUse() string {
	if at := f.survey().Asserts; len(at) > 0 {
		return at[0]
	}
	at := f.fieldUseBut("net/http.Client.Transport", func(n ast.Node) bool {
		call, ok := f.parents[n].(*ast.CallExpr)
		return ok && f.isSDK(call, "RoundTripper") // wrapped, whatever it is
	})
	if at == nil {
		return ""
	}
	return f.place(at)
}

// untracedTransport: the transport given to a client is not traced by hand.
func untracedTransport(f *finder, s *Site) (Status, string) {
	if f.anyOrigin(s.Match.Holes["t"].Exprs[0], "RoundTripper", "xrayTransport", "xrayPassing") {
		return Already, "its transport is traced"
	}
	return Traceable, ""
}

// opaqueTransport: nothing in the program looks at a client's transport or sets
// it later; a type assertion or a comparison with nil would see the traced one.
func opaqueTransport(f *finder, s *Site) (Status, string) {
	if call := f.wrappedBy(s.Node, "Client"); call != nil {
		return Already, "it is handed to xray.Client"
	}
	if at := f.transportUse(); at != "" {
		return Skipped, "a client's Transport is set or read at " + at + ": its requests are traced where they are sent"
	}
	return Traceable, ""
}

// wrappedBy returns the call of an SDK function that a node, or the variable that
// holds it, is directly given to.
func (f *finder) wrappedBy(n ast.Node, name string) *ast.CallExpr {
	for p := f.parents[n]; p != nil; p = f.parents[p] {
		switch p := p.(type) {
		case *ast.UnaryExpr, *ast.ParenExpr:
			continue
		case *ast.CallExpr:
			if f.isSDK(p, name) {
				return p
			}
		case *ast.AssignStmt:
			if id := scope.IdentOf(p.Lhs[0]); id != nil && len(p.Lhs) == 1 {
				return f.givenTo(f.p.Info.ObjectOf(id), name)
			}
		}
		return nil
	}
	return nil
}

func (f *finder) givenTo(obj types.Object, name string) *ast.CallExpr {
	for _, id := range f.scope.Uses(obj) {
		for p := f.parents[id]; p != nil; p = f.parents[p] {
			if u, ok := p.(*ast.UnaryExpr); ok && u.X == ast.Expr(id) {
				continue
			}
			if call, ok := p.(*ast.CallExpr); ok && f.isSDK(call, name) {
				return call
			}
			break
		}
	}
	return nil
}

// ownContext: the request is not given a context by hand before it is sent.
func ownContext(f *finder, s *Site) (Status, string) {
	id := scope.IdentOf(s.Match.Holes["r"].Exprs[0])
	if id == nil {
		return Traceable, ""
	}
	for _, use := range f.scope.Uses(f.p.Info.Uses[id]) {
		if sel, ok := f.parents[use].(*ast.SelectorExpr); ok && sel.Sel.Name == "SetContext" {
			return Already, "its context is set by hand"
		}
	}
	return Traceable, ""
}
