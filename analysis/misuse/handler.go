package misuse

import (
	"go/ast"

	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// segmentHandlers are the SDK's functions that make a handler which begins a
// segment for each request, whether or not one is open. The handler comes last.
var segmentHandlers = []string{xrayFunc("Handler"), xrayFunc("HandlerWithContext"), rules.Key(xrayPath, "FastHTTPHandler", "Handler")}

// doubledHandlers finds a handler that begins a segment inside another one. The
// handler of the support file counts outside only: inside, it leaves an open
// segment as it is.
func (c *checker) doubledHandlers() {
	for _, outer := range c.all(append([]string{support("xrayHandler")}, segmentHandlers...)...) {
		if len(outer.Args) < 2 {
			continue
		}
		h := outer.Args[len(outer.Args)-1]
		inner := c.origin(h, func(e ast.Expr) bool {
			call := c.callOf(e, segmentHandlers...)
			return call != nil && call != outer
		})
		if inner == nil {
			continue
		}
		c.report(outer, "the handler that is wrapped here begins a segment of its own already, "+c.at(inner.Pos(), outer.Pos())+
			": each request is recorded twice, in two traces if it brings no trace header; wrap it once",
			"Wrap the handler once", c.handlerOnce(outer, h))
	}
}

// handlerOnce takes an outer handler away whose one argument is the same call
// once more, but for its handler.
func (c *checker) handlerOnce(outer *ast.CallExpr, h ast.Expr) []match.Edit {
	inner := c.callOf(h, c.key(outer))
	if inner == nil || len(inner.Args) != len(outer.Args) {
		return nil
	}
	for i := range outer.Args[:len(outer.Args)-1] {
		if c.text(outer.Args[i]) != c.text(inner.Args[i]) {
			return nil
		}
	}
	return c.unwrap(outer, h)
}

// nilHandlers finds a nil handler or namer, which the SDK calls at each request.
func (c *checker) nilHandlers() {
	for _, call := range c.all(segmentHandlers...) {
		n := len(call.Args)
		if n < 2 {
			continue
		}
		if h := call.Args[n-1]; c.isNil(h) {
			c.report(h, "the handler is nil: every request panics, unlike with http.ListenAndServe, where nil stands for http.DefaultServeMux; give that",
				"Use http.DefaultServeMux", c.defaultMux(call, h))
		}
		if namer := call.Args[n-2]; c.isNil(namer) {
			c.report(namer, "the segment namer is nil: every request panics; give xray.NewFixedSegmentNamer with the name of the service", "", nil)
		}
	}
}

func (c *checker) defaultMux(call *ast.CallExpr, h ast.Expr) []match.Edit {
	name := c.imported("net/http", h.Pos())
	if name == "" || c.callOf(call, segmentHandlers[:2]...) == nil {
		return nil
	}
	return []match.Edit{c.replace(h, name+".DefaultServeMux")}
}
