package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"example.com/shop/internal/stock"
)

func TestOrder(t *testing.T) {
	asked := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		fmt.Fprintln(w, 3)
	}))
	defer srv.Close()
	w := httptest.NewRecorder()
	o := &orders{stock: &stock.Client{URL: srv.URL, HTTP: srv.Client()}}
	o.ServeHTTP(w, httptest.NewRequest("GET", "/?sku=a", nil))
	if w.Code != http.StatusOK || w.Body.String() != "ordered a\n" || asked != 2 {
		t.Error(w.Code, w.Body, asked)
	}
}
