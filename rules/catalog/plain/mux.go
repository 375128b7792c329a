package plain

import "github.com/gorilla/mux"

//idiom:library github.com/gorilla/mux
//idiom:traces a request to a server of net/http that has the router -> that server's segment
//idiom:traces the template of its route -> annotation `route`
//idiom:untraced the router of a handler that no server of net/http is given

// MuxRouter finds mux.NewRouter, since version 1.6.1 of it. The segment of a request,
// which it has from the server, is annotated with the path template of its route. The
// middleware that does it is the router's first; it runs where a route matches.
//
//idiom:kind inbound-http
func MuxRouter() *mux.Router {
	return mux.NewRouter()
}
