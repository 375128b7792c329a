package ordering

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"example.com/streamline/internal/api"
	"example.com/streamline/internal/httpjson"
)

// ErrUnknownProduct is returned for an article that the catalog does not list.
var ErrUnknownProduct = errors.New("unknown product")

// InventoryClient talks to InventoryChecker.
type InventoryClient struct {
	baseURL string
	client  *http.Client
}

// NewInventoryClient returns a client for the service at baseURL.
func NewInventoryClient(baseURL string) *InventoryClient {
	return &InventoryClient{
		baseURL: baseURL,
		client:  &http.Client{Timeout: 10 * time.Second},
	}
}

// Price returns what one piece of an article costs.
func (c *InventoryClient) Price(ctx context.Context, sku string) (int64, error) {
	resp, err := http.Get(c.baseURL + "/catalog/" + url.PathEscape(sku))
	if err != nil {
		return 0, fmt.Errorf("asking for a price: %w", err)
	}
	var product api.Product
	err = httpjson.Decode(resp, &product)
	var failed *httpjson.StatusError
	if errors.As(err, &failed) && failed.Status == http.StatusNotFound {
		return 0, fmt.Errorf("%w: %s", ErrUnknownProduct, sku)
	}
	return product.PriceCents, err
}

// Reserve sets the items of an order aside.
func (c *InventoryClient) Reserve(ctx context.Context, id int64, items []api.Item) (api.StockReport, error) {
	var report api.StockReport
	body, err := json.Marshal(api.StockCheck{OrderID: id, Items: items})
	if err != nil {
		return report, err
	}
	req, err := http.NewRequest(http.MethodPost, c.baseURL+"/stock/checks", bytes.NewReader(body))
	if err != nil {
		return report, err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.client.Do(req)
	if err != nil {
		return report, fmt.Errorf("checking the stock: %w", err)
	}
	return report, httpjson.Decode(resp, &report)
}
