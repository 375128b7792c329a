package find

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// The rules about clients and transports that other libraries are given. Their plain
// sides are bare holes, which every expression matches: where they apply is decided
// here.
const (
	clientGiven    = "ClientGiven"
	transportGiven = "TransportGiven"
)

// given finds an http.Client or http.RoundTripper that is given to another module's
// code: as an argument of a constructor, option or setter, or as a field.
func (f *finder) given(n ast.Node) *Site {
	e, ok := n.(ast.Expr)
	if !ok || f.p.Info.Types[e].IsType() {
		return nil
	}
	to := f.taker(e)
	if to == nil || !f.isForeign(to.pkg) || isTransport(to.result) || isClient(to.result) {
		return nil
	}
	rule := ""
	switch t := f.p.Info.TypeOf(e); {
	case isClient(t) && to.param != nil && !isEmptyInterface(to.param):
		rule = clientGiven
	case isKey(to.param, "net/http.RoundTripper") && t != types.Typ[types.UntypedNil]:
		rule = transportGiven
	default:
		return nil
	}
	hit := f.m.Bare(f.unit, e, rule)
	if hit == nil {
		return nil
	}
	return &Site{Node: e, Pos: namePos(e), Kind: hit.Idiom.Kind, Rule: rule, Match: hit}
}

// taker is what an expression is given to.
type taker struct {
	pkg    *types.Package
	param  types.Type
	result types.Type // what is made with it, or nil
}

// taker returns what an expression is given to, or nil.
func (f *finder) taker(e ast.Expr) *taker {
	switch parent := f.parents[e].(type) {
	case *ast.CallExpr:
		return f.takingCall(parent, e)
	case *ast.KeyValueExpr:
		lit, ok := f.parents[parent].(*ast.CompositeLit)
		if id, isName := parent.Key.(*ast.Ident); ok && isName && parent.Value == e {
			if v, isVar := f.p.Info.Uses[id].(*types.Var); isVar && v.IsField() {
				return &taker{v.Pkg(), v.Type(), pointerTo(f.p.Info.TypeOf(lit))}
			}
		}
	case *ast.AssignStmt:
		if len(parent.Lhs) != 1 || len(parent.Rhs) != 1 || parent.Rhs[0] != e || parent.Tok != token.ASSIGN {
			return nil
		}
		if sel, ok := parent.Lhs[0].(*ast.SelectorExpr); ok {
			if v, ok := f.p.Info.Uses[sel.Sel].(*types.Var); ok && v.IsField() {
				return &taker{v.Pkg(), v.Type(), pointerTo(f.p.Info.TypeOf(sel.X))}
			}
		}
	}
	return nil
}

// pointerTo returns the type of a pointer to a value of a type, or to what it points to.
func pointerTo(t types.Type) types.Type {
	if _, ok := t.Underlying().(*types.Pointer); ok {
		return t
	}
	return types.NewPointer(t)
}

// takingCall returns what a call takes an argument as. A function without a result is
// taken for one that changes what it is given.
func (f *finder) takingCall(call *ast.CallExpr, arg ast.Expr) *taker {
	fn := calleeOf(f.p.Info, call)
	if fn == nil || fn.Pkg() == nil || call.Ellipsis.IsValid() {
		return nil
	}
	sig, ok := f.p.Info.TypeOf(call.Fun).(*types.Signature)
	if !ok || sig.Results().Len() == 0 && sig.Recv() == nil && fn.Signature().Recv() == nil {
		return nil
	}
	to := &taker{pkg: fn.Pkg()}
	if sig.Results().Len() > 0 {
		to.result = sig.Results().At(0).Type()
	}
	for i, a := range call.Args {
		if a != arg {
			continue
		}
		switch last := sig.Params().Len() - 1; {
		case sig.Variadic() && i >= last:
			to.param = sig.Params().At(last).Type().(*types.Slice).Elem()
		case i <= last:
			to.param = sig.Params().At(i).Type()
		}
	}
	return to
}

// ownTracing are the modules whose clients are traced by rules of their own, or send what
// belongs to no request: other vendors' traces.
var ownTracing = []string{
	"github.com/aws/", "github.com/go-resty/resty/", "go.opentelemetry.io/", "github.com/DataDog/", "gopkg.in/DataDog/",
	"github.com/getsentry/", "github.com/newrelic/",
}

// isForeign reports whether a package is another module's, and none of ownTracing.
func (f *finder) isForeign(pkg *types.Package) bool {
	if pkg == nil || pkg == f.p.Types || f.view.IsOwn(pkg.Path()) {
		return false
	}
	host, _, _ := strings.Cut(pkg.Path(), "/")
	if !strings.Contains(host, ".") {
		return false
	}
	for _, prefix := range ownTracing {
		if strings.HasPrefix(pkg.Path(), prefix) {
			return false
		}
	}
	return true
}

func isClient(t types.Type) bool {
	p, ok := types.Unalias(t).(*types.Pointer)
	return ok && isKey(p.Elem(), "net/http.Client")
}

// isKey reports whether a type is the named one of a key.
func isKey(t types.Type, key string) bool {
	if t == nil {
		return false
	}
	named, ok := types.Unalias(t).(*types.Named)
	return ok && rules.KeyOf(named.Obj(), nil) == key
}

// isTransport reports whether a value of a type sends requests for a client.
func isTransport(t types.Type) bool {
	if t == nil {
		return false
	}
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, "RoundTrip")
	_, ok := obj.(*types.Func)
	return ok
}

func isEmptyInterface(t types.Type) bool {
	i, ok := t.Underlying().(*types.Interface)
	return ok && i.Empty()
}

// givenClient: the client comes from another library or is the default one, is not
// traced where it is made, and is what it will be.
func givenClient(f *finder, s *Site) (Status, string) {
	e := s.Match.Holes["c"].Exprs[0]
	if f.clientOrigin(unaddressed(e)) == "traced" && !f.isSDK(e, "Client") {
		return "", "" // a literal, which is the site
	}
	if f.anyOrigin(e, "Client", "xrayGiven", "xrayClient") {
		return Already, "its client's transport is traced"
	}
	traced, other, byDefault := false, false, false
	complete := f.flow.Origins(e, func(e ast.Expr) bool {
		switch f.clientOrigin(e) {
		case "traced":
			traced = true
			return true
		case "default":
			byDefault = true
			return true
		}
		other = other || f.makesElsewhere(e)
		return f.makesElsewhere(e)
	})
	switch {
	case complete && traced && !other && !byDefault:
		return Already, "its client's transport is traced"
	case !complete:
		return Skipped, "where this client comes from is not seen here: it is traced where the program makes it"
	}
	if at := f.transportUse(); at != "" {
		return Skipped, "a client's Transport is set or read at " + at + ": give the library a client of its own, traced by hand"
	}
	if at := f.survey().Defaults; byDefault && len(at) > 0 {
		return Skipped, "http.DefaultClient is changed at " + at[0] + ", which a traced copy would not see: give the library a client of its own"
	}
	if at := f.setLater(e); at != nil {
		return Skipped, "the client is changed at " + f.place(at) + ", which a traced copy would not see: set it before"
	}
	return Traceable, ""
}

// unaddressed returns what an expression takes the address of, or itself.
func unaddressed(e ast.Expr) ast.Expr {
	if u, ok := ast.Unparen(e).(*ast.UnaryExpr); ok && u.Op == token.AND {
		return u.X
	}
	return e
}

// makesElsewhere reports whether an expression calls another package's function that
// returns a client.
func (f *finder) makesElsewhere(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok || !isClient(f.p.Info.TypeOf(e)) {
		return false
	}
	fn := calleeOf(f.p.Info, call)
	return fn != nil && fn.Pkg() != nil && fn.Pkg() != f.p.Types && !f.view.IsOwn(fn.Pkg().Path())
}

// setLater returns a place where a field of the client e is set that does not stand
// before e in the same function, or nil.
func (f *finder) setLater(e ast.Expr) ast.Node {
	var at ast.Node
	names := f.names(e)
	for sel, selection := range f.p.Info.Selections {
		v, ok := selection.Obj().(*types.Var)
		as, set := f.parents[sel].(*ast.AssignStmt)
		if !ok || !v.IsField() || !set || as.Lhs[0] != ast.Expr(sel) || !strings.HasPrefix(rules.FieldKey(rules.FieldOwner(selection), v), "net/http.Client.") {
			continue
		}
		if !slices.ContainsFunc(f.names(sel.X), func(o types.Object) bool { return slices.Contains(names, o) }) {
			continue
		}
		isBefore := f.function(sel) == f.function(e) && sel.Pos() < e.Pos()
		if !isBefore && (at == nil || sel.Pos() < at.Pos()) {
			at = sel
		}
	}
	return at
}

// names returns the variables, fields and functions that a value comes from, by what is
// seen of the package.
func (f *finder) names(e ast.Expr) []types.Object {
	var out []types.Object
	f.flow.Origins(e, func(e ast.Expr) bool {
		if id := scope.NameOf(e); id != nil && f.p.Info.Uses[id] != nil {
			out = append(out, f.p.Info.Uses[id])
		}
		return false
	})
	return out
}

// function returns the function around a node, or nil.
func (f *finder) function(n ast.Node) ast.Node {
	for ; n != nil; n = f.parents[n] {
		switch n.(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			return n
		}
	}
	return nil
}

// givenTransport: the transport is not traced by hand.
func givenTransport(f *finder, s *Site) (Status, string) {
	if f.anyOrigin(s.Match.Holes["t"].Exprs[0], "RoundTripper", "xrayTransport", "xrayRoundTripper") {
		return Already, "its transport is traced"
	}
	return Traceable, ""
}

// untracedLibrary: no client or transport of the SDK is given to the library, neither to
// this constructor nor to what it makes.
func untracedLibrary(f *finder, s *Site) (Status, string) {
	const reason = "its requests are traced by hand at "
	call, ok := s.Node.(*ast.CallExpr)
	if !ok || s.Match.Package() == nil {
		return Traceable, ""
	}
	for _, a := range call.Args {
		if f.anyOrigin(a, "Client", "RoundTripper") {
			return Already, reason + f.place(a)
		}
	}
	if at := f.givenSDK(s.Match.Package()); at != nil {
		return Already, reason + f.place(at)
	}
	return Traceable, ""
}

// givenSDK returns the first place where something of a library is given a client or
// transport that the SDK has traced, or nil.
func (f *finder) givenSDK(pkg *types.Package) ast.Node {
	var at ast.Node
	for n := range f.parents {
		call, ok := n.(*ast.CallExpr)
		if !ok || at != nil && at.Pos() < call.Pos() || !f.isSDK(call, "Client") && !f.isSDK(call, "RoundTripper") || f.p.inSupport(call.Pos()) {
			continue
		}
		if to := f.taker(call); to != nil && to.pkg == pkg {
			at = call
		}
	}
	return at
}

// opaqueProxy: the program does not look at the transport of a reverse proxy.
func opaqueProxy(f *finder, _ *Site) (Status, string) {
	read := f.fieldUseBut("net/http/httputil.ReverseProxy.Transport", func(n ast.Node) bool {
		as, ok := f.parents[n].(*ast.AssignStmt)
		return ok && as.Lhs[0] == n.(ast.Expr)
	})
	if read != nil {
		return Skipped, "a proxy's Transport is read at " + f.place(read) + ": give it a traced transport by hand"
	}
	if at := f.survey().Asserts; len(at) > 0 {
		return Skipped, "a Transport is looked behind at " + at[0] + ": give the proxy a traced transport by hand"
	}
	return Traceable, ""
}

// changed notes an assignment to http.DefaultClient or one of its fields.
func (s *Survey) changed(as *ast.AssignStmt, at func(ast.Node) string) {
	if as.Tok != token.ASSIGN {
		return
	}
	for _, l := range as.Lhs {
		sel, ok := l.(*ast.SelectorExpr)
		if !ok {
			continue
		}
		if inner, ok := sel.X.(*ast.SelectorExpr); ok {
			sel = inner
		}
		if sel.Sel.Name == "DefaultClient" {
			s.Defaults = append(s.Defaults, at(as))
		}
	}
}
