// Command inventorychecker keeps the catalog and sets articles aside for orders.
package main

import (
	"log"
	"net/http"

	"example.com/streamline/internal/database"
	"example.com/streamline/internal/httpjson"
	"example.com/streamline/internal/settings"
	"example.com/streamline/internal/stock"
)

func main() {
	db, err := database.Open(settings.Must("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	if err := stock.Seed(db); err != nil {
		log.Fatal(err)
	}
	repo, err := stock.NewRepository(db)
	if err != nil {
		log.Fatal(err)
	}

	h := stock.NewHandler(repo)
	http.HandleFunc("GET /catalog/{sku}", h.Product)
	http.Handle("POST /stock/checks", httpjson.Logged(http.HandlerFunc(h.Check)))
	http.HandleFunc("GET /healthz", httpjson.Healthy)

	addr := settings.Or("LISTEN_ADDR", ":8081")
	log.Printf("counting articles on %s", addr)
	if err := http.ListenAndServe(addr, nil); err != nil {
		log.Fatal(err)
	}
}
