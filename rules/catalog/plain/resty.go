package plain

//idiom:library github.com/go-resty/resty/v2
//idiom:traces an attempt of a request that is given a context -> subsegment named after its host
//idiom:untraced a client of NewWithClient, which is traced where its http.Client is made

import (
	"context"
	"net"

	"github.com/go-resty/resty/v2"
)

// RestyNew finds resty.New (v2). Every attempt of a request that is given a context
// with a segment, by SetContext, becomes a subsegment named after its host and
// sends the trace's header. The client's transport is wrapped when the first
// request is made, so that what the program sets before that has its effect.
//
//idiom:kind outbound-http
//idiom:guard untraced-library early-transport
func RestyNew() *resty.Client {
	return resty.New()
}

// RestyWithLocalAddr finds resty.NewWithLocalAddr (v2) and promises what RestyNew
// does.
//
//idiom:kind outbound-http
//idiom:guard untraced-library early-transport
func RestyWithLocalAddr(addr net.Addr) *resty.Client {
	return resty.NewWithLocalAddr(addr)
}

// RestyRequest finds a request of resty (v2) that is given no context. It ends with
// the context.
//
//idiom:kind outbound-http
//idiom:guard resty-context
func RestyRequest(ctx context.Context, c *resty.Client) *resty.Request {
	return c.R()
}
