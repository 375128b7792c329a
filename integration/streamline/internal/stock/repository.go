// Package stock knows the articles of the shop and how many of them are left.
package stock

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lib/pq"

	"example.com/streamline/internal/api"
)

// ErrNotFound is returned for an article that the catalog does not list.
var ErrNotFound = errors.New("no such product")

// Repository keeps the catalog and the stock in PostgreSQL.
type Repository struct {
	db        *sql.DB
	bySKUStmt *sql.Stmt
}

// NewRepository returns a repository on top of tables that exist; see Seed.
func NewRepository(db *sql.DB) (*Repository, error) {
	bySKU, err := db.Prepare("SELECT sku, name, price_cents FROM products WHERE sku = $1")
	if err != nil {
		return nil, fmt.Errorf("preparing the catalog: %w", err)
	}
	return &Repository{db: db, bySKUStmt: bySKU}, nil
}

// Product returns one article.
func (r *Repository) Product(ctx context.Context, sku string) (api.Product, error) {
	var p api.Product
	err := r.bySKUStmt.QueryRow(sku).Scan(&p.SKU, &p.Name, &p.PriceCents)
	if errors.Is(err, sql.ErrNoRows) {
		return p, ErrNotFound
	}
	return p, err
}

// OnHand returns how many pieces of each article are left.
func (r *Repository) OnHand(ctx context.Context, skus []string) (map[string]int, error) {
	rows, err := r.db.Query("SELECT sku, on_hand FROM products WHERE sku = ANY($1)", pq.Array(skus))
	if err != nil {
		return nil, fmt.Errorf("reading the stock: %w", err)
	}
	defer rows.Close()

	onHand := make(map[string]int, len(skus))
	for rows.Next() {
		var sku string
		var n int
		if err := rows.Scan(&sku, &n); err != nil {
			return nil, err
		}
		onHand[sku] = n
	}
	return onHand, rows.Err()
}

// Take removes pieces of an article from the stock.
func (r *Repository) Take(ctx context.Context, item api.Item) error {
	_, err := r.db.Exec("UPDATE products SET on_hand = on_hand - $1 WHERE sku = $2", item.Quantity, item.SKU)
	if err != nil {
		return fmt.Errorf("taking %s: %w", item.SKU, err)
	}
	return nil
}
