// Command paymentprocessor charges orders and hands them over for shipment.
package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"os/signal"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"example.com/streamline/internal/httpjson"
	"example.com/streamline/internal/payment"
	"example.com/streamline/internal/settings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	processor, err := newProcessor(ctx)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("POST /payments", payment.Handler{Processor: processor})
	mux.HandleFunc("GET /healthz", httpjson.Healthy)

	srv := &http.Server{
		Addr:              settings.Or("LISTEN_ADDR", ":8082"),
		Handler:           httpjson.Logged(mux),
		ReadHeaderTimeout: 5 * time.Second,
	}
	go func() {
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := srv.Shutdown(grace); err != nil {
			log.Printf("shutting down: %v", err)
		}
	}()
	log.Printf("charging cards on %s", srv.Addr)
	if err := srv.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

func newProcessor(ctx context.Context) (*payment.Processor, error) {
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRetryMaxAttempts(2))
	if err != nil {
		return nil, err
	}
	ledger, err := payment.NewLedger(dynamodb.NewFromConfig(cfg), settings.Or("LEDGER_TABLE", "payments"))
	if err != nil {
		return nil, err
	}
	files := s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.UsePathStyle = true
	})
	receipts := payment.NewReceipts(files, settings.Or("RECEIPT_BUCKET", "streamline-receipts"))
	return payment.NewProcessor(ledger, receipts, payment.ShippingClient{URL: settings.Must("SHIPMENT_URL")}), nil
}
