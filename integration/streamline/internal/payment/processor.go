package payment

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"example.com/streamline/internal/api"
)

// ErrDeclined is returned for a card that can't be charged.
var ErrDeclined = errors.New("card declined")

// Processor charges orders.
type Processor struct {
	ledger   *Ledger
	receipts *Receipts
	shipping ShippingClient
}

// NewProcessor returns a processor on top of its collaborators.
func NewProcessor(ledger *Ledger, receipts *Receipts, shipping ShippingClient) *Processor {
	return &Processor{ledger: ledger, receipts: receipts, shipping: shipping}
}

// Process charges an order once, files its receipt and has it shipped.
func (p *Processor) Process(ctx context.Context, payment api.PaymentRequest) (api.PaymentResult, error) {
	receipt, err := p.charge(ctx, payment)
	if err != nil {
		return api.PaymentResult{}, err
	}
	shipment, err := p.shipping.Ship(ctx, api.ShipmentRequest{
		OrderID:  payment.OrderID,
		Email:    payment.Email,
		PlacedOn: payment.PlacedOn,
		ShipTo:   payment.ShipTo,
		Items:    payment.Items,
	})
	if err != nil {
		return api.PaymentResult{}, err
	}
	return api.PaymentResult{Receipt: receipt, Shipment: shipment}, nil
}

func (p *Processor) charge(ctx context.Context, payment api.PaymentRequest) (api.Receipt, error) {
	before, err := p.ledger.Find(ctx, payment.OrderID)
	if err != nil {
		return api.Receipt{}, err
	}
	if before != "" {
		return api.Receipt{}, fmt.Errorf("order %d was paid before: %s", payment.OrderID, before)
	}
	auth, err := authorize(payment)
	if err != nil {
		return api.Receipt{}, err
	}
	entry := Entry{OrderID: payment.OrderID, AmountCents: payment.AmountCents, Authorization: auth}
	if err := p.ledger.Record(ctx, entry); err != nil {
		return api.Receipt{}, err
	}
	document, err := p.receipts.File(ctx, entry)
	return api.Receipt{Authorization: auth, Document: document}, err
}

// authorize stands for the bank: it accepts every card but those that say no.
func authorize(payment api.PaymentRequest) (string, error) {
	if strings.HasPrefix(payment.CardToken, "tok_declined") {
		return "", ErrDeclined
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d/%d", payment.CardToken, payment.OrderID, payment.AmountCents))
	return "auth_" + hex.EncodeToString(sum[:6]), nil
}
