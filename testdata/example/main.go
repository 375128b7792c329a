// Command orders takes orders over HTTP. It checks the stock with another
// service, keeps the orders in PostgreSQL and announces them on a queue.
package main

import (
	"context"
	"database/sql"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	_ "github.com/lib/pq"

	"example.com/orders/internal/api"
	"example.com/orders/internal/notify"
	"example.com/orders/internal/stock"
	"example.com/orders/internal/store"
)

func main() {
	db, err := sql.Open("postgres", os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	orders := store.New(db)
	if err := orders.Migrate(); err != nil {
		log.Fatal(err)
	}

	cfg, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		log.Fatal(err)
	}

	handler := api.New(
		orders,
		stock.New(&http.Client{Timeout: 5 * time.Second}, os.Getenv("STOCK_URL")),
		notify.New(sqs.NewFromConfig(cfg), os.Getenv("QUEUE_URL")),
	)
	log.Fatal(http.ListenAndServe(":8080", handler))
}
