// Command orders takes orders.
package main

import (
	"fmt"
	"log"
	"net/http"

	"example.com/shop/internal/stock"
)

func main() {
	o := &orders{stock: &stock.Client{URL: "http://stock", HTTP: http.DefaultClient}}
	log.Fatal(http.ListenAndServe(":8080", o))
}

type orders struct{ stock *stock.Client }

func (o *orders) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	sku := r.FormValue("sku")
	if n, err := o.stock.Level(sku); err != nil || n == 0 {
		http.Error(w, "none left", http.StatusConflict)
		return
	}
	if err := o.reserve(sku); err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	fmt.Fprintln(w, "ordered", sku)
}

// reserve asks until the stock says that there is enough.
func (o *orders) reserve(sku string) error {
	return stock.Retry("reserve", func() error {
		_, err := o.stock.Level(sku + "/reserve")
		return err
	})
}
