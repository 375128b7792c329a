package ordering

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"example.com/streamline/internal/api"
)

// The states of an order.
const (
	StatusConfirmed = "confirmed"
	StatusRejected  = "rejected"
	StatusUnpaid    = "unpaid"
)

// ErrOutOfStock is returned for an order that can't be filled.
var ErrOutOfStock = errors.New("out of stock")

// Inventory knows prices and sets articles aside.
type Inventory interface {
	Price(ctx context.Context, sku string) (int64, error)
	Reserve(ctx context.Context, id int64, items []api.Item) (api.StockReport, error)
}

// Payments charges an order and has it shipped.
type Payments interface {
	Pay(ctx context.Context, payment api.PaymentRequest) (api.PaymentResult, error)
}

// Service leads an order through its stations.
type Service struct {
	store     *Store
	inventory Inventory
	payments  Payments
}

// NewService returns a service on top of its collaborators.
func NewService(store *Store, inventory Inventory, payments Payments) *Service {
	return &Service{store: store, inventory: inventory, payments: payments}
}

// Place takes a valid order all the way to its confirmation.
func (s *Service) Place(ctx context.Context, order api.Order) (api.Confirmation, error) {
	total, err := s.total(ctx, order.Items)
	if err != nil {
		return api.Confirmation{}, err
	}
	id, err := s.store.Insert(ctx, order, total)
	if err != nil {
		return api.Confirmation{}, err
	}
	if err := s.validate(ctx, id, order.Items); err != nil {
		return api.Confirmation{}, err
	}
	paid, err := s.pay(ctx, id, order, total)
	if err != nil {
		return api.Confirmation{}, err
	}
	if err := s.store.SetStatus(ctx, id, StatusConfirmed); err != nil {
		return api.Confirmation{}, err
	}
	return api.Confirmation{
		OrderID:    id,
		Status:     StatusConfirmed,
		TotalCents: total,
		Payment:    paid.Receipt,
		Shipment:   paid.Shipment,
	}, nil
}

func (s *Service) total(ctx context.Context, items []api.Item) (int64, error) {
	var total int64
	for _, item := range items {
		price, err := s.inventory.Price(ctx, item.SKU)
		if err != nil {
			return 0, err
		}
		total += price * int64(item.Quantity)
	}
	return total, nil
}

// validate has the articles of a stored order set aside, or rejects it.
//
//xray:capture validate_order
//xray:annotate order_id=id
func (s *Service) validate(ctx context.Context, id int64, items []api.Item) error {
	report, err := s.inventory.Reserve(ctx, id, items)
	if err != nil {
		return err
	}
	if report.Reserved {
		return nil
	}
	if err := s.store.SetStatus(ctx, id, StatusRejected); err != nil {
		return err
	}
	return fmt.Errorf("%w: %s", ErrOutOfStock, strings.Join(report.Missing, ", "))
}

func (s *Service) pay(ctx context.Context, id int64, order api.Order, total int64) (api.PaymentResult, error) {
	paid, err := s.payments.Pay(ctx, api.PaymentRequest{
		OrderID:     id,
		Email:       order.Email,
		CardToken:   order.CardToken,
		PlacedOn:    order.PlacedOn,
		AmountCents: total,
		ShipTo:      order.ShipTo,
		Items:       order.Items,
	})
	if errors.Is(err, ErrDeclined) {
		if err := s.store.SetStatus(ctx, id, StatusUnpaid); err != nil {
			return paid, err
		}
	}
	return paid, err
}

// Status returns what is known about an order.
func (s *Service) Status(ctx context.Context, id int64) (api.OrderStatus, error) {
	return s.store.Find(ctx, id)
}
