package find

import (
	"go/ast"
	"go/types"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// Carriers returns what tells how the values of a type carry a request's context in
// a package. Where tests call handlers with a framework's context that holds no
// request, it carries none: to ask it for one would panic there.
func Carriers(c *rules.Catalog, pkg *types.Package, view View) func(types.Type) *rules.Carrier {
	known := map[types.Type]*rules.Carrier{}
	return func(t types.Type) *rules.Carrier {
		carrier, ok := known[t]
		if !ok {
			if carrier = c.CarrierOf(t); carrier != nil && view.bare(carrier, pkg) != "" {
				carrier = nil
			}
			known[t] = carrier
		}
		return carrier
	}
}

// noContext returns the reason of a call without a context: there is none in reach,
// or the one in reach must not be used.
func (f *finder) noContext(n ast.Node) string {
	if text := f.scope.Reused(n); text != "" {
		return text + " may be another request's when this runs: take context.WithoutCancel(" + text + ") before, where the handler runs, and use that here"
	}
	inner := f.p.Types.Scope().Innermost(n.Pos())
	for s := inner; s != nil && s != f.p.Types.Scope(); s = s.Parent() {
		for _, name := range s.Names() {
			v, ok := s.Lookup(name).(*types.Var)
			if !ok || v.Kind() != types.ParamVar {
				continue
			}
			carrier := f.m.Catalog.CarrierOf(v.Type())
			if carrier == nil {
				continue
			}
			if at := f.view.bare(carrier, f.p.Types); at != "" {
				return name + carrier.Get + " would panic in tests, which make a context without a request at " + at + ": give it one there"
			}
		}
	}
	return NoContext
}
