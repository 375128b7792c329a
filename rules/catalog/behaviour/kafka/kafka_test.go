// Package kafka runs the idioms of Kafka clients, against a broker in the process
// that speaks the real protocol.
package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
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
	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

func TestMain(m *testing.M) { sent.Main(m) }

// broker is a new one for a test, with the topics orders and bills.
type broker struct {
	*kfake.Cluster
	t *testing.T
}

func start(t *testing.T) *broker {
	t.Helper()
	c, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(1, "orders", "bills"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return &broker{c, t}
}

// read returns the first n messages, as topic, value and headers. The trace's header
// is told from what it says of the segment that it comes from.
func (b *broker) read(n int, from map[string]string) []string {
	b.t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(b.ListenAddrs()...), kgo.ConsumeTopics("orders", "bills"))
	if err != nil {
		b.t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	var out []string
	for len(out) < n {
		fetches := c.PollFetches(ctx)
		if ctx.Err() != nil {
			b.t.Fatalf("%d messages, want %d", len(out), n)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			line := r.Topic + " " + string(r.Value)
			for _, h := range r.Headers {
				value := string(h.Value)
				if h.Key == xray.TraceIDHeaderKey {
					value = from[value]
				}
				line += fmt.Sprint(" ", h.Key, "=", value)
			}
			out = append(out, line)
		})
	}
	slices.Sort(out)
	return out
}

// recorded lists the subsegments below a segment, and their names by the header that
// goes out with them.
func recorded(s daemon.Segment) (list []string, from map[string]string) {
	from = map[string]string{}
	for _, sub := range s.Below() {
		line := fmt.Sprint(sub.Name, " ", sub.Namespace, " ", sub.Annotations["kafka_topic"], " ", sub.Annotations["kafka_messages"])
		if sub.Fault {
			line += " fault"
		}
		list = append(list, line)
		from["Root="+s.Trace+";Parent="+sub.ID+";Sampled=1"] = sub.Name
	}
	return list, from
}

// produce sends messages of its own by one dialect of a client and returns what the
// program sees.
type produce func(ctx context.Context, b *broker) string

const header = " " + xray.TraceIDHeaderKey + "="

// same compares what both dialects give and what the broker has then, and returns
// what is recorded.
func same(t *testing.T, n int, plain, traced produce, wantRead []string) []string {
	t.Helper()
	b := start(t)
	want := plain(context.Background(), b)
	before := b.read(n, nil)
	b = start(t)
	if got := traced(context.Background(), b); got != want {
		t.Errorf("without a segment: got %s, want %s", got, want)
	}
	if got := b.read(n, nil); !slices.Equal(got, before) {
		t.Errorf("without a segment: read %q, want %q", got, before)
	}
	b = start(t)
	ctx, closed := sent.Begin(t)
	if got := traced(ctx, b); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	list, from := recorded(closed())
	if got := b.read(n, from); !slices.Equal(got, wantRead) {
		t.Errorf("read %q, want %q", got, wantRead)
	}
	return list
}

func expect(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("recorded\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestSarama(t *testing.T) {
	type sender struct {
		one func(context.Context, sarama.SyncProducer, *sarama.ProducerMessage) (int32, int64, error)
		all func(context.Context, sarama.SyncProducer, []*sarama.ProducerMessage) error
	}
	run := func(s sender) produce {
		return func(ctx context.Context, b *broker) string {
			cfg := sarama.NewConfig()
			cfg.Producer.Return.Successes = true
			cfg.Version = sarama.V2_1_0_0
			p, err := sarama.NewSyncProducer(b.ListenAddrs(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			own := []sarama.RecordHeader{{Key: []byte("own"), Value: []byte("1")}}
			m := &sarama.ProducerMessage{Topic: "orders", Value: sarama.StringEncoder("a"), Headers: own[:1:1]}
			partition, offset, err := s.one(ctx, p, m)
			out := fmt.Sprint(partition, offset, err, len(m.Headers), m.Offset)
			list := []*sarama.ProducerMessage{{Topic: "orders", Value: sarama.StringEncoder("b")}, {Topic: "bills", Value: sarama.StringEncoder("c")}}
			out += fmt.Sprint(s.all(ctx, p, list), list[0].Headers, s.all(ctx, p, nil))
			_, _, err = s.one(ctx, p, &sarama.ProducerMessage{Topic: "orders", Value: sarama.ByteEncoder(make([]byte, 2<<20))})
			return out + fmt.Sprint(err != nil)
		}
	}
	got := same(t, 3, run(sender{plain.SaramaSend, plain.SaramaSendAll}), run(sender{traced.SaramaSend, traced.SaramaSendAll}),
		[]string{"bills c" + header + "kafka", "orders a own=1" + header + "kafka:orders", "orders b" + header + "kafka"})
	expect(t, got, "kafka:orders remote orders <nil>", "kafka remote <nil> 2", "kafka:orders remote orders <nil> fault")
}

func TestShopify(t *testing.T) {
	type sender struct {
		one func(context.Context, shopify.SyncProducer, *shopify.ProducerMessage) (int32, int64, error)
		all func(context.Context, shopify.SyncProducer, []*shopify.ProducerMessage) error
	}
	run := func(s sender) produce {
		return func(ctx context.Context, b *broker) string {
			cfg := shopify.NewConfig()
			cfg.Producer.Return.Successes = true
			p, err := shopify.NewSyncProducer(b.ListenAddrs(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			m := &shopify.ProducerMessage{Topic: "orders", Value: shopify.StringEncoder("a")}
			partition, offset, err := s.one(ctx, p, m)
			list := []*shopify.ProducerMessage{{Topic: "bills", Value: shopify.StringEncoder("b")}, {Topic: "bills", Value: shopify.StringEncoder("c")}}
			return fmt.Sprint(partition, offset, err, m.Headers, s.all(ctx, p, list), list[0].Headers)
		}
	}
	got := same(t, 3, run(sender{plain.ShopifySend, plain.ShopifySendAll}), run(sender{traced.ShopifySend, traced.ShopifySendAll}),
		[]string{"bills b" + header + "kafka:bills", "bills c" + header + "kafka:bills", "orders a" + header + "kafka:orders"})
	expect(t, got, "kafka:orders remote orders <nil>", "kafka:bills remote bills 2")
}

// old is a producer whose protocol has no headers, or that takes no message which is
// larger.
type old struct {
	sarama.SyncProducer
	refusal error
	sent    []*sarama.ProducerMessage
}

func (p *old) SendMessage(m *sarama.ProducerMessage) (int32, int64, error) {
	if m.Headers != nil {
		return -1, -1, p.refusal
	}
	p.sent = append(p.sent, m)
	return 1, int64(len(p.sent)), nil
}

func (p *old) SendMessages(list []*sarama.ProducerMessage) error {
	var failed sarama.ProducerErrors
	for _, m := range list {
		switch {
		case m.Topic == "missing":
			failed = append(failed, &sarama.ProducerError{Msg: m, Err: sarama.ErrUnknownTopicOrPartition})
		case m.Headers != nil:
			failed = append(failed, &sarama.ProducerError{Msg: m, Err: p.refusal})
		default:
			p.sent = append(p.sent, m)
		}
	}
	if len(failed) > 0 {
		return failed
	}
	return nil
}

func TestSaramaWithoutHeaders(t *testing.T) {
	for _, refusal := range []error{sarama.ConfigurationError("Producing headers requires Kafka at least v0.11"), sarama.ErrMessageSizeTooLarge} {
		p := &old{refusal: refusal}
		ctx, closed := sent.Begin(t)
		if partition, offset, err := traced.SaramaSend(ctx, p, &sarama.ProducerMessage{Topic: "orders"}); partition != 1 || offset != 1 || err != nil {
			t.Error(partition, offset, err)
		}
		list := []*sarama.ProducerMessage{{Topic: "orders"}, {Topic: "orders"}}
		if err := traced.SaramaSendAll(ctx, p, list); err != nil || len(p.sent) != 3 {
			t.Error(err, len(p.sent))
		}
		list = append(list, &sarama.ProducerMessage{Topic: "missing"})
		var failed sarama.ProducerErrors
		if err := traced.SaramaSendAll(ctx, p, list); !errors.As(err, &failed) || len(failed) != 1 || failed[0].Msg != list[2] || len(p.sent) != 5 {
			t.Error(err, len(p.sent))
		}
		if got, _ := recorded(closed()); len(got) != 3 || strings.Contains(got[0]+got[1], "fault") || !strings.HasSuffix(got[2], "fault") {
			t.Errorf("%q", got)
		}
	}
}

func TestKafkaGo(t *testing.T) {
	type write = func(context.Context, *kafka.Writer, ...kafka.Message) error
	run := func(write write) produce {
		return func(ctx context.Context, b *broker) string {
			w := &kafka.Writer{Addr: kafka.TCP(b.ListenAddrs()...), Topic: "orders", BatchTimeout: time.Millisecond, BatchBytes: 200}
			defer w.Close()
			shared := make([]kafka.Header, 1, 5)
			shared[0] = kafka.Header{Key: "own", Value: []byte("1")}
			msgs := []kafka.Message{{Value: []byte("a"), Headers: shared}, {Value: []byte("b"), Headers: shared[:1:1]}}
			out := fmt.Sprint(write(ctx, w, msgs...), len(msgs[0].Headers), shared[:2][1].Key)
			out += fmt.Sprint(write(ctx, w), write(ctx, w, kafka.Message{Value: make([]byte, 120)})) // with the header it is too large
			err := write(ctx, w, kafka.Message{Value: make([]byte, 400)})
			var large kafka.MessageTooLargeError
			return out + fmt.Sprint(errors.As(err, &large), len(large.Message.Headers))
		}
	}
	padded := "orders " + strings.Repeat("\x00", 120)
	got := same(t, 3, run(plain.KafkaWrite), run(traced.KafkaWrite), []string{padded, "orders a own=1" + header + "kafka:orders", "orders b own=1" + header + "kafka:orders"})
	expect(t, got, "kafka:orders remote orders 2", "kafka:orders remote orders <nil>", "kafka:orders remote orders <nil> fault")
}

func TestFranz(t *testing.T) {
	run := func(open func(...kgo.Opt) (*kgo.Client, error)) produce {
		return func(ctx context.Context, b *broker) string {
			hook := &counting{}
			c, err := open(kgo.SeedBrokers(b.ListenAddrs()...), kgo.WithHooks(hook), kgo.DefaultProduceTopic("orders"))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			own := &kgo.Record{Value: []byte("a"), Headers: []kgo.RecordHeader{{Key: "own", Value: []byte("1")}}}
			out := fmt.Sprint(c.ProduceSync(ctx, own).FirstErr(), len(own.Headers))
			done := make(chan string)
			c.Produce(ctx, &kgo.Record{Topic: "bills", Value: []byte("b")}, func(r *kgo.Record, err error) { done <- fmt.Sprint(r.Headers, err) })
			out += <-done
			out += fmt.Sprint(c.ProduceSync(ctx, &kgo.Record{Value: []byte("c"), Headers: []kgo.RecordHeader{{Key: xray.TraceIDHeaderKey, Value: []byte("mine")}}}).FirstErr())
			ended, cancel := context.WithCancel(ctx)
			cancel()
			return out + fmt.Sprint(c.ProduceSync(ended, &kgo.Record{Value: []byte("d")}).FirstErr() != nil, hook.n)
		}
	}
	got := same(t, 3, run(plain.FranzClient), run(traced.FranzClient),
		[]string{"bills b" + header + "kafka:bills", "orders a own=1" + header + "kafka:orders", "orders c" + header})
	expect(t, got, "kafka:orders remote orders <nil>", "kafka:bills remote bills <nil>", "kafka:orders remote orders <nil> fault")
}

// counting is a hook of the program's own.
type counting struct{ n int }

func (c *counting) OnProduceRecordBuffered(*kgo.Record) { c.n++ }

// A record that is acknowledged after the request has ended goes out alone.
func TestFranzLate(t *testing.T) {
	b := start(t)
	c, err := traced.FranzClient(kgo.SeedBrokers(b.ListenAddrs()...), kgo.ProducerLinger(50*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, seg := xray.BeginSegment(context.Background(), "test")
	seg.Lock()
	seg.ContextDone, seg.Emitted = true, true
	seg.Unlock()
	c.Produce(context.WithoutCancel(ctx), &kgo.Record{Topic: "orders", Value: []byte("a")}, nil)
	seg.Close(nil)
	if err := c.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	b.read(1, nil)
	all := sent.Packets(t, seg.TraceID, 2)
	if len(all) != 2 || all[1].Type != "subsegment" || all[1].Name != "kafka:orders" || all[1].InProgress {
		t.Errorf("%+v", all)
	}
}
