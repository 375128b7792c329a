package payment

import (
	"errors"
	"log"
	"net/http"

	"example.com/streamline/internal/api"
	"example.com/streamline/internal/httpjson"
)

// Handler serves payments over HTTP.
type Handler struct {
	Processor *Processor
}

// ServeHTTP answers POST /payments.
func (h Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var payment api.PaymentRequest
	if !httpjson.Read(w, r, &payment) {
		return
	}
	result, err := h.Processor.Process(r.Context(), payment)
	switch {
	case errors.Is(err, ErrDeclined):
		httpjson.Fail(w, http.StatusPaymentRequired, err.Error())
	case err != nil:
		log.Printf("payment of order %d: %v", payment.OrderID, err)
		httpjson.Fail(w, http.StatusBadGateway, "payment failed")
	default:
		httpjson.Write(w, http.StatusCreated, result)
	}
}
