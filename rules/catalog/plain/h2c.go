package plain

import (
	"net/http"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/h2c"
)

//idiom:library golang.org/x/net/http2/h2c
//idiom:traces a request of a connection that speaks HTTP/2 without TLS, or does not -> segment as of net/http

// H2CHandler finds the handler of h2c.NewHandler, and promises what ListenAndServe does of
// each request, those of one HTTP/2 connection included. The request that began such a
// connection, which lasts as long as that, is none of its own.
//
//idiom:kind inbound-http
//idiom:guard untraced-handler
func H2CHandler(service string, h http.Handler, s *http2.Server) http.Handler {
	return h2c.NewHandler(h, s)
}
