package xray

import (
	"net/http"

	"github.com/gorilla/mux"
)

func MuxRouter() *mux.Router {
	return xrayMux(mux.NewRouter())
}

// xrayMux gives a new router a first middleware, which annotates the segments of
// requests with their route. A route without a handler stays without one.
func xrayMux(router *mux.Router) *mux.Router {
	router.Use(func(next http.Handler) http.Handler {
		if next == nil {
			return nil
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if route := mux.CurrentRoute(r); route != nil {
				if template, err := route.GetPathTemplate(); err == nil {
					xrayRoute(r.Context(), template)
				}
			}
			next.ServeHTTP(w, r)
		})
	})
	return router
}
