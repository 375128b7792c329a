package routers

import (
	"net/http"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/gorilla/mux"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

func hello(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(r.URL.Path)) }

// started serves a handler as the net/http idioms have it traced.
func started(t *testing.T, h http.Handler) string {
	t.Helper()
	srv := traced.ServerHandler(service, h)
	srv.ErrorLog = quiet
	l, url := listener(t)
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { srv.Close() })
	return url
}

func chiRoutes(make func() *chi.Mux) http.Handler {
	r := make()
	r.Use(func(next http.Handler) http.Handler { return next })
	r.Get("/orders/{id}", hello)
	r.Get("/panic", func(http.ResponseWriter, *http.Request) { panic("x") })
	r.Route("/a", func(r chi.Router) { r.Get("/{b}", hello) })
	mounted := make()
	mounted.Get("/{id}", hello)
	r.Mount("/mounted", mounted)
	return r
}

func TestChi(t *testing.T) {
	requests := []request{
		{method: "GET", path: "/orders/7?q=1", status: 200, route: "/orders/{id}"},
		{method: "GET", path: "/panic", fault: true, route: "/panic"},
		{method: "GET", path: "/a/x", status: 200, route: "/a/{b}"},
		{method: "GET", path: "/mounted/7", status: 200, route: "/mounted/{id}"},
		{method: "GET", path: "/missing", status: 404},
		{method: "PUT", path: "/orders/7", status: 405},
	}
	compare(t, serve(t, chiRoutes(plain.ChiRouter)), started(t, chiRoutes(traced.ChiRouter)), requests)
	compare(t, serve(t, chiRoutes(plain.ChiMux)), started(t, chiRoutes(traced.ChiMux)), requests)
}

func muxRoutes(r *mux.Router) http.Handler {
	r.HandleFunc("/orders/{id:[0-9]+}", hello).Methods("GET")
	r.Path("/named").Name("named") // for its URL alone
	r.PathPrefix("/sub").Subrouter().HandleFunc("/{id}", hello)
	r.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("x") })
	return r
}

func TestMux(t *testing.T) {
	compare(t, serve(t, muxRoutes(plain.MuxRouter())), started(t, muxRoutes(traced.MuxRouter())), []request{
		{method: "GET", path: "/orders/7?q=1", status: 200, route: "/orders/{id:[0-9]+}"},
		{method: "GET", path: "/named", status: 404},
		{method: "GET", path: "/sub/7", status: 200, route: "/sub/{id}"},
		{method: "GET", path: "/panic", fault: true, route: "/panic"},
		{method: "GET", path: "/missing", status: 404},
		{method: "PUT", path: "/orders/7", status: 405},
	})
}
