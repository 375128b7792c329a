package ordering

import (
	"slices"
	"testing"

	"example.com/streamline/internal/api"
)

func valid() api.Order {
	return api.Order{
		Email:     "ada@example.com",
		CardToken: "tok_1",
		PlacedOn:  "2026-03-02",
		ShipTo:    api.Address{Country: "DE"},
		Items:     []api.Item{{SKU: "desk", Quantity: 1}},
	}
}

func TestCheck(t *testing.T) {
	tests := map[string]struct {
		change func(*api.Order)
		want   []string
	}{
		"valid":          {func(*api.Order) {}, nil},
		"no address":     {func(o *api.Order) { o.Email = "ada" }, []string{"email: not an address"}},
		"no card":        {func(o *api.Order) { o.CardToken = "" }, []string{"card_token: missing"}},
		"no date":        {func(o *api.Order) { o.PlacedOn = "soon" }, []string{"placed_on: not a date"}},
		"long country":   {func(o *api.Order) { o.ShipTo.Country = "DEU" }, []string{"ship_to.country: not a code of two letters"}},
		"no items":       {func(o *api.Order) { o.Items = nil }, []string{"items: none"}},
		"nothing of it":  {func(o *api.Order) { o.Items[0].Quantity = 0 }, []string{"items[0].quantity: not between 1 and 100"}},
		"the same twice": {func(o *api.Order) { o.Items = append(o.Items, o.Items[0]) }, []string{"items[1].sku: given twice"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			order := valid()
			test.change(&order)
			if got := Check(order); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
