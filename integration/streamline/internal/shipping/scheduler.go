package shipping

import (
	"context"
	"log"
	"net/http"

	"example.com/streamline/internal/api"
	"example.com/streamline/internal/httpjson"
)

// Scheduler books shipments and has customers told about them.
type Scheduler struct {
	bookings      *Bookings
	dispatcherURL string
}

// NewScheduler returns a scheduler that has its notices sent by the service at dispatcherURL.
func NewScheduler(bookings *Bookings, dispatcherURL string) *Scheduler {
	return &Scheduler{bookings: bookings, dispatcherURL: dispatcherURL}
}

// Handler returns the routes of the scheduler.
func (s *Scheduler) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /shipments", s.create)
	mux.HandleFunc("GET /healthz", httpjson.Healthy)
	return httpjson.Logged(mux)
}

func (s *Scheduler) create(w http.ResponseWriter, r *http.Request) {
	var req api.ShipmentRequest
	if !httpjson.Read(w, r, &req) {
		return
	}
	day, err := shipBy(req.PlacedOn)
	if err != nil {
		httpjson.Fail(w, http.StatusUnprocessableEntity, "placed_on is no date")
		return
	}
	shipment, err := s.schedule(r.Context(), req, day)
	if err != nil {
		log.Printf("shipment of order %d: %v", req.OrderID, err)
		httpjson.Fail(w, http.StatusBadGateway, "shipment failed")
		return
	}
	httpjson.Write(w, http.StatusCreated, shipment)
}

func (s *Scheduler) schedule(ctx context.Context, req api.ShipmentRequest, day string) (api.Shipment, error) {
	shipment, err := s.bookings.Book(ctx, req, day)
	if err != nil {
		return shipment, err
	}
	shipment.Notification, err = notify(ctx, s.dispatcherURL, api.Notice{
		OrderID:  req.OrderID,
		Email:    req.Email,
		Tracking: shipment.Tracking,
		Carrier:  shipment.Carrier,
		ShipBy:   shipment.ShipBy,
	})
	return shipment, err
}
