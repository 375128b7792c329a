// Package ordering takes orders: it validates them, stores them and leads them
// through the other services.
package ordering

import (
	"fmt"
	"strings"
	"time"

	"example.com/streamline/internal/api"
)

const (
	maxItems    = 20
	maxQuantity = 100
)

// Check returns what is wrong with an order, or nothing.
//
//xray:capture check_order
func Check(order api.Order) []string {
	var wrong []string
	if !strings.Contains(order.Email, "@") {
		wrong = append(wrong, "email: not an address")
	}
	if order.CardToken == "" {
		wrong = append(wrong, "card_token: missing")
	}
	if _, err := time.Parse(time.DateOnly, order.PlacedOn); err != nil {
		wrong = append(wrong, "placed_on: not a date")
	}
	if len(order.ShipTo.Country) != 2 {
		wrong = append(wrong, "ship_to.country: not a code of two letters")
	}
	return append(wrong, checkItems(order.Items)...)
}

func checkItems(items []api.Item) []string {
	if len(items) == 0 {
		return []string{"items: none"}
	}
	if len(items) > maxItems {
		return []string{fmt.Sprintf("items: more than %d", maxItems)}
	}
	var wrong []string
	seen := map[string]bool{}
	for i, item := range items {
		switch {
		case item.SKU == "":
			wrong = append(wrong, fmt.Sprintf("items[%d].sku: missing", i))
		case seen[item.SKU]:
			wrong = append(wrong, fmt.Sprintf("items[%d].sku: given twice", i))
		}
		seen[item.SKU] = true
		if item.Quantity < 1 || item.Quantity > maxQuantity {
			wrong = append(wrong, fmt.Sprintf("items[%d].quantity: not between 1 and %d", i, maxQuantity))
		}
	}
	return wrong
}
