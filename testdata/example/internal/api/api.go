// Package api is the HTTP interface of the service.
package api

import (
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"strconv"

	"example.com/orders/internal/notify"
	"example.com/orders/internal/stock"
	"example.com/orders/internal/store"
)

type server struct {
	orders *store.Store
	stock  *stock.Client
	notify *notify.Notifier
}

// New returns the service's handler.
func New(orders *store.Store, stock *stock.Client, notify *notify.Notifier) http.Handler {
	s := &server{orders, stock, notify}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /orders", s.place)
	mux.HandleFunc("GET /orders/{id}", s.get)
	return mux
}

func (s *server) place(w http.ResponseWriter, r *http.Request) {
	var o store.Order
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	ok, err := s.stock.Available(r.Context(), o.Item, o.Count)
	if err != nil {
		http.Error(w, "the stock cannot be asked", http.StatusBadGateway)
		return
	}
	if !ok {
		http.Error(w, "out of stock", http.StatusConflict)
		return
	}
	if o.ID, err = s.orders.Insert(r.Context(), o); err != nil {
		log.Print(err)
		http.Error(w, "the order was not kept", http.StatusInternalServerError)
		return
	}
	if err := s.notify.Placed(r.Context(), o); err != nil {
		log.Print(err) // the order stands all the same
	}
	w.WriteHeader(http.StatusCreated)
	json.NewEncoder(w).Encode(o)
}

func (s *server) get(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		http.Error(w, "no such order", http.StatusNotFound)
		return
	}
	o, err := s.orders.Get(r.Context(), id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		http.Error(w, "no such order", http.StatusNotFound)
	case err != nil:
		log.Print(err)
		http.Error(w, "the order was not read", http.StatusInternalServerError)
	default:
		json.NewEncoder(w).Encode(o)
	}
}
