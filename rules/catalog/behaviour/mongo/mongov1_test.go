package mongo

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/event"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/mongod"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

type connectV1 func(ctx context.Context, opts ...*options.ClientOptions) (*mongo.Client, error)

func useV1(t *testing.T, connect connectV1) func(context.Context) string {
	return func(ctx context.Context) string {
		var out []string
		note := func(v ...any) { out = append(out, fmt.Sprint(v...)) }
		base := options.Client().ApplyURI("mongodb://" + mongod.Start(t) + "/?retryWrites=false").SetServerAPIOptions(options.ServerAPI("1"))
		monitor := &event.CommandMonitor{
			Started:   func(_ context.Context, e *event.CommandStartedEvent) { note("started ", e.CommandName) },
			Succeeded: func(_ context.Context, e *event.CommandSucceededEvent) { note("succeeded ", e.CommandName) },
			Failed:    func(_ context.Context, e *event.CommandFailedEvent) { note("failed ", e.CommandName) },
		}
		own := options.Client().SetMonitor(monitor).SetAppName("shop")
		c, err := connect(context.Background(), base, own, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Disconnect(context.Background())
		note(c.Ping(ctx, nil))
		orders := c.Database("shop").Collection("orders")
		_, err = orders.InsertOne(ctx, bson.D{{Key: "_id", Value: 1}, {Key: "secret", Value: "x"}})
		note(err)
		cursor, err := orders.Find(ctx, bson.D{})
		note(err)
		for err == nil && cursor.Next(ctx) {
			note(cursor.Current)
		}
		_, err = c.Database("shop").Collection("failing").DeleteMany(ctx, bson.D{})
		note(err)
		if own.Monitor != monitor || base.Monitor != nil {
			t.Error("the program's options were changed")
		}
		return strings.Join(out, "\n")
	}
}

func TestConnectV1(t *testing.T) {
	same(t, useV1(t, plain.MongoConnectV1), useV1(t, traced.MongoConnectV1))
}

func TestNewClientV1(t *testing.T) {
	started := func(create func(opts ...*options.ClientOptions) (*mongo.Client, error)) connectV1 {
		return func(ctx context.Context, opts ...*options.ClientOptions) (*mongo.Client, error) {
			c, err := create(opts...)
			if err != nil {
				return nil, err
			}
			return c, c.Connect(ctx)
		}
	}
	same(t, useV1(t, started(plain.MongoNewClientV1)), useV1(t, started(traced.MongoNewClientV1)))
	_, err := plain.MongoNewClientV1(options.Client().ApplyURI("nonsense"))
	if _, got := traced.MongoNewClientV1(options.Client().ApplyURI("nonsense")); fmt.Sprint(got) != fmt.Sprint(err) {
		t.Errorf("got %v, want %v", got, err)
	}
}
