package misuse

import (
	"go/ast"
	"go/types"
	"go/version"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// lambdaStarts returns the calls that hand a handler to AWS Lambda.
func (c *checker) lambdaStarts() []*ast.CallExpr {
	var keys []string
	for key := range c.calls {
		if strings.HasPrefix(key, lambdaPath+".Start") {
			keys = append(keys, key)
		}
	}
	return c.all(keys...)
}

// underLambda reports whether the package's program runs under AWS Lambda and
// nowhere else: it starts a handler on every way, and no server.
func (c *checker) underLambda() bool {
	for key := range c.calls {
		name, ok := strings.CutPrefix(key, "net/http.")
		if name = strings.TrimPrefix(name, "Server."); ok && (strings.HasPrefix(name, "ListenAndServe") || name == "Serve" || name == "ServeTLS") {
			return false
		}
	}
	if c.view.Lambda || c.p.Types.Name() != "main" {
		return c.view.Lambda
	}
	starts := c.lambdaStarts()
	for _, call := range starts {
		if c.conditional(call) != nil {
			return false
		}
	}
	return len(starts) > 0
}

// lambdaSegments finds segments that a program begins under AWS Lambda, which
// has begun the function's segment itself.
func (c *checker) lambdaSegments() {
	if !c.underLambda() {
		return
	}
	for _, call := range c.all(append(segmentHandlers, segments...)...) {
		if c.conditional(call) != nil {
			continue
		}
		c.report(call, "AWS Lambda begins the segment of each call itself, and the SDK supports no other one there: what is recorded below this one is lost to the function's trace; "+
			"use xray.BeginSubsegment or xray.Capture", "", nil)
	}
}

// lambdaDetaches finds calls of xray.DetachContext with the context of a Lambda
// handler. Before the first subsegment, that context has no segment but the
// trace header, which DetachContext does not keep.
func (c *checker) lambdaDetaches() {
	params := c.lambdaContexts()
	for _, call := range c.calls[xrayFunc("DetachContext")] {
		if len(call.Args) != 1 {
			continue
		}
		id, ok := call.Args[0].(*ast.Ident)
		if !ok || !params[c.p.Info.Uses[id]] {
			continue
		}
		if h, ok := c.values(id); !ok || !h.given || len(h.values) > 0 {
			continue
		}
		c.report(call, "xray.DetachContext loses the trace header of a Lambda handler's context: what is done with the new context is not recorded; use context.WithoutCancel",
			"Use context.WithoutCancel", c.withoutCancel(call))
	}
}

// lambdaContexts returns the context parameters of the functions of the package
// that are handed to AWS Lambda.
func (c *checker) lambdaContexts() map[types.Object]bool {
	params := map[types.Object]bool{}
	for _, start := range append(c.lambdaStarts(), c.all(lambdaPath+".NewHandler", lambdaPath+".NewHandlerWithOptions")...) {
		for _, a := range start.Args {
			typ := c.functionType(a)
			if typ == nil || len(typ.Params.List) == 0 {
				continue
			}
			if first := typ.Params.List[0]; len(first.Names) > 0 && match.IsContext(c.p.Info.TypeOf(first.Type)) {
				params[c.p.Info.Defs[first.Names[0]]] = true
			}
		}
	}
	return params
}

// functionType returns the type of the function, declared or literal, that an
// expression stands for; or nil.
func (c *checker) functionType(e ast.Expr) *ast.FuncType {
	if d := c.declaration(c.object(e)); d != nil {
		return d.Type
	}
	if lit, ok := c.resolve(e).(*ast.FuncLit); ok {
		return lit.Type
	}
	return nil
}

// withoutCancel calls context.WithoutCancel in place of xray.DetachContext,
// where that exists and the file still needs the SDK without this call.
func (c *checker) withoutCancel(call *ast.CallExpr) []match.Edit {
	f := c.file(call.Pos())
	goVersion := c.p.Info.FileVersions[f.Syntax]
	if goVersion == "" {
		goVersion = c.p.Types.GoVersion()
	}
	name := c.imported("context", call.Pos())
	if name == "" || goVersion != "" && version.Compare(goVersion, "go1.21") < 0 || !c.needsSDK(f.Syntax, call) {
		return nil
	}
	return []match.Edit{c.replace(call.Fun, name+".WithoutCancel")}
}

// needsSDK reports whether a file refers to the package of a call by that name
// outside of the calls of the same function.
func (c *checker) needsSDK(f *ast.File, call *ast.CallExpr) bool {
	needed := false
	ast.Inspect(f, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		obj := c.p.Info.Uses[sel.Sel]
		if id, ok := sel.X.(*ast.Ident); ok && obj != nil {
			_, isPackage := c.p.Info.Uses[id].(*types.PkgName)
			needed = needed || isPackage && obj.Pkg() == c.object(call.Fun).Pkg() && rules.KeyOf(obj, nil) != xrayFunc("DetachContext")
		}
		return true
	})
	return needed
}
