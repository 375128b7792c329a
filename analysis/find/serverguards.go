package find

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// untracedHandler: the handler has no segment of its own yet, at any of the
// places that it comes from, and the program gives requests none elsewhere.
// Doubled, a request would be split into two traces.
func untracedHandler(f *finder, s *Site) (Status, string) {
	if f.anyOrigin(s.Match.Holes["h"].Exprs[0], "Handler", "HandlerWithContext", "xrayHandler") {
		return Already, "its handler is traced"
	}
	if status, reason := f.connections(s.Match.Holes["h"].Exprs[0]); status != "" {
		return status, reason
	}
	if f.adapted(s.Match.Holes["h"].Exprs[0]) {
		return Already, "its requests get their segments from the fiber app inside, which does not see one from outside"
	}
	if hands := f.survey().Handlers; len(hands) > 0 {
		return Already, "requests are given segments by hand at " + hands[0]
	}
	if at := f.survey().Served; len(at) > 0 {
		if _, isCall := s.Node.(*ast.CallExpr); !isCall {
			return Skipped, "a server's Handler is expected to be of one type at " + at[0]
		}
	}
	return Traceable, ""
}

// untracedRouter: the program gives requests no segments by hand.
func untracedRouter(f *finder, _ *Site) (Status, string) {
	if hands := f.survey().Handlers; len(hands) > 0 {
		return Already, "requests are given segments by hand at " + hands[0]
	}
	return Traceable, ""
}

// connections says what becomes of a server whose handler comes from h2c.NewHandler, or from
// a gin engine that uses it, which serves all requests of an HTTP/2 connection below the
// context of the one that began it: each gets a segment inside. A handler that comes from
// elsewhere too is traced here: H2CHandler knows the first request's segment, gin does not.
func (f *finder) connections(e ast.Expr) (Status, string) {
	gin := false
	found := false
	all := f.flow.Origins(e, func(e ast.Expr) bool {
		call, ok := e.(*ast.CallExpr)
		if !ok {
			return false
		}
		fn := calleeOf(f.p.Info, call)
		switch {
		case fn == nil:
			return false
		case rules.KeyOf(fn, nil) == "github.com/gin-gonic/gin.Engine.Handler" && f.fieldUse("github.com/gin-gonic/gin.Engine.UseH2C") != nil:
			gin, found = true, true
			return true
		case rules.KeyOf(fn, nil) == "golang.org/x/net/http2/h2c.NewHandler":
			found = true
			return true
		}
		return false
	})
	switch {
	case found && all:
		return Already, "each request gets its segment inside h2c, which serves a whole connection within one"
	case gin || found && !f.view.Rules.Has("H2CHandler", rules.InboundHTTP):
		return Skipped, "h2c serves a whole connection inside one request, and the handler is not always h2c's: give each a server of its own"
	}
	return "", ""
}

// adapted reports whether a handler is a fiber app's, by an adaptor that gives the app a
// request without its context.
func (f *finder) adapted(e ast.Expr) bool {
	found := false
	f.flow.Origins(e, func(e ast.Expr) bool {
		if call, ok := e.(*ast.CallExpr); ok {
			fn := calleeOf(f.p.Info, call)
			found = found || fn != nil && fn.Name() == "FiberApp" && fn.Pkg() != nil && strings.HasPrefix(fn.Pkg().Path(), "github.com/gofiber/")
		}
		return found
	})
	return found
}

// defaultServer: the server without a handler is one that the package starts as
// it is. Where a handler is set or asked for elsewhere, a handler given here
// would change what that code sees.
func defaultServer(f *finder, s *Site) (Status, string) {
	if hands := f.survey().Handlers; len(hands) > 0 {
		return Already, "requests are given segments by hand at " + hands[0]
	}
	lit := s.Node
	if u, ok := lit.(*ast.UnaryExpr); ok {
		lit = u.X
	}
	if at := f.fieldUse("net/http.Server.Handler"); at != nil {
		if as, ok := f.parents[at].(*ast.AssignStmt); ok && as.Lhs[0] == at.(ast.Expr) {
			return "", "" // the assignment is the site
		}
		return Skipped, "its Handler is set or read at " + f.place(at) + ": give it a traced handler there"
	}
	if f.startedByEcho(lit) {
		return "", "" // which gives it a handler of its own
	}
	started := false
	for n := range f.parents {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok || !strings.HasPrefix(sel.Sel.Name, "ListenAndServe") && !strings.HasPrefix(sel.Sel.Name, "Serve") {
			continue
		}
		if fn, ok := f.p.Info.Uses[sel.Sel].(*types.Func); !ok || !strings.HasPrefix(rules.KeyOf(fn, nil), "net/http.Server.") {
			continue
		}
		f.flow.Origins(sel.X, func(e ast.Expr) bool {
			started = started || ast.Node(e) == lit
			return false
		})
	}
	if !started {
		return Skipped, "the server is started outside this package: give it a handler there"
	}
	return Traceable, ""
}

// startedByEcho reports whether a server is given to echo to be started.
func (f *finder) startedByEcho(server ast.Node) bool {
	found := false
	for n := range f.parents {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 1 {
			continue
		}
		fn := calleeOf(f.p.Info, call)
		if fn == nil || fn.Name() != "StartServer" || fn.Pkg() == nil || !strings.HasPrefix(fn.Pkg().Path(), "github.com/labstack/echo/") {
			continue
		}
		f.flow.Origins(call.Args[0], func(e ast.Expr) bool {
			found = found || ast.Node(e) == server
			return found
		})
	}
	return found
}
