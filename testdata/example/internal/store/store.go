// Package store keeps orders in PostgreSQL.
package store

import (
	"context"
	"database/sql"
	"errors"
)

// ErrNotFound says that there is no such order.
var ErrNotFound = errors.New("no such order")

// Order is what a customer asked for.
type Order struct {
	ID    int64  `json:"id"`
	Item  string `json:"item"`
	Count int    `json:"count"`
}

// Store is a table of orders.
type Store struct{ db *sql.DB }

// New returns the orders in db.
func New(db *sql.DB) *Store { return &Store{db} }

// Migrate makes the table.
func (s *Store) Migrate() error {
	_, err := s.db.Exec(`CREATE TABLE IF NOT EXISTS orders (id bigserial PRIMARY KEY, item text NOT NULL, count integer NOT NULL)`)
	return err
}

// Insert adds an order and returns its number.
func (s *Store) Insert(ctx context.Context, o Order) (int64, error) {
	var id int64
	err := s.db.QueryRow(`INSERT INTO orders (item, count) VALUES ($1, $2) RETURNING id`, o.Item, o.Count).Scan(&id)
	return id, err
}

// Get returns an order by its number.
func (s *Store) Get(ctx context.Context, id int64) (Order, error) {
	o := Order{ID: id}
	err := s.db.QueryRow(`SELECT item, count FROM orders WHERE id = $1`, id).Scan(&o.Item, &o.Count)
	if errors.Is(err, sql.ErrNoRows) {
		return o, ErrNotFound
	}
	return o, err
}
