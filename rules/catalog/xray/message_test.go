package xray

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/IBM/sarama"
	shopify "github.com/Shopify/sarama"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/daemon"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/sent"
)

// consumers take a message by each library from a broker that has two, and begin its
// segment: do is called with its value and context.
var consumers = map[string]func(t *testing.T, addrs []string, do func(value string, ctx context.Context, end func())){
	"sarama": func(t *testing.T, addrs []string, do func(string, context.Context, func())) {
		c, err := sarama.NewConsumer(addrs, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		p, err := c.ConsumePartition("orders", 0, sarama.OffsetOldest)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		for range 2 {
			m := <-p.Messages()
			ctx, end := xrayWorkSarama(context.Background(), "orders-store", m)
			do(string(m.Value), ctx, end)
		}
	},
	"shopify": func(t *testing.T, addrs []string, do func(string, context.Context, func())) {
		c, err := shopify.NewConsumer(addrs, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		p, err := c.ConsumePartition("orders", 0, shopify.OffsetOldest)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		for range 2 {
			m := <-p.Messages()
			ctx, end := xrayWorkShopify(context.Background(), "orders-store", m)
			do(string(m.Value), ctx, end)
		}
	},
	"kafka-go": func(t *testing.T, addrs []string, do func(string, context.Context, func())) {
		r := kafka.NewReader(kafka.ReaderConfig{Brokers: addrs, Topic: "orders", MaxWait: 100 * time.Millisecond})
		defer r.Close()
		for range 2 {
			m, err := r.ReadMessage(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			ctx, end := xrayWorkKafka(context.Background(), "orders-store", m)
			do(string(m.Value), ctx, end)
		}
	},
	"franz": func(t *testing.T, addrs []string, do func(string, context.Context, func())) {
		c, err := kgo.NewClient(kgo.SeedBrokers(addrs...), kgo.ConsumeTopics("orders"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for n := 0; n < 2; {
			c.PollFetches(context.Background()).EachRecord(func(r *kgo.Record) {
				ctx, end := xrayWorkFranz(context.Background(), "orders-store", r)
				do(string(r.Value), ctx, end)
				n++
			})
		}
	},
}

// A message that was sent within a segment is in its trace, below the call that sent
// it; one that was not has a trace of its own.
func TestMessagesContinueTheirTrace(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	w := &kafka.Writer{Addr: kafka.TCP(cluster.ListenAddrs()...), Topic: "orders", BatchTimeout: time.Millisecond}
	defer w.Close()
	ctx, closed := sent.Begin(t)
	for value, ctx := range map[string]context.Context{"traced": ctx, "plain": context.Background()} {
		if err := xrayKafkaWrite(w, ctx, kafka.Message{Value: []byte(value)}); err != nil {
			t.Fatal(err)
		}
	}
	producer := closed()
	packets := 1
	for name, consume := range consumers {
		t.Run(name, func(t *testing.T) {
			traces := map[string]string{}
			consume(t, cluster.ListenAddrs(), func(value string, ctx context.Context, end func()) {
				traces[value] = xray.TraceID(ctx)
				call(ctx, "insert")
				end()
			})
			if traces["traced"] != producer.Trace || traces["plain"] == "" || traces["plain"] == producer.Trace {
				t.Fatalf("the producer's trace is %s, the messages' are %v", producer.Trace, traces)
			}
			packets++
			all := sent.Of(t, producer.Trace, packets)
			got := all[len(all)-1]
			if got.Name != "orders-store" || got.Type != "" || got.Parent != producer.Subsegments[0].ID || len(got.Subsegments) != 1 || got.Fault {
				t.Error(daemon.Format(all))
			}
			if own := sent.Of(t, traces["plain"], 1)[0]; own.Parent != "" || len(own.Subsegments) != 1 {
				t.Error(daemon.Format([]daemon.Segment{own}))
			}
		})
	}
}

// The header decides whether what is done with a message is sampled; without a
// decision, or where it makes no sense, the rules do.
func TestMessageHeader(t *testing.T) {
	root := "1-57ff426a-80c11c39b0c928905eb0828d"
	for i, c := range []struct {
		header        string
		traced, knows bool
	}{
		{"Root=%s;Parent=53995c3f42cd8ad8;Sampled=1", true, true},
		{"Root=%s;Parent=53995c3f42cd8ad8;Sampled=0", false, true},
		{"Root=%s;Sampled=?", true, true},
		{"Root=%s", true, true},
		{"no header", true, false},
		{"", true, false},
	} {
		trace := fmt.Sprintf("%s%d", root[:len(root)-1], i)
		text := c.header
		if c.knows {
			text = fmt.Sprintf(text, trace)
		}
		ctx, end := xrayWorkFrom(context.Background(), "orders-store", text)
		call(ctx, "a")
		end()
		n := 0
		if c.traced {
			n = 1
		}
		if got := xray.TraceID(ctx); (got == trace) != c.knows {
			t.Errorf("%s: the trace is %s", text, got)
		} else {
			sent.Of(t, got, n)
		}
	}
}

// A message of a closed channel, and headers that libraries leave nil, do no harm.
func TestMessageOfNothing(t *testing.T) {
	for _, begin := range []func() (context.Context, func()){
		func() (context.Context, func()) { return xrayWorkSarama(context.Background(), "a", nil) },
		func() (context.Context, func()) { return xrayWorkShopify(context.Background(), "a", nil) },
		func() (context.Context, func()) { return xrayWorkFranz(context.Background(), "a", nil) },
		func() (context.Context, func()) { return xrayWorkOldSQS(context.Background(), "a", nil) },
		func() (context.Context, func()) {
			return xrayWorkSarama(context.Background(), "a", &sarama.ConsumerMessage{Headers: []*sarama.RecordHeader{nil}})
		},
	} {
		ctx, end := begin()
		end()
		sent.Of(t, xray.TraceID(ctx), 1)
	}
}
