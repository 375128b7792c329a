package stock

import (
	"context"
	"errors"
	"log"
	"net/http"

	"example.com/streamline/internal/api"
	"example.com/streamline/internal/httpjson"
)

// Handler serves the catalog and the stock over HTTP.
type Handler struct {
	repo *Repository
}

// NewHandler returns a handler for the given repository.
func NewHandler(repo *Repository) *Handler {
	return &Handler{repo: repo}
}

// Product answers GET /catalog/{sku}.
func (h *Handler) Product(w http.ResponseWriter, r *http.Request) {
	product, err := h.repo.Product(r.Context(), r.PathValue("sku"))
	if errors.Is(err, ErrNotFound) {
		httpjson.Fail(w, http.StatusNotFound, "no such product")
		return
	}
	if err != nil {
		log.Printf("catalog: %v", err)
		httpjson.Fail(w, http.StatusInternalServerError, "catalog unavailable")
		return
	}
	httpjson.Write(w, http.StatusOK, product)
}

// Check answers POST /stock/checks.
func (h *Handler) Check(w http.ResponseWriter, r *http.Request) {
	var check api.StockCheck
	if !httpjson.Read(w, r, &check) {
		return
	}
	report, err := h.reserve(r.Context(), check.Items)
	if err != nil {
		log.Printf("order %d: %v", check.OrderID, err)
		httpjson.Fail(w, http.StatusInternalServerError, "stock unavailable")
		return
	}
	httpjson.Write(w, http.StatusOK, report)
}

// reserve takes all items from the stock, or none of them.
func (h *Handler) reserve(ctx context.Context, items []api.Item) (api.StockReport, error) {
	skus := make([]string, len(items))
	for i, item := range items {
		skus[i] = item.SKU
	}
	onHand, err := h.repo.OnHand(ctx, skus)
	if err != nil {
		return api.StockReport{}, err
	}
	if missing := short(items, onHand); len(missing) > 0 {
		return api.StockReport{Missing: missing}, nil
	}
	for _, item := range items {
		if err := h.repo.Take(ctx, item); err != nil {
			return api.StockReport{}, err
		}
	}
	return api.StockReport{Reserved: true}, nil
}

// short lists the articles of which there are not enough.
func short(items []api.Item, onHand map[string]int) []string {
	var missing []string
	for _, item := range items {
		if onHand[item.SKU] < item.Quantity {
			missing = append(missing, item.SKU)
		}
	}
	return missing
}
