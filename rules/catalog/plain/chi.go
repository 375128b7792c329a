package plain

import "github.com/go-chi/chi/v5"

//idiom:library github.com/go-chi/chi/v5
//idiom:traces a request to a server of net/http that has the router -> that server's segment
//idiom:traces the pattern of its route -> annotation `route`
//idiom:untraced the router of a handler that no server of net/http is given

// ChiRouter finds chi.NewRouter. The segment of a request, which it has from the server,
// is annotated with the pattern of its route, across routers that are mounted. The
// middleware that does it is the router's first, so that others still come before routes.
//
//idiom:kind inbound-http
func ChiRouter() *chi.Mux {
	return chi.NewRouter()
}

// ChiMux finds chi.NewMux and promises what ChiRouter does.
//
//idiom:kind inbound-http
func ChiMux() *chi.Mux {
	return chi.NewMux()
}
