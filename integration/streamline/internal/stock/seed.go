package stock

import (
	"database/sql"
	"fmt"

	"example.com/streamline/internal/api"
	"example.com/streamline/internal/database"
)

// shelf is an article with the number of pieces that the shop opens with.
type shelf struct {
	api.Product
	onHand int
}

var shelves = []shelf{
	{api.Product{SKU: "chair", Name: "Oak chair", PriceCents: 8900}, 500},
	{api.Product{SKU: "desk", Name: "Standing desk", PriceCents: 45900}, 500},
	{api.Product{SKU: "lamp", Name: "Reading lamp", PriceCents: 3500}, 40},
}

// Seed creates the tables and fills them the first time.
func Seed(db *sql.DB) error {
	err := database.Migrate(db, `CREATE TABLE IF NOT EXISTS products (
		sku         text PRIMARY KEY,
		name        text NOT NULL,
		price_cents bigint NOT NULL,
		on_hand     int NOT NULL
	)`)
	if err != nil {
		return err
	}
	tx, err := db.Begin()
	if err != nil {
		return fmt.Errorf("filling the catalog: %w", err)
	}
	defer tx.Rollback()
	for _, s := range shelves {
		_, err := tx.Exec(`INSERT INTO products (sku, name, price_cents, on_hand)
			VALUES ($1, $2, $3, $4) ON CONFLICT (sku) DO NOTHING`, s.SKU, s.Name, s.PriceCents, s.onHand)
		if err != nil {
			return fmt.Errorf("filling the catalog with %s: %w", s.SKU, err)
		}
	}
	return tx.Commit()
}
