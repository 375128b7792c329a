package xray

import (
	"net/http"

	"github.com/go-chi/chi/v5"
)

func ChiRouter() *chi.Mux {
	return xrayChi(chi.NewRouter())
}

func ChiMux() *chi.Mux {
	return xrayChi(chi.NewMux())
}

// xrayChi gives a new router a first middleware, which annotates the segments of
// requests with their route. That is known only when the routers inside have run.
func xrayChi(router *chi.Mux) *chi.Mux {
	router.Use(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer func() {
				if known := chi.RouteContext(r.Context()); known != nil {
					xrayRoute(r.Context(), known.RoutePattern())
				}
			}()
			next.ServeHTTP(w, r)
		})
	})
	return router
}
