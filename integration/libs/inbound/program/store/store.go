// Package store is what the handlers of all servers ask, and what asks another service.
package store

import (
	"io"
	"net/http"
)

// Load returns what the other service has at a path.
func Load(base, path string) (string, error) {
	resp, err := http.Get(base + path)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}
