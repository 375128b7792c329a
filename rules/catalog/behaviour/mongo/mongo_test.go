// Package mongo runs the idioms of the MongoDB driver, against a stand-in that
// speaks the wire protocol.
package mongo

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/mongod"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/sent"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

func TestMain(m *testing.M) { sent.Main(m) }

// recorded is what the commands of a test leave, of any major of the driver.
var recorded = []string{
	"admin@127.0.0.1 remote ping <nil>",
	"shop@127.0.0.1 remote insert orders",
	"shop@127.0.0.1 remote find orders",
	"shop@127.0.0.1 remote getMore orders",
	"shop@127.0.0.1 remote delete failing fault",
}

// same runs commands by either dialect, with and without a segment, and compares
// what they give and what is recorded.
func same(t *testing.T, plain, traced func(context.Context) string) {
	t.Helper()
	want := plain(context.Background())
	if got := traced(context.Background()); got != want {
		t.Errorf("without a segment:\ngot  %s\nwant %s", got, want)
	}
	ctx, closed := sent.Begin(t)
	if got := traced(ctx); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	var got []string
	for _, sub := range closed().Below() {
		line := fmt.Sprint(sub.Name, " ", sub.Namespace, " ", sub.Annotations["mongo_command"], " ", sub.Annotations["mongo_collection"])
		if sub.Fault {
			line += " fault"
		}
		got = append(got, line)
	}
	if !slices.Equal(got, recorded) {
		t.Errorf("recorded\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(recorded, "\n"))
	}
}

type connect func(opts ...*options.ClientOptions) (*mongo.Client, error)

// use runs commands, and lists what the program's own monitor sees.
func use(t *testing.T, connect connect) func(context.Context) string {
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
		before := reflect.ValueOf(*base).Interface()
		c, err := connect(base, own, nil)
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
		note(err != nil)
		if own.Monitor != monitor || !reflect.DeepEqual(before, *base) {
			t.Error("the program's options were changed")
		}
		return strings.Join(out, "\n")
	}
}

func TestConnect(t *testing.T) {
	same(t, use(t, plain.MongoConnect), use(t, traced.MongoConnect))
}

// Without options there is a server on this host or none.
func TestNoOptions(t *testing.T) {
	for _, connect := range []connect{plain.MongoConnect, traced.MongoConnect} {
		c, err := connect()
		if err != nil {
			t.Fatal(err)
		}
		c.Disconnect(context.Background())
	}
	_, err := plain.MongoConnect(options.Client().ApplyURI("nonsense"))
	if _, got := traced.MongoConnect(options.Client().ApplyURI("nonsense")); fmt.Sprint(got) != fmt.Sprint(err) {
		t.Errorf("got %v, want %v", got, err)
	}
}

// One set of options for two clients, which are traced apart.
func TestShared(t *testing.T) {
	o := options.Client().ApplyURI("mongodb://" + mongod.Start(t) + "/").SetServerAPIOptions(options.ServerAPI("1"))
	ctx, closed := sent.Begin(t)
	for range 2 {
		c, err := traced.MongoConnect(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Ping(ctx, nil); err != nil {
			t.Error(err)
		}
		c.Disconnect(context.Background())
	}
	if n := len(closed().Below()); n != 2 || o.Monitor != nil {
		t.Errorf("%d subsegments, monitor %v", n, o.Monitor)
	}
}
