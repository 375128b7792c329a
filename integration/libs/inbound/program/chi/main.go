// Command chi serves orders with chi, below another router.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/go-chi/chi/v5"

	"example.com/inbound/store"
)

func main() {
	r := chi.NewRouter()
	r.Use(recovered)
	r.Route("/orders", func(r chi.Router) {
		r.Get("/{id}", func(w http.ResponseWriter, r *http.Request) { order(w, chi.URLParam(r, "id")) })
	})
	r.Post("/form", form)
	r.Get("/error", func(w http.ResponseWriter, r *http.Request) { http.Error(w, "x", http.StatusInternalServerError) })
	r.Get("/teapot", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTeapot) })
	r.Get("/panic", func(http.ResponseWriter, *http.Request) { panic("x") })
	r.Get("/stream", stream)
	log.Fatal(http.ListenAndServe(os.Args[1], r))
}

func order(w http.ResponseWriter, id string) {
	text, err := store.Load(os.Args[2], "/"+id)
	if err != nil {
		http.Error(w, "no answer", http.StatusBadGateway)
		return
	}
	w.Write([]byte(text))
}

func form(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusCreated)
	w.Write([]byte(r.FormValue("name")))
}

func stream(w http.ResponseWriter, r *http.Request) {
	for range 3 {
		w.Write([]byte("part\n"))
		w.(http.Flusher).Flush()
	}
}

func recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}
