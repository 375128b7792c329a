// Package stock asks the stock service.
package stock

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// Client asks the stock service at a URL.
type Client struct {
	http *http.Client
	base string
}

// New returns a client for the service at base.
func New(c *http.Client, base string) *Client { return &Client{c, base} }

// Available reports whether an item is there count times.
func (c *Client) Available(ctx context.Context, item string, count int) (bool, error) {
	req, err := http.NewRequest(http.MethodGet, c.base+"/stock/"+url.PathEscape(item), nil)
	if err != nil {
		return false, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return false, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return false, fmt.Errorf("stock of %s: %s", item, resp.Status)
	}
	var stock struct{ Count int }
	err = json.NewDecoder(resp.Body).Decode(&stock)
	return stock.Count >= count, err
}
