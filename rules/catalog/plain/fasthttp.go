package plain

import (
	"net"
	"os"

	"github.com/valyala/fasthttp"
)

//idiom:library github.com/valyala/fasthttp
//idiom:traces a request to a server -> segment named after the service, with method, URL without query, status; a panic is a fault
//idiom:untraced requests that are sent with its client; a body that is written after the handler has returned

// FastListen finds fasthttp.ListenAndServe. Each request gets one segment named after the
// service, with the status that its handler leaves; a panic is recorded as a fault and
// passes on. An incoming trace header continues its trace. The request is found to carry
// the segment wherever it is given as a context.
//
//idiom:kind inbound-http
//idiom:guard untraced-router
func FastListen(service, addr string, h fasthttp.RequestHandler) error {
	return fasthttp.ListenAndServe(addr, h)
}

// FastListenTLS finds fasthttp.ListenAndServeTLS and promises what FastListen does.
//
//idiom:kind inbound-http
//idiom:guard untraced-router
func FastListenTLS(service, addr, cert, key string, h fasthttp.RequestHandler) error {
	return fasthttp.ListenAndServeTLS(addr, cert, key, h)
}

// FastListenTLSEmbed finds fasthttp.ListenAndServeTLSEmbed and promises what FastListen
// does.
//
//idiom:kind inbound-http
//idiom:guard untraced-router
func FastListenTLSEmbed(service, addr string, cert, key []byte, h fasthttp.RequestHandler) error {
	return fasthttp.ListenAndServeTLSEmbed(addr, cert, key, h)
}

// FastListenUnix finds fasthttp.ListenAndServeUNIX and promises what FastListen does.
//
//idiom:kind inbound-http
//idiom:guard untraced-router
func FastListenUnix(service, addr string, mode os.FileMode, h fasthttp.RequestHandler) error {
	return fasthttp.ListenAndServeUNIX(addr, mode, h)
}

// FastServe finds fasthttp.Serve and promises what FastListen does.
//
//idiom:kind inbound-http
//idiom:guard untraced-router
func FastServe(service string, l net.Listener, h fasthttp.RequestHandler) error {
	return fasthttp.Serve(l, h)
}

// FastServeTLS finds fasthttp.ServeTLS and promises what FastListen does.
//
//idiom:kind inbound-http
//idiom:guard untraced-router
func FastServeTLS(service string, l net.Listener, cert, key string, h fasthttp.RequestHandler) error {
	return fasthttp.ServeTLS(l, cert, key, h)
}

// FastServeTLSEmbed finds fasthttp.ServeTLSEmbed and promises what FastListen does.
//
//idiom:kind inbound-http
//idiom:guard untraced-router
func FastServeTLSEmbed(service string, l net.Listener, cert, key []byte, h fasthttp.RequestHandler) error {
	return fasthttp.ServeTLSEmbed(l, cert, key, h)
}

// FastServer finds the handler of a fasthttp.Server literal, by value or by pointer, and
// promises what FastListen does. The methods that start the server stay as they are.
//
//idiom:kind inbound-http
//idiom:guard untraced-router
func FastServer(service string, h fasthttp.RequestHandler) fasthttp.Server {
	return fasthttp.Server{Handler: h}
}

// FastSetHandler finds a handler that is given to a fasthttp.Server after it was made,
// and promises what FastListen does.
//
//idiom:kind inbound-http
//idiom:guard untraced-router
func FastSetHandler(service string, srv *fasthttp.Server, h fasthttp.RequestHandler) {
	srv.Handler = h
}
