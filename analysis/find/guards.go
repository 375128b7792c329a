package find

import (
	"go/ast"
	"go/types"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// A guard is a precondition of an idiom that its pattern cannot express. It
// returns Traceable, or what the site is instead and why.
type guard func(*finder, *Site) (Status, string)

// guards are the preconditions that idioms name.
var guards = map[string]guard{
	"untraced-handler":   untracedHandler,
	"default-server":     defaultServer,
	"untraced-router":    untracedRouter,
	"made-handler":       madeHandler,
	"untraced-grpc":      unhooked(rules.GRPCServer),
	"unrecorded-grpc":    unrecordedGRPC,
	"untraced-client":    untracedClient,
	"untraced-transport": untracedTransport,
	"opaque-transport":   opaqueTransport,
	"untraced-library":   untracedLibrary,
	"given-client":       givenClient,
	"given-transport":    givenTransport,
	"opaque-proxy":       opaqueProxy,
	"untraced-connector": untracedConnector,
	"opaque-driver":      opaqueDriver,
	"untraced-aws":       untracedAWS,
	"fresh-options":      freshOptions,
	"mocked-interface":   mockedInterface,
	"own-context":        ownContext,
	"early-transport":    earlyTransport,
	"plain-log-handler":  plainLogHandler,
	"resty-context":      restyContext,
	"untraced-gorm":      unhooked(rules.SQLCall),
	"gorm-chain":         gormChain,
	"context-runner":     contextRunner,
	"untraced-pgx":       unhooked(rules.SQLOpen),
	"unhooked-redis":     unhooked(rules.Redis),
	"unmonitored-mongo":  unhooked(rules.Mongo),
	"unannounced":        unhooked(rules.Messaging),
	"uncaptured":         uncaptured,
	"takes-context":      takesContextArgs,
}

// OwnGuards are the guards that users may name for idioms of their own, each with the
// hole that it is about, "" for none. The others know the idioms that name them.
var OwnGuards = map[string]string{
	"untraced-handler":   "h",
	"untraced-client":    "c",
	"untraced-transport": "t",
	"opaque-transport":   "",
	"untraced-connector": "c",
	"opaque-driver":      "",
	"untraced-aws":       "",
}

// untracedHandler: the handler has no segment of its own yet, at any of the
// places that it comes from, and the program gives requests none elsewhere.
// Doubled, a request would be split into two traces.
func untracedHandler(f *finder, s *Site) (Status, string) {
	if f.anyOrigin(s.Match.Holes["h"].Exprs[0], "Handler", "HandlerWithContext", "xrayHandler") {
		return Already, "its handler is traced"
	}
	if f.wrapsConnections(s.Match.Holes["h"].Exprs[0]) {
		return Skipped, "h2c serves a whole connection inside one request: the handler inside must give each a segment, as a router that is traced does"
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

// wrapsConnections reports whether a handler comes from h2c.NewHandler, or from a gin
// engine that uses it, which serves all requests of an HTTP/2 connection below the first one's context.
func (f *finder) wrapsConnections(e ast.Expr) bool {
	found := false
	f.flow.Origins(e, func(e ast.Expr) bool {
		if call, ok := e.(*ast.CallExpr); ok {
			fn := calleeOf(f.p.Info, call)
			found = found || fn != nil && (fn.Pkg() != nil && fn.Pkg().Path() == "golang.org/x/net/http2/h2c" ||
				rules.KeyOf(fn, nil) == "github.com/gin-gonic/gin.Engine.Handler" && f.fieldUse("github.com/gin-gonic/gin.Engine.UseH2C") != nil)
		}
		return found
	})
	return found
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

// fieldUse returns the first place of the package that reads or sets a field, or
// nil.
func (f *finder) fieldUse(key string) ast.Node {
	return f.fieldUseBut(key, func(ast.Node) bool { return false })
}

// fieldUseBut is fieldUse without the places that are fine.
func (f *finder) fieldUseBut(key string, fine func(ast.Node) bool) ast.Node {
	var at ast.Node
	for sel, selection := range f.p.Info.Selections {
		v, ok := selection.Obj().(*types.Var)
		if ok && !f.p.inSupport(sel.Pos()) && rules.FieldKey(rules.FieldOwner(selection), v) == key && (at == nil || sel.Pos() < at.Pos()) && !fine(sel) {
			at = sel
		}
	}
	return at
}

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

// untracedConnector: the connector given to sql.OpenDB is not traced by hand.
func untracedConnector(f *finder, s *Site) (Status, string) {
	if f.anyOrigin(s.Match.Holes["c"].Exprs[0], "SQLConnector", "xrayConnector") {
		return Already, "its connector is traced"
	}
	if f.pooled(s.Match.Holes["c"].Exprs[0]) {
		return Already, "its connections are those of a pool, traced where that is made"
	}
	return Traceable, ""
}

// pooled reports whether a connector lends connections of a pool of pgx, which are
// traced where the pool is made.
func (f *finder) pooled(e ast.Expr) bool {
	found := false
	f.flow.Origins(e, func(e ast.Expr) bool {
		if call, ok := e.(*ast.CallExpr); ok {
			fn := calleeOf(f.p.Info, call)
			found = found || fn != nil && rules.KeyOf(fn, nil) == "github.com/jackc/pgx/v5/stdlib.GetPoolConnector"
		}
		return found
	})
	return found
}

// opaqueDriver: nothing in the program asks a database for its driver, which a
// traced database hides.
func opaqueDriver(f *finder, s *Site) (Status, string) {
	if at := f.survey().Drivers; len(at) > 0 {
		return Skipped, "the program looks behind the database's driver at " + at[0] + ", which a traced database hides"
	}
	return Traceable, ""
}

// untracedAWS: no AWS client or configuration of the program is instrumented by
// hand. A configuration that is instrumented twice makes every call fail.
func untracedAWS(f *finder, s *Site) (Status, string) {
	if hands := f.survey().AWS; len(hands) > 0 {
		return Already, "AWS calls are instrumented by hand at " + hands[0]
	}
	if h := s.Match.Holes["opts"]; h != nil && len(f.survey().Options) > 0 && len(h.Exprs) > 0 && (h.Spread || f.mentionsOptions(h.Exprs)) {
		return Skipped, "its options may take over the API options of a traced configuration, as at " + f.survey().Options[0] + ": instrument one of them by hand"
	}
	return Traceable, ""
}

// mentionsOptions reports whether option arguments name the API options of
// something, or are not plain to see.
func (f *finder) mentionsOptions(args []ast.Expr) bool {
	found := false
	for _, a := range args {
		ast.Inspect(a, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			found = found || ok && sel.Sel.Name == "APIOptions"
			return true
		})
		if id := scope.IdentOf(a); id != nil {
			if _, isVar := f.p.Info.Uses[id].(*types.Var); isVar {
				found = true
			}
		}
	}
	return found
}

// freshOptions: the options are a literal of their own, with no API options
// taken over from a configuration that may be traced already.
func freshOptions(f *finder, s *Site) (Status, string) {
	fresh := false
	complete := f.flow.Origins(s.Match.Holes["o"].Exprs[0], func(e ast.Expr) bool {
		lit, ok := e.(*ast.CompositeLit)
		if ok {
			fresh = true
			for _, elt := range lit.Elts {
				if kv, ok := elt.(*ast.KeyValueExpr); ok {
					if id, ok := kv.Key.(*ast.Ident); ok && id.Name == "APIOptions" {
						fresh = false
					}
				}
			}
		}
		return ok
	})
	if !complete || !fresh || f.takesOver() {
		return Skipped, "its options may come from a traced configuration: instrument that, or use NewFromConfig"
	}
	return Traceable, ""
}

// takesOver reports whether the package assigns API options by hand.
func (f *finder) takesOver() bool {
	for sel := range f.p.Info.Selections {
		if as, ok := f.parents[sel].(*ast.AssignStmt); ok && sel.Sel.Name == "APIOptions" && as.Lhs[0] == ast.Expr(sel) {
			return true
		}
	}
	return false
}

// mockedInterface: the receiver is a client, or an interface that no type of the
// program implements with the plain method alone; such a test double would be
// called past.
func mockedInterface(f *finder, s *Site) (Status, string) {
	call := s.Node.(*ast.CallExpr)
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !types.IsInterface(f.p.Info.TypeOf(sel.X)) {
		return Traceable, ""
	}
	methods := f.survey().Methods
	if at := methods[sel.Sel.Name]; at != "" && methods[sel.Sel.Name+"WithContext"] == "" {
		return Skipped, "the method " + sel.Sel.Name + " at " + at + " implements the interface without " + sel.Sel.Name + "WithContext: add it there"
	}
	return Traceable, ""
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

// plainLogHandler: the handler does not add the trace's id yet.
func plainLogHandler(f *finder, s *Site) (Status, string) {
	if f.anyOrigin(s.Match.Holes["h"].Exprs[0], "xrayLog") {
		return Already, "its lines say their trace"
	}
	return Traceable, ""
}

// anyOrigin reports whether a value comes, at any place, from one of the named
// functions of the SDK or of the package's support code.
func (f *finder) anyOrigin(e ast.Expr, names ...string) bool {
	found := false
	f.flow.Origins(e, func(e ast.Expr) bool {
		for _, name := range names {
			found = found || f.isSDK(e, name)
		}
		return found
	})
	return found
}

// isSDK reports whether e calls a function of the X-Ray SDK, or one of another
// package that forwards to it, or makes or calls support code of that name.
func (f *finder) isSDK(e ast.Expr, name string) bool {
	var id *ast.Ident
	switch e := e.(type) {
	case *ast.CallExpr:
		if fn := ast.Unparen(e.Fun); fn != nil {
			id = scope.NameOf(fn)
		}
	case *ast.CompositeLit:
		id = scope.NameOf(e.Type)
	}
	if id == nil {
		return false
	}
	obj := f.p.Info.Uses[id]
	if obj == nil || obj.Pkg() == nil {
		return false
	}
	if own, ok := f.p.SupportName(obj); ok {
		return own == name
	}
	if rules.IsSDK(obj.Pkg().Path()) {
		return obj.Name() == name
	}
	fn, ok := obj.(*types.Func)
	if !ok || obj.Pkg() == f.p.Types {
		return false
	}
	to := f.forward(fn)
	return to != nil && to.SDK == name
}

// openedByHand finds a database that is opened through the SDK.
func (f *finder) openedByHand(n ast.Node) *Site {
	call, ok := n.(*ast.CallExpr)
	if !ok || !f.isSDK(call, "SQLContext") {
		return nil
	}
	return &Site{Node: call, Pos: namePos(call), Kind: rules.SQLOpen, Rule: "SQLOpen", Status: Already, Reason: "it is traced by hand"}
}

func (f *finder) place(n ast.Node) string {
	p := f.p.Fset.PositionFor(n.Pos(), false)
	name := filepath.Base(p.Filename)
	if rel, err := filepath.Rel(f.view.Dir, p.Filename); err == nil && f.view.Dir != "" {
		name = filepath.ToSlash(rel)
	}
	return name + ":" + strconv.Itoa(p.Line)
}
