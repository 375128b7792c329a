// Package plain holds idioms of this shop's own packages, as programs have them
// without tracing. Package xray has the same functions, traced.
package plain

import (
	"context"

	"example.com/shop/internal/stock"
)

// StockLevel finds Level, which asks the stock service. The call ends with the
// context.
func StockLevel(ctx context.Context, c *stock.Client, sku string) (int, error) {
	return c.Level(sku)
}

// StockRetry finds stock.Retry. All attempts together are one subsegment of that
// name.
func StockRetry(ctx context.Context, name string, work func() error) error {
	return stock.Retry(name, work)
}
