package resolve

import (
	"strings"
	"testing"
)

const carrierSource = `import "context"

type Request struct{ Base context.Context }

func (r *Request) Context() context.Context { return r.Base }

// RequestContext is a request's.
//
//idiom:context pooled
func RequestContext(r *Request) context.Context { return BODY }
`

func TestCarrier(t *testing.T) {
	p, x := dialects(t, strings.Replace(carrierSource, "BODY", "r.Context()", 1), "")
	c, err := Dialects(p, x)
	if err != nil {
		t.Fatal(err)
	}
	got := c.Carriers["*example.com/idioms/plain.Request"]
	if got == nil || got.Get != ".Context()" || !got.Pooled || got.Blind || got.Doc != "RequestContext is a request's." || len(c.Idioms) != 0 {
		t.Errorf("the carrier is %+v", got)
	}
}

func TestCarrierMustBeginWithItsValue(t *testing.T) {
	p, x := dialects(t, strings.Replace(carrierSource, "BODY", "context.WithoutCancel(r.Base)", 1), "")
	if _, err := Dialects(p, x); err == nil || !strings.Contains(err.Error(), "does not begin with r") {
		t.Errorf("the error is %v", err)
	}
}
