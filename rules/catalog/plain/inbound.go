package plain

import (
	"net"
	"net/http"
)

// ListenAndServe finds the start of a server with its handler. Each request gets
// one segment, whatever the routes below do; a nil handler stands for
// http.DefaultServeMux, as it does without tracing.
//
//idiom:kind inbound-http
//idiom:guard untraced-handler
func ListenAndServe(service, addr string, h http.Handler) error {
	return http.ListenAndServe(addr, h)
}

// ListenAndServeTLS is ListenAndServe for HTTPS.
//
//idiom:kind inbound-http
//idiom:guard untraced-handler
func ListenAndServeTLS(service, addr, cert, key string, h http.Handler) error {
	return http.ListenAndServeTLS(addr, cert, key, h)
}

// Serve finds a server that is started on a listener of the program's own.
//
//idiom:kind inbound-http
//idiom:guard untraced-handler
func Serve(service string, l net.Listener, h http.Handler) error {
	return http.Serve(l, h)
}

// ServeTLS is Serve for HTTPS.
//
//idiom:kind inbound-http
//idiom:guard untraced-handler
func ServeTLS(service string, l net.Listener, h http.Handler, cert, key string) error {
	return http.ServeTLS(l, h, cert, key)
}

// ServerHandler finds the handler of an http.Server literal, by value or by
// pointer.
//
//idiom:kind inbound-http
//idiom:guard untraced-handler
func ServerHandler(service string, h http.Handler) http.Server {
	return http.Server{Handler: h}
}

// ServerDefault finds an http.Server literal without a handler, which serves
// http.DefaultServeMux. A server whose handler is set, read or handed on
// elsewhere is left to the place that sets it.
//
//idiom:kind inbound-http
//idiom:guard default-server
func ServerDefault(service string) http.Server {
	return http.Server{}
}

// SetHandler finds a handler that is given to a server after it was made.
//
//idiom:kind inbound-http
//idiom:guard untraced-handler
func SetHandler(service string, srv *http.Server, h http.Handler) {
	srv.Handler = h
}
