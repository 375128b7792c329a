package shipping

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"example.com/streamline/internal/api"
	"example.com/streamline/internal/database"
)

// schema creates the tables and the carriers that the house works with.
var schema = []string{
	`CREATE TABLE IF NOT EXISTS carriers (
		country char(2) PRIMARY KEY,
		name    text NOT NULL
	)`,
	`INSERT INTO carriers (country, name) VALUES ('DE', 'Gelbe Post'), ('FR', 'La Malle')
		ON CONFLICT (country) DO NOTHING`,
	`CREATE TABLE IF NOT EXISTS shipments (
		id       bigserial PRIMARY KEY,
		order_id bigint NOT NULL UNIQUE,
		carrier  text NOT NULL,
		ship_by  date NOT NULL
	)`,
	`CREATE TABLE IF NOT EXISTS parcels (
		shipment_id bigint NOT NULL REFERENCES shipments,
		sku         text NOT NULL,
		quantity    int NOT NULL
	)`,
}

// otherCarrier delivers where no carrier of the house does.
const otherCarrier = "World Parcel"

// Bookings keeps shipments in PostgreSQL.
type Bookings struct {
	db *sql.DB
}

// NewBookings returns bookings whose tables exist.
func NewBookings(db *sql.DB) (*Bookings, error) {
	if err := database.Migrate(db, schema...); err != nil {
		return nil, err
	}
	return &Bookings{db: db}, nil
}

// Book stores a shipment with its parcels, or nothing of it.
func (b *Bookings) Book(ctx context.Context, req api.ShipmentRequest, shipBy string) (api.Shipment, error) {
	tx, err := b.db.Begin()
	if err != nil {
		return api.Shipment{}, fmt.Errorf("booking: %w", err)
	}
	defer tx.Rollback()

	carrier, err := findCarrier(ctx, tx, req.ShipTo.Country)
	if err != nil {
		return api.Shipment{}, err
	}
	var id int64
	err = tx.QueryRow("INSERT INTO shipments (order_id, carrier, ship_by) VALUES ($1, $2, $3) RETURNING id",
		req.OrderID, carrier, shipBy).Scan(&id)
	if err != nil {
		return api.Shipment{}, fmt.Errorf("booking order %d: %w", req.OrderID, err)
	}
	for _, item := range req.Items {
		_, err := tx.Exec("INSERT INTO parcels (shipment_id, sku, quantity) VALUES ($1, $2, $3)",
			id, item.SKU, item.Quantity)
		if err != nil {
			return api.Shipment{}, fmt.Errorf("packing order %d: %w", req.OrderID, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return api.Shipment{}, fmt.Errorf("booking order %d: %w", req.OrderID, err)
	}
	return api.Shipment{Tracking: fmt.Sprintf("SL%08d", id), Carrier: carrier, ShipBy: shipBy}, nil
}

func findCarrier(ctx context.Context, tx *sql.Tx, country string) (string, error) {
	var name string
	err := tx.QueryRow("SELECT name FROM carriers WHERE country = $1", country).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return otherCarrier, nil
	}
	return name, err
}
