// Command orders is the service whose costs are compared, traced by hand: each request asks a
// database for the order and another service for its price.
package main

import (
	"database/sql"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

// One of each for the process, not one for each request.
var (
	namer  = xray.NewFixedSegmentNamer("orders")
	client = xray.Client(nil)
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
	db, err := xray.SQLContext("postgres", "postgres://clerk@localhost/orders")
	if err != nil {
		log.Fatal(err)
	}
	s := &shop{db: db, prices: os.Getenv("PRICES")}
	go tellUsage(os.Getenv("USAGE_ADDR"))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /orders/{id}", s.order)
	log.Fatal(http.ListenAndServe(os.Getenv("LISTEN_ADDR"), xray.Handler(namer, mux)))
}

func (s *shop) order(w http.ResponseWriter, r *http.Request) {
	var a answer
	if err := s.db.QueryRowContext(r.Context(), "SELECT item FROM orders WHERE id = $1", r.PathValue("id")).Scan(&a.Item); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	req, err := http.NewRequestWithContext(r.Context(), http.MethodGet, s.prices+a.Item, nil)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	resp, err := client.Do(req)
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
