package misuse

import (
	"go/ast"
	"go/types"
	"strings"
)

// segmentUsers are the SDK's functions that do nothing without a segment in the
// context, which comes first.
var segmentUsers = []string{
	xrayFunc("Capture"), xrayFunc("CaptureAsync"), xrayFunc("BeginSubsegment"), xrayFunc("BeginSubsegmentWithoutSampling"),
	xrayFunc("AddAnnotation"), xrayFunc("AddMetadata"), xrayFunc("AddMetadataToNamespace"), xrayFunc("AddError"),
}

// withoutSegment finds traced calls whose context can be seen to be a root
// context.
func (c *checker) withoutSegment() {
	for _, call := range c.all(segmentUsers...) {
		if len(call.Args) == 0 || !c.isRoot(call.Args[0], 8) {
			continue
		}
		name := c.object(call.Fun).Name()
		lost := "nothing is recorded"
		if strings.HasSuffix(name, "WithoutSampling") {
			lost = "the call panics"
		}
		c.report(call, "xray."+name+" is given a root context, which has no segment: "+lost+"; begin one with xray.BeginSegment, or give the context of the request", "", nil)
	}
}

// isRoot reports whether a context is, wherever it comes from, a root context or
// one with a cancellation. A context with values may have a segment.
func (c *checker) isRoot(e ast.Expr, depth int) bool {
	if depth == 0 || e == nil {
		return false
	}
	switch e := ast.Unparen(e).(type) {
	case *ast.CallExpr:
		switch c.key(e) {
		case "context.Background", "context.TODO":
			return true
		case "context.WithCancel", "context.WithCancelCause", "context.WithTimeout", "context.WithTimeoutCause",
			"context.WithDeadline", "context.WithDeadlineCause", "context.WithoutCancel":
			return len(e.Args) > 0 && c.isRoot(e.Args[0], depth-1)
		}
	case *ast.Ident:
		v, ok := c.p.Info.Uses[e].(*types.Var)
		if !ok {
			return false
		}
		if !c.isLocal(v) {
			return c.isRootVariable(v, depth)
		}
		h, ok := c.values(e)
		for _, x := range h.values {
			ok = ok && c.isRoot(x, depth-1)
		}
		return ok && !h.given && len(h.values) > 0
	}
	return false
}

// isRootVariable reports whether a package variable holds a root context from
// the beginning and is never set.
func (c *checker) isRootVariable(v *types.Var, depth int) bool {
	if v.IsField() || c.settableElsewhere(v) {
		return false
	}
	sets, all := c.assignments(v)
	return all && len(sets) == 1 && c.isRoot(sets[0].value, depth-1)
}
