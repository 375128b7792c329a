// Package stock is the client of the stock service.
package stock

import (
	"context"
	"fmt"
	"net/http"
)

// Client asks the stock service.
type Client struct {
	URL  string
	HTTP *http.Client
}

// Level returns how many pieces there are.
func (c *Client) Level(sku string) (int, error) {
	return c.LevelContext(context.Background(), sku)
}

// LevelContext is Level with a context.
func (c *Client) LevelContext(ctx context.Context, sku string) (n int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+"/"+sku, nil)
	if err != nil {
		return 0, err
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = fmt.Fscan(resp.Body, &n)
	return n, err
}

// Retry calls work until it succeeds, three times at most.
func Retry(name string, work func() error) (err error) {
	for range 3 {
		if err = work(); err == nil {
			return nil
		}
	}
	return fmt.Errorf("%s: %w", name, err)
}
