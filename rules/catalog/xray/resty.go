package xray

import (
	"context"
	"net"
	"sync"

	"github.com/go-resty/resty/v2"
)

func RestyNew() *resty.Client {
	return xrayResty(resty.New())
}

func RestyWithLocalAddr(addr net.Addr) *resty.Client {
	return xrayResty(resty.NewWithLocalAddr(addr))
}

func RestyRequest(ctx context.Context, c *resty.Client) *resty.Request {
	return c.R().SetContext(ctx)
}

// xrayResty has the requests of a client traced. Its transport is wrapped as late as
// the first request: the client's settings for TLS and proxies want it to be an
// *http.Transport.
func xrayResty(c *resty.Client) *resty.Client {
	var once sync.Once
	return c.OnBeforeRequest(func(c *resty.Client, _ *resty.Request) error {
		once.Do(func() { c.GetClient().Transport = xrayTransport{c.GetClient().Transport} })
		return nil
	})
}
