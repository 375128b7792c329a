package misuse

import (
	"go/ast"
	"go/types"

	"github.com/seed-4257438c/xray-instrument/rules/match"
)

func grpcFunc(names ...string) []string {
	for i, name := range names {
		names[i] = grpcPath + "." + name
	}
	return names
}

// interceptorOptions are the options that give a server or client interceptors;
// grpcMakers make one of options.
var (
	interceptorOptions = grpcFunc("UnaryInterceptor", "ChainUnaryInterceptor", "WithUnaryInterceptor", "WithChainUnaryInterceptor")
	clientOptions      = interceptorOptions[2:]
	grpcMakers         = grpcFunc("NewServer", "NewClient", "Dial", "DialContext")
)

// doubledInterceptors finds an option, or a server or client, that is given the
// X-Ray interceptor more than once.
func (c *checker) doubledInterceptors() {
	seen := map[ast.Expr]bool{}
	for _, option := range c.all(interceptorOptions...) {
		c.doubled(c.tracing(option), option, seen)
	}
	for _, maker := range c.all(grpcMakers...) {
		var tracing []ast.Expr
		for _, option := range c.options(maker.Args, 8) {
			tracing = append(tracing, c.tracing(option)...)
		}
		c.doubled(tracing, nil, seen)
	}
}

// doubled reports all but the first of the interceptors that trace one server or
// client. option is the call that has them all, if it is one.
func (c *checker) doubled(interceptors []ast.Expr, option *ast.CallExpr, seen map[ast.Expr]bool) {
	for i, e := range interceptors {
		if i == 0 || seen[e] {
			continue
		}
		seen[e] = true
		lost := "the server begins two segments for each call"
		if c.callOf(c.resolve(e), xrayFunc("UnaryClientInterceptor")) != nil {
			lost = "the trace header is sent twice, and the server starts a trace of its own"
		}
		c.report(e, "the X-Ray interceptor is given twice, here and "+c.at(interceptors[0].Pos(), e.Pos())+": "+lost+"; give it once",
			"Take the second interceptor away", c.withoutArgument(option, e))
	}
}

// tracing returns the X-Ray interceptors that an option is given.
func (c *checker) tracing(option *ast.CallExpr) []ast.Expr {
	var list []ast.Expr
	for _, a := range option.Args {
		if c.callOf(c.resolve(a), xrayFunc("UnaryServerInterceptor"), xrayFunc("UnaryClientInterceptor")) != nil {
			list = append(list, a)
		}
	}
	return list
}

// options returns the interceptor options among a call's arguments, through
// slices of options and what is appended to them.
func (c *checker) options(args []ast.Expr, depth int) []*ast.CallExpr {
	var list []*ast.CallExpr
	if depth == 0 {
		return nil
	}
	for _, a := range args {
		a = c.resolve(a)
		if call := c.callOf(a, interceptorOptions...); call != nil {
			list = append(list, call)
			continue
		}
		switch a := a.(type) {
		case *ast.CompositeLit:
			list = append(list, c.options(a.Elts, depth-1)...)
		case *ast.CallExpr:
			if b, ok := c.object(a.Fun).(*types.Builtin); ok && b.Name() == "append" {
				list = append(list, c.options(a.Args, depth-1)...)
			}
		}
	}
	return list
}

// withoutArgument takes an argument away that is written as another one before
// it, together with the comma between them.
func (c *checker) withoutArgument(call *ast.CallExpr, arg ast.Expr) []match.Edit {
	if call == nil {
		return nil
	}
	same := false
	for i, a := range call.Args {
		if a == arg {
			if !same {
				return nil
			}
			return c.cut(call.Args[i-1].End(), arg.End())
		}
		same = same || c.text(a) == c.text(arg)
	}
	return nil
}

// unguardedInterceptors finds the X-Ray interceptor of a client that is given to
// it as it is.
func (c *checker) unguardedInterceptors() {
	for _, option := range c.all(clientOptions...) {
		for _, a := range option.Args {
			if c.callOf(c.resolve(a), xrayFunc("UnaryClientInterceptor")) == nil {
				continue
			}
			c.report(a, "a call whose context has no segment is not sent: it fails with \"failed to record gRPC transaction\"; "+
				"give the client an interceptor that asks xray.GetSegment first and calls the invoker where there is none", "", nil)
		}
	}
}
