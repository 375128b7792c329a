package ordering

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"example.com/streamline/internal/api"
	"example.com/streamline/internal/database"
)

// ErrNotFound is the answer to a question about an order that nobody placed.
var ErrNotFound = errors.New("no such order")

// Store keeps orders in PostgreSQL.
type Store struct {
	db *sql.DB
}

// NewStore returns a store whose tables exist.
func NewStore(db *sql.DB) (*Store, error) {
	err := database.Migrate(db,
		`CREATE TABLE IF NOT EXISTS orders (
			id          bigserial PRIMARY KEY,
			email       text NOT NULL,
			status      text NOT NULL,
			total_cents bigint NOT NULL
		)`,
		`CREATE TABLE IF NOT EXISTS order_items (
			order_id bigint NOT NULL REFERENCES orders,
			position int NOT NULL,
			sku      text NOT NULL,
			quantity int NOT NULL,
			PRIMARY KEY (order_id, position)
		)`)
	if err != nil {
		return nil, err
	}
	return &Store{db: db}, nil
}

// Insert stores a new order and returns its number.
func (s *Store) Insert(ctx context.Context, order api.Order, totalCents int64) (int64, error) {
	var id int64
	err := s.db.QueryRow(
		`INSERT INTO orders (email, status, total_cents) VALUES ($1, 'new', $2) RETURNING id`,
		order.Email, totalCents,
	).Scan(&id)
	if err != nil {
		return 0, fmt.Errorf("storing an order: %w", err)
	}
	for i, item := range order.Items {
		if err := s.insertItem(ctx, id, i, item); err != nil {
			return 0, err
		}
	}
	return id, nil
}

func (s *Store) insertItem(ctx context.Context, id int64, position int, item api.Item) error {
	_, err := s.db.Exec(`INSERT INTO order_items (order_id, position, sku, quantity) VALUES ($1, $2, $3, $4)`,
		id, position, item.SKU, item.Quantity)
	if err != nil {
		return fmt.Errorf("storing item %d of order %d: %w", position, id, err)
	}
	return nil
}

// SetStatus records how far an order has come.
func (s *Store) SetStatus(ctx context.Context, id int64, status string) error {
	res, err := s.db.Exec("UPDATE orders SET status = $1 WHERE id = $2", status, id)
	if err != nil {
		return fmt.Errorf("updating order %d: %w", id, err)
	}
	if n, err := res.RowsAffected(); err == nil && n == 0 {
		return ErrNotFound
	}
	return nil
}

// Find returns one order.
func (s *Store) Find(ctx context.Context, id int64) (api.OrderStatus, error) {
	status := api.OrderStatus{OrderID: id}
	row := s.db.QueryRow("SELECT status, total_cents FROM orders WHERE id = $1", id)
	switch err := row.Scan(&status.Status, &status.TotalCents); {
	case errors.Is(err, sql.ErrNoRows):
		return status, ErrNotFound
	case err != nil:
		return status, fmt.Errorf("reading order %d: %w", id, err)
	}
	items, err := s.items(ctx, id)
	status.Items = items
	return status, err
}

func (s *Store) items(ctx context.Context, id int64) ([]api.Item, error) {
	rows, err := s.db.Query("SELECT sku, quantity FROM order_items WHERE order_id = $1 ORDER BY position", id)
	if err != nil {
		return nil, fmt.Errorf("reading the items of order %d: %w", id, err)
	}
	defer rows.Close()

	var items []api.Item
	for rows.Next() {
		var item api.Item
		if err := rows.Scan(&item.SKU, &item.Quantity); err != nil {
			return nil, err
		}
		items = append(items, item)
	}
	return items, rows.Err()
}
