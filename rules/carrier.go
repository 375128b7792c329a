package rules

import "go/types"

// Carrier is a type of a library whose values carry a request's context: a
// framework's context, a stream. It comes from a function of the plain dialect
// that has no traced side.
type Carrier struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
	Type string `json:"type"` // with full package paths
	// Get is what stands behind a value to take the context out of it, or "" where
	// the value is one itself.
	Get string `json:"get"`
	// Pooled says that the library gives a value to another request once its
	// handler has returned.
	Pooled bool `json:"pooled,omitempty"`
	// Blind says that a value passes for a context.Context, but does not have the
	// values of the request's.
	Blind bool `json:"blind,omitempty"`
	// Work says that the context is that of background work, and of no request.
	Work bool `json:"work,omitempty"`
}

// CarrierOf returns the carrier that values of a type are, or nil. An interface
// that embeds a carrier's is one too.
func (c *Catalog) CarrierOf(t types.Type) *Carrier {
	t = types.Unalias(t)
	if Named(t) == nil || len(c.Carriers) == 0 {
		return nil
	}
	if known := c.Carriers[types.TypeString(t, nil)]; known != nil {
		return known
	}
	iface, ok := t.Underlying().(*types.Interface)
	if !ok {
		return nil
	}
	for e := range iface.EmbeddedTypes() {
		if known := c.CarrierOf(e); known != nil {
			return known
		}
	}
	return nil
}
