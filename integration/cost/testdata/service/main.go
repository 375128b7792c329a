// Command orders is the service whose costs are compared: each request asks a database
// for the order and another service for its price.
package main

import (
	"database/sql"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
)

type shop struct {
	db     *sql.DB
	prices string
}

type answer struct {
	Item  string `json:"item"`
	Price string `json:"price"`
}

func main() {
	db, err := sql.Open("postgres", "postgres://clerk@localhost/orders")
	if err != nil {
		log.Fatal(err)
	}
	s := &shop{db: db, prices: os.Getenv("PRICES")}
	go tellUsage(os.Getenv("USAGE_ADDR"))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders/{id}", s.order)
	log.Fatal(http.ListenAndServe(os.Getenv("LISTEN_ADDR"), mux))
}

func (s *shop) order(w http.ResponseWriter, r *http.Request) {
	var a answer
	if err := s.db.QueryRow("SELECT item FROM orders WHERE id = $1", r.PathValue("id")).Scan(&a.Item); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	resp, err := http.Get(s.prices + a.Item)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer resp.Body.Close()
	price, err := io.ReadAll(resp.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	a.Price = string(price)
	if err := json.NewEncoder(w).Encode(a); err != nil {
		log.Print(err)
	}
}
