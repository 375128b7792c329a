package payment

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"example.com/streamline/internal/api"
	"example.com/streamline/internal/httpjson"
)

// ShippingClient talks to ShipmentScheduler.
type ShippingClient struct {
	URL string
}

// Ship books a shipment.
func (c ShippingClient) Ship(ctx context.Context, shipment api.ShipmentRequest) (api.Shipment, error) {
	var booked api.Shipment
	req, err := c.newRequest(ctx, shipment)
	if err != nil {
		return booked, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return booked, fmt.Errorf("booking a shipment: %w", err)
	}
	return booked, httpjson.Decode(resp, &booked)
}

func (c ShippingClient) newRequest(ctx context.Context, shipment api.ShipmentRequest) (*http.Request, error) {
	body, err := json.Marshal(shipment)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequest("POST", c.URL+"/shipments", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	return req, nil
}
