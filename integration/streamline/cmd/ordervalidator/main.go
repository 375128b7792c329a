// Command ordervalidator is the door of the platform: it takes orders from customers.
package main

import (
	"log"
	"net/http"

	"example.com/streamline/internal/database"
	"example.com/streamline/internal/httpjson"
	"example.com/streamline/internal/ordering"
	"example.com/streamline/internal/settings"
)

func main() {
	db, err := database.Open(settings.Must("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	store, err := ordering.NewStore(db)
	if err != nil {
		log.Fatal(err)
	}
	service := ordering.NewService(
		store,
		ordering.NewInventoryClient(settings.Must("INVENTORY_URL")),
		ordering.NewPaymentClient(settings.Must("PAYMENT_URL")),
	)

	mux := http.NewServeMux()
	ordering.NewHandler(service).Register(mux)
	mux.HandleFunc("GET /healthz", httpjson.Healthy)

	addr := settings.Or("LISTEN_ADDR", ":8080")
	log.Printf("taking orders on %s", addr)
	log.Fatal(http.ListenAndServe(addr, httpjson.Logged(mux)))
}
