// Command mux serves orders with gorilla/mux, in a server of its own.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/gorilla/mux"

	"example.com/inbound/store"
)

func main() {
	r := mux.NewRouter()
	r.HandleFunc("/orders/{id}", func(w http.ResponseWriter, r *http.Request) { order(w, mux.Vars(r)["id"]) }).Methods("GET")
	r.HandleFunc("/form", form).Methods("POST")
	r.HandleFunc("/error", func(w http.ResponseWriter, r *http.Request) { http.Error(w, "x", http.StatusInternalServerError) })
	r.HandleFunc("/teapot", func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusTeapot) })
	r.HandleFunc("/panic", func(http.ResponseWriter, *http.Request) { panic("x") })
	r.HandleFunc("/stream", stream)
	srv := &http.Server{Addr: os.Args[1], Handler: recovered(r)}
	log.Fatal(srv.ListenAndServe())
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
