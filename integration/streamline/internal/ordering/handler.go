package ordering

import (
	"errors"
	"log"
	"net/http"
	"strconv"

	"example.com/streamline/internal/api"
	"example.com/streamline/internal/httpjson"
)

// Handler serves the orders over HTTP.
type Handler struct {
	service *Service
}

// NewHandler returns a handler for the given service.
func NewHandler(service *Service) *Handler {
	return &Handler{service: service}
}

// Register adds the handler's routes to mux.
func (h *Handler) Register(mux *http.ServeMux) {
	mux.HandleFunc("POST /orders", h.place)
	mux.HandleFunc("GET /orders/{id}", h.status)
}

func (h *Handler) place(w http.ResponseWriter, r *http.Request) {
	var order api.Order
	if !httpjson.Read(w, r, &order) {
		return
	}
	if wrong := Check(order); len(wrong) > 0 {
		httpjson.Fail(w, http.StatusUnprocessableEntity, "invalid order", wrong...)
		return
	}
	//xray:annotate order_id=confirmation.OrderID
	confirmation, err := h.service.Place(r.Context(), order)
	if err != nil {
		fail(w, err)
		return
	}
	w.Header().Set("Location", "/orders/"+strconv.FormatInt(confirmation.OrderID, 10))
	httpjson.Write(w, http.StatusCreated, confirmation)
}

func (h *Handler) status(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		httpjson.Fail(w, http.StatusBadRequest, "not an order number")
		return
	}
	status, err := h.service.Status(r.Context(), id)
	if err != nil {
		fail(w, err)
		return
	}
	httpjson.Write(w, http.StatusOK, status)
}

// fail turns an error of the service into a response.
func fail(w http.ResponseWriter, err error) {
	status := http.StatusBadGateway
	switch {
	case errors.Is(err, ErrNotFound):
		status = http.StatusNotFound
	case errors.Is(err, ErrUnknownProduct):
		status = http.StatusUnprocessableEntity
	case errors.Is(err, ErrOutOfStock):
		status = http.StatusConflict
	case errors.Is(err, ErrDeclined):
		status = http.StatusPaymentRequired
	default:
		log.Printf("order failed: %v", err)
	}
	httpjson.Fail(w, status, err.Error())
}
