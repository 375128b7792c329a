// Command shipmentscheduler books carriers for paid orders.
package main

import (
	"database/sql"
	"log"
	"net"
	"net/http"

	_ "github.com/lib/pq"

	"example.com/streamline/internal/settings"
	"example.com/streamline/internal/shipping"
)

func main() {
	db, err := sql.Open("postgres", settings.Must("DATABASE_URL"))
	if err != nil {
		log.Fatalf("opening the database: %v", err)
	}
	bookings, err := shipping.NewBookings(db)
	if err != nil {
		log.Fatal(err)
	}
	scheduler := shipping.NewScheduler(bookings, settings.Must("NOTIFICATION_URL"))

	l, err := net.Listen("tcp", settings.Or("LISTEN_ADDR", ":8083"))
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("booking carriers on %s", l.Addr())
	log.Fatal(http.Serve(l, scheduler.Handler()))
}
