package plain

import (
	"net"
	"net/http"
)

//idiom:library net/http
//idiom:traces a request that a server answers -> segment named after the service, with method, URL without query, client, status; a panic as fault
//idiom:untraced the route pattern; requests that the server answers before its handler, like malformed ones

// ListenAndServe finds http.ListenAndServe. Each request gets one segment named
// after the service, whatever the routes below do, with its status; a panic is
// recorded as a fault and passes on. An incoming trace header continues its trace.
// A nil handler stands for http.DefaultServeMux, as it does without tracing. The
// response is the same but for one case: http.MaxBytesReader does not close the
// connection early.
//
//idiom:kind inbound-http
//idiom:guard untraced-handler
func ListenAndServe(service, addr string, h http.Handler) error {
	return http.ListenAndServe(addr, h)
}

// ListenAndServeTLS finds http.ListenAndServeTLS and promises what
// ListenAndServe does.
//
//idiom:kind inbound-http
//idiom:guard untraced-handler
func ListenAndServeTLS(service, addr, cert, key string, h http.Handler) error {
	return http.ListenAndServeTLS(addr, cert, key, h)
}

// Serve finds http.Serve, which starts a server on a listener of the program's
// own, and promises what ListenAndServe does.
//
//idiom:kind inbound-http
//idiom:guard untraced-handler
func Serve(service string, l net.Listener, h http.Handler) error {
	return http.Serve(l, h)
}

// ServeTLS finds http.ServeTLS and promises what ListenAndServe does.
//
//idiom:kind inbound-http
//idiom:guard untraced-handler
func ServeTLS(service string, l net.Listener, h http.Handler, cert, key string) error {
	return http.ServeTLS(l, h, cert, key)
}

// ServerHandler finds the handler of an http.Server literal, by value or by
// pointer, and promises what ListenAndServe does. The methods that start the
// server stay as they are.
//
//idiom:kind inbound-http
//idiom:guard untraced-handler
func ServerHandler(service string, h http.Handler) http.Server {
	return http.Server{Handler: h}
}

// ServerDefault finds an http.Server literal without a handler, by value or by
// pointer, which serves http.DefaultServeMux. It promises what ListenAndServe
// does. A server whose handler is set elsewhere is traced where that is done.
//
//idiom:kind inbound-http
//idiom:guard default-server
func ServerDefault(service string) http.Server {
	return http.Server{}
}

// SetHandler finds a handler that is given to a server after it was made, and
// promises what ListenAndServe does.
//
//idiom:kind inbound-http
//idiom:guard untraced-handler
func SetHandler(service string, srv *http.Server, h http.Handler) {
	srv.Handler = h
}
