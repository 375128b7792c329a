// Package api holds the messages that the services exchange over HTTP.
package api

// Item is one line of an order.
type Item struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
}

// Address says where an order goes. Country is an ISO 3166 code of two letters.
type Address struct {
	Name       string `json:"name"`
	Street     string `json:"street"`
	City       string `json:"city"`
	PostalCode string `json:"postal_code"`
	Country    string `json:"country"`
}

// Order is what a customer sends to OrderValidator.
type Order struct {
	Email     string  `json:"email"`
	CardToken string  `json:"card_token"`
	PlacedOn  string  `json:"placed_on"`
	ShipTo    Address `json:"ship_to"`
	Items     []Item  `json:"items"`
}

// Confirmation is the answer to an order that went through.
type Confirmation struct {
	OrderID    int64    `json:"order_id"`
	Status     string   `json:"status"`
	TotalCents int64    `json:"total_cents"`
	Payment    Receipt  `json:"payment"`
	Shipment   Shipment `json:"shipment"`
}

// OrderStatus is the answer to a question about one order.
type OrderStatus struct {
	OrderID    int64  `json:"order_id"`
	Status     string `json:"status"`
	TotalCents int64  `json:"total_cents"`
	Items      []Item `json:"items"`
}

// Product is one entry of the catalog that InventoryChecker keeps.
type Product struct {
	SKU        string `json:"sku"`
	Name       string `json:"name"`
	PriceCents int64  `json:"price_cents"`
}

// StockCheck asks InventoryChecker to set items aside for an order.
type StockCheck struct {
	OrderID int64  `json:"order_id"`
	Items   []Item `json:"items"`
}

// StockReport lists the articles of which there are not enough.
type StockReport struct {
	Reserved bool     `json:"reserved"`
	Missing  []string `json:"missing,omitempty"`
}

// PaymentRequest asks PaymentProcessor to charge an order and hand it over for shipment.
type PaymentRequest struct {
	OrderID     int64   `json:"order_id"`
	Email       string  `json:"email"`
	CardToken   string  `json:"card_token"`
	PlacedOn    string  `json:"placed_on"`
	AmountCents int64   `json:"amount_cents"`
	ShipTo      Address `json:"ship_to"`
	Items       []Item  `json:"items"`
}

// Receipt names the authorization of a payment and the place of its document.
type Receipt struct {
	Authorization string `json:"authorization"`
	Document      string `json:"document"`
}

// PaymentResult is the answer to a PaymentRequest.
type PaymentResult struct {
	Receipt  Receipt  `json:"receipt"`
	Shipment Shipment `json:"shipment"`
}

// ShipmentRequest asks ShipmentScheduler to book a carrier.
type ShipmentRequest struct {
	OrderID  int64   `json:"order_id"`
	Email    string  `json:"email"`
	PlacedOn string  `json:"placed_on"`
	ShipTo   Address `json:"ship_to"`
	Items    []Item  `json:"items"`
}

// Shipment is a booked shipment.
type Shipment struct {
	Tracking     string `json:"tracking"`
	Carrier      string `json:"carrier"`
	ShipBy       string `json:"ship_by"`
	Notification string `json:"notification"`
}

// Notice asks NotificationDispatcher to tell a customer about a shipment.
type Notice struct {
	OrderID  int64  `json:"order_id"`
	Email    string `json:"email"`
	Tracking string `json:"tracking"`
	Carrier  string `json:"carrier"`
	ShipBy   string `json:"ship_by"`
}

// NoticeResult is the answer to a Notice.
type NoticeResult struct {
	MessageID string `json:"message_id"`
}

// Problem is the body of every answer that is not a success.
type Problem struct {
	Error   string   `json:"error"`
	Details []string `json:"details,omitempty"`
}
