package misuse

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// The functions that instrument an AWS configuration (SDK v2), session or client
// (SDK v1).
var (
	instrumentV2   = rules.Key(awsv2Path, "", "AWSV2Instrumentor")
	sessionTracers = []string{xrayFunc("AWSSession"), xrayFunc("AWSSessionWithWhitelist")}
	clientTracers  = []string{xrayFunc("AWS"), xrayFunc("AWSWithWhitelist")}
)

const (
	doubledV2 = "these options are instrumented already, %s: each call fails, or is recorded twice, by the version of the AWS SDK; instrument the configuration once"
	doubledV1 = "this is traced already, %s: each call is recorded twice, and its subsegments are nested wrongly; trace the session or its clients, not both"
)

// doubledAWS finds configurations, sessions and clients of the AWS SDKs that are
// instrumented more than once.
func (c *checker) doubledAWS() {
	for _, call := range c.calls[instrumentV2] {
		c.doubledConfig(call)
	}
	for _, call := range c.all(sessionTracers...) {
		c.doubledSession(call)
	}
	for _, call := range c.all(clientTracers...) {
		c.doubledClient(call)
	}
}

// doubledConfig reports a call of AWSV2Instrumentor whose options have had one.
// They may be a client's own, taken over from the configuration that it is made
// of:
//
//	dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) { awsv2.AWSV2Instrumentor(&o.APIOptions) })
func (c *checker) doubledConfig(call *ast.CallExpr) {
	v := c.instrumented(call)
	if v == nil {
		return
	}
	first := c.configBefore(v, call)
	if lit, ok := c.function(call).(*ast.FuncLit); ok && first == nil && c.isParamOf(v, lit) {
		if maker, ok := c.parents[lit].(*ast.CallExpr); ok && len(maker.Args) > 0 {
			if cfg, ok := c.object(maker.Args[0]).(*types.Var); ok {
				first = c.configBefore(cfg, maker)
			}
		}
	}
	if first != nil {
		c.reportAWS(call, first, doubledV2)
	}
}

func (c *checker) reportAWS(call *ast.CallExpr, first ast.Node, format string) {
	c.report(call, fmt.Sprintf(format, c.at(first.Pos(), call.Pos())), "", nil)
}

// instrumented returns the variable v of a call of AWSV2Instrumentor with
// &v.APIOptions, or nil.
func (c *checker) instrumented(call *ast.CallExpr) *types.Var {
	if len(call.Args) != 1 {
		return nil
	}
	addr, ok := ast.Unparen(call.Args[0]).(*ast.UnaryExpr)
	if !ok || addr.Op != token.AND {
		return nil
	}
	sel, ok := addr.X.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	id, ok := sel.X.(*ast.Ident)
	if !ok {
		return nil
	}
	v, _ := c.p.Info.Uses[id].(*types.Var)
	return v
}

// configBefore returns the call that instruments the options of a configuration
// before the place at: as a statement, or where the configuration is loaded. A
// configuration that is assigned more than once, or given other options, is not
// followed.
func (c *checker) configBefore(v *types.Var, at ast.Node) ast.Node {
	sets, all := c.assignments(v)
	if !all || len(sets) > 1 || c.optionsSet(v) {
		return nil
	}
	for _, call := range c.calls[instrumentV2] {
		if call != at && c.instrumented(call) == v && c.before(call, at) {
			return call
		}
	}
	if len(sets) == 1 {
		if load, ok := sets[0].value.(*ast.CallExpr); ok {
			return c.instrumentingOption(load)
		}
	}
	return nil
}

// optionsSet reports whether the APIOptions of a variable are assigned.
func (c *checker) optionsSet(v *types.Var) bool {
	for _, id := range c.scope.Uses(v) {
		sel, ok := c.parents[id].(*ast.SelectorExpr)
		if !ok || sel.Sel.Name != "APIOptions" {
			continue
		}
		if set, ok := c.parents[sel].(*ast.AssignStmt); ok && indexOf(set.Lhs, sel) >= 0 {
			return true
		}
	}
	return false
}

// instrumentingOption returns what in the arguments of a call instruments its
// result: the support file's option, or a function that instruments the options
// which it is called with.
func (c *checker) instrumentingOption(load *ast.CallExpr) ast.Node {
	var found ast.Node
	for _, a := range load.Args {
		ast.Inspect(a, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncLit:
				if call := c.instrumentsParam(n); call != nil {
					found = call
				}
				return false
			case *ast.Ident:
				obj := c.p.Info.Uses[n]
				if fn := c.declaration(obj); fn != nil && (rules.KeyOf(obj, c.p.SupportName) == support("xrayConfig") || c.instrumentsParam(fn) != nil) {
					found = n
				}
			}
			return found == nil
		})
	}
	return found
}

// instrumentsParam returns the call in a function that instruments the options
// of its parameter, or nil.
func (c *checker) instrumentsParam(fn ast.Node) ast.Node {
	for _, call := range c.calls[instrumentV2] {
		if c.function(call) == fn && c.conditional(call) == nil && c.isParamOf(c.instrumented(call), fn) {
			return call
		}
	}
	return nil
}

func (c *checker) isParamOf(v *types.Var, fn ast.Node) bool {
	typ, _ := parts(fn)
	return v != nil && typ != nil && isParam(v) && typ.Pos() <= v.Pos() && v.Pos() < typ.End()
}

// doubledSession reports a session that is given to xray.AWSSession again.
func (c *checker) doubledSession(call *ast.CallExpr) {
	if len(call.Args) == 0 {
		return
	}
	if first := c.sessionBefore(call.Args[0], call); first != nil {
		c.reportAWS(call, first, doubledV1)
	}
}

// sessionBefore returns the call that traces the session e before the place at,
// or nil.
func (c *checker) sessionBefore(e ast.Expr, at ast.Node) ast.Node {
	tracers := append([]string{support("xraySession")}, sessionTracers...)
	if first := c.origin(e, func(x ast.Expr) bool {
		call := c.callOf(x, tracers...)
		return call != nil && call != at
	}); first != nil {
		return first
	}
	v, ok := c.object(e).(*types.Var)
	if !ok {
		return nil
	}
	if sets, all := c.assignments(v); !all || len(sets) > 1 {
		return nil
	}
	for _, call := range c.all(sessionTracers...) {
		if call != at && len(call.Args) > 0 && c.object(call.Args[0]) == v && c.before(call, at) {
			return call
		}
	}
	return nil
}

// doubledClient reports a call of xray.AWS with the Client of a service's client
// that was given to it before, or that was made of a traced session.
func (c *checker) doubledClient(call *ast.CallExpr) {
	v := c.serviceOf(call)
	if v == nil {
		return
	}
	sets, all := c.assignments(v)
	if !all || len(sets) > 1 {
		return
	}
	for _, other := range c.all(clientTracers...) {
		if other != call && c.serviceOf(other) == v && c.before(other, call) {
			c.reportAWS(call, other, doubledV1)
			return
		}
	}
	if len(sets) == 0 || sets[0].value == nil {
		return
	}
	if made, ok := ast.Unparen(sets[0].value).(*ast.CallExpr); ok && len(made.Args) > 0 {
		if first := c.sessionBefore(made.Args[0], made); first != nil {
			c.reportAWS(call, first, doubledV1)
		}
	}
}

// serviceOf returns the variable v of xray.AWS(v.Client), or nil.
func (c *checker) serviceOf(call *ast.CallExpr) *types.Var {
	if len(call.Args) == 0 {
		return nil
	}
	sel, ok := ast.Unparen(call.Args[0]).(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Client" {
		return nil
	}
	v, _ := c.object(sel.X).(*types.Var)
	return v
}
