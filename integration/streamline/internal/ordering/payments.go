package ordering

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"example.com/streamline/internal/api"
	"example.com/streamline/internal/httpjson"
)

// ErrDeclined is returned for a card that can't be charged.
var ErrDeclined = errors.New("payment declined")

// PaymentClient talks to PaymentProcessor.
type PaymentClient struct {
	baseURL string
}

// NewPaymentClient returns a client for the service at baseURL.
func NewPaymentClient(baseURL string) *PaymentClient {
	return &PaymentClient{baseURL: baseURL}
}

// Pay charges an order and has it shipped.
func (c *PaymentClient) Pay(ctx context.Context, payment api.PaymentRequest) (api.PaymentResult, error) {
	var result api.PaymentResult
	body, err := json.Marshal(payment)
	if err != nil {
		return result, err
	}
	resp, err := http.Post(c.baseURL+"/payments", "application/json", bytes.NewReader(body))
	if err != nil {
		return result, fmt.Errorf("paying: %w", err)
	}
	err = httpjson.Decode(resp, &result)
	var failed *httpjson.StatusError
	if errors.As(err, &failed) && failed.Status == http.StatusPaymentRequired {
		return result, fmt.Errorf("%w: %s", ErrDeclined, failed.Problem.Error)
	}
	return result, err
}
