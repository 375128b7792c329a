package traces

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

const (
	head    = `{"format": "json", "version": 1}` + "\n"
	traceID = "1-6b02c2f2-000102030405060708090a0b"
	epoch   = 1764000000.0
)

// doc is a document in the making.
type doc map[string]any

// node returns a document that ran from one millisecond to another.
func node(id int, name string, from, to float64, more ...any) doc {
	d := doc{"id": fmt.Sprintf("%016x", id), "name": name, "start_time": epoch + from/1000, "end_time": epoch + to/1000, "Dummy": false}
	for _, part := range more {
		switch part := part.(type) {
		case doc:
			for key, value := range part {
				d[key] = value
			}
		case []doc:
			d["subsegments"] = part
		}
	}
	return d
}

var (
	remote = doc{"namespace": "remote"}
	open   = doc{"in_progress": true, "end_time": nil}
	fault  = doc{"fault": true}
)

func parent(id int) doc { return doc{"parent_id": fmt.Sprintf("%016x", id)} }
func streamed(id int) doc {
	return doc{"parent_id": fmt.Sprintf("%016x", id), "type": "subsegment"}
}
func sql(query string) doc {
	return doc{"namespace": "remote", "sql": doc{"sanitized_query": query, "database_type": "Postgres"}}
}

// datagram returns a document as the SDK sends it.
func (d doc) datagram(t testing.TB, trace string) []byte {
	t.Helper()
	d["trace_id"] = trace
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return append([]byte(head), text...)
}

func send(t testing.TB, s *Store, trace string, docs ...doc) {
	t.Helper()
	for _, d := range docs {
		if err := s.Receive(d.datagram(t, trace)); err != nil {
			t.Fatal(err)
		}
	}
}

func store() *Store { return New(200<<20, false, nil) }

// order returns the documents of an order: two services, a database, a queue, a host that
// nobody traces, with a subsegment of the first service sent by itself.
func order() []doc {
	return []doc{
		node(0xa1, "shop", 0, 100, doc{"annotations": doc{"order_id": "o-17", "vip": true, "items": 3}, "http": doc{"request": doc{"method": "POST", "url": "http://shop/orders"}, "response": doc{"status": 201}}}, []doc{
			node(0xb1, "store", 5, 30, []doc{node(0xc1, "shop@db", 10, 25, parent(0xa1), sql("INSERT INTO orders VALUES ($1)"))}),
			node(0xb2, "127.0.0.1:4000", 30, 90, remote, []doc{node(0xc2, "request", 31, 32)}),
			node(0xb3, "shop@db", 1, 2, sql("CONNECT")),
		}),
		node(0xa2, "payment", 40, 85, parent(0xb2), fault, []doc{
			node(0xb4, "SQS", 50, 60, doc{"namespace": "aws", "throttle": true, "error": true, "aws": doc{"operation": "SendMessage", "queue_url": "http://sqs/0/mail"}}, []doc{
				node(0xc4, "attempt", 51, 59, []doc{node(0xd4, "SQS", 52, 58, doc{"namespace": "aws"})}),
			}),
		}),
		node(0xe1, "bank.example.com", 91, 99, streamed(0xb1), remote),
	}
}

const orderMap = `client: -> service:shop 1
service:payment -> aws:SQS/mail 1 throttled 1
service:shop -> database:shop@db 1
service:shop -> remote:bank.example.com 1
service:shop -> service:payment 1
`

// edges returns a map as text.
func edges(m *Map) string {
	var out strings.Builder
	for _, e := range m.Edges {
		fmt.Fprintf(&out, "%s -> %s %d", e.From, e.To, e.Requests)
		for _, n := range []struct {
			name  string
			count int
		}{{"faults", e.Faults}, {"errors", e.Errors}, {"throttled", e.Throttle}} {
			if n.count > 0 {
				fmt.Fprintf(&out, " %s %d", n.name, n.count)
			}
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// Documents may come in any order, and any of them again.
func TestMapInAnyOrder(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		s := store()
		docs := append(order(), order()...)
		random.Shuffle(len(docs), func(i, j int) { docs[i], docs[j] = docs[j], docs[i] })
		send(t, s, traceID, docs...)
		if got := edges(s.Map(0)); got != orderMap {
			t.Fatalf("the map is\n%swant\n%s", got, orderMap)
		}
		if c := s.Counts(); c.Traces != 1 || c.Documents != 6 || c.Merged != 3 {
			t.Fatalf("the counts are %+v", c)
		}
	}
}

func TestMapNodes(t *testing.T) {
	s := store()
	send(t, s, traceID, order()...)
	var got []string
	for _, n := range s.Map(0).Nodes {
		got = append(got, fmt.Sprintf("%s %s|%s %d/%d", n.Kind, n.Name, n.Detail, n.Requests, n.Faults))
	}
	want := []string{"aws SQS|mail 1/0", "client Clients| 0/0", "database shop|db 1/0", "remote bank.example.com| 1/0", "service payment| 1/1", "service shop| 1/0"}
	if !slices.Equal(got, want) {
		t.Errorf("the nodes are\n%q, want\n%q", got, want)
	}
}

// A subsegment whose parents never come is not on the map, and the trace is not complete.
func TestOrphan(t *testing.T) {
	s := store()
	send(t, s, traceID, order()[2])
	if got := edges(s.Map(0)); got != "" {
		t.Errorf("the map is %s", got)
	}
	page := s.Find(Query{Length: 10})
	if len(page.Rows) != 1 || !page.Rows[0].Open || page.Rows[0].Service != "" {
		t.Errorf("the list is %+v", page.Rows)
	}
	line, err := s.Timeline(traceID)
	if err != nil || len(line.Spans) != 1 || !line.Spans[0].Orphan || line.Orphans != 1 {
		t.Errorf("the timeline is %+v, %v", line, err)
	}
}

// A segment in progress is shown, and counts once it has ended.
func TestInProgress(t *testing.T) {
	s := store()
	send(t, s, traceID, node(0xa1, "shop", 0, 0, open))
	if got := edges(s.Map(0)); got != "client: -> service:shop 0\n" {
		t.Errorf("the map is %s", got)
	}
	if row := s.Find(Query{Outcome: "open", Length: 1}); row.Matched != 1 {
		t.Errorf("%d traces are open", row.Matched)
	}
	send(t, s, traceID, node(0xa1, "shop", 0, 40), node(0xa1, "shop", 0, 0, open)) // and the old one again, late
	if got := edges(s.Map(0)); got != "client: -> service:shop 1\n" {
		t.Errorf("the map is %s", got)
	}
	if row := s.Find(Query{Outcome: "ok", Length: 1}); row.Matched != 1 || fmt.Sprintf("%.3f", row.Rows[0].Took) != "0.040" {
		t.Errorf("the list is %+v", row)
	}
}

// After late closes the SDK sends the root again, with children doubled: one version of each stays.
func TestRootAgain(t *testing.T) {
	s := store()
	late := func(done int) []doc {
		var subs []doc
		for range 2 { // each is there twice
			for i := range 3 {
				if i < done {
					subs = append(subs, node(0xb1+i, "bank.example.com", 1, 10*float64(i+1), remote))
				} else {
					subs = append(subs, node(0xb1+i, "bank.example.com", 1, 0, remote, open))
				}
			}
		}
		return subs
	}
	for done := range 4 {
		send(t, s, traceID, node(0xa1, "shop", 0, 5, late(done)))
	}
	if got, want := edges(s.Map(0)), "client: -> service:shop 1\nservice:shop -> remote:bank.example.com 3\n"; got != want {
		t.Errorf("the map is %swant %s", got, want)
	}
	line, err := s.Timeline(traceID)
	if err != nil || len(line.Spans) != 4 {
		t.Fatalf("%d spans, %v", len(line.Spans), err)
	}
	for _, span := range line.Spans {
		if span.Open {
			t.Errorf("%s is in progress", span.ID)
		}
	}
}

// Whose segment's parent is work within another process was called by that process.
func TestCallBelowLocalWork(t *testing.T) {
	s := store()
	send(t, s, traceID,
		node(0xa1, "shop", 0, 50, []doc{node(0xb1, "compute", 1, 40)}),
		node(0xa2, "worker", 5, 30, parent(0xb1)),
		node(0xa3, "lonely", 5, 30, parent(0xffff)))
	if got, want := edges(s.Map(0)), "client: -> service:shop 1\nservice:shop -> service:worker 1\n"; got != want {
		t.Errorf("the map is %swant %s", got, want)
	}
}

// DynamoDB tells of too many requests with the status 400, which the SDK takes for any error.
func TestThrottledByName(t *testing.T) {
	s := store()
	for i, test := range []struct{ kind, message string }{
		{"*types.ProvisionedThroughputExceededException", "too many"},
		{"smithy.OperationError", "api error ThrottlingException: Rate exceeded"},
		{"*types.ConditionalCheckFailedException", "The conditional request failed"},
	} {
		send(t, s, traceID, node(0xa1+i, "shop", 0, 10, []doc{
			node(0xb1+i, "DynamoDB", 0, 10, doc{"namespace": "aws", "error": true, "cause": doc{"exceptions": []doc{{"type": test.kind, "message": test.message}}}}),
		}))
	}
	if got, want := edges(s.Map(0)), "client: -> service:shop 3\nservice:shop -> aws:DynamoDB 3 errors 1 throttled 2\n"; got != want {
		t.Errorf("the map is\n%swant\n%s", got, want)
	}
}

// Parents may form a circle; no question may run forever then.
func TestCircles(t *testing.T) {
	s := store()
	send(t, s, traceID,
		node(0xa1, "a", 0, 10, parent(0xa2)), node(0xa2, "b", 0, 10, parent(0xa1)),
		node(0xb1, "x", 0, 10, streamed(0xb2), remote), node(0xb2, "y", 0, 10, streamed(0xb1), remote),
		node(0xc1, "self", 0, 10, streamed(0xc1)), node(0xd1, "below", 0, 10, streamed(0xc1)))
	s.Map(0)
	s.Find(Query{Length: 1})
	line, err := s.Timeline(traceID)
	if err != nil || len(line.Spans) != 6 {
		t.Errorf("%d spans, %v", len(line.Spans), err)
	}
}

func TestFind(t *testing.T) {
	s := store()
	send(t, s, traceID, order()...)
	for i := range 9 {
		send(t, s, fmt.Sprintf("1-6b02c2f2-%024x", i), node(0xa1, "other", float64(i)*1000, float64(i)*1000+50*float64(i+1),
			doc{"error": i == 3, "annotations": doc{"n": i}}))
	}
	tests := []struct {
		name  string
		query Query
		want  int
	}{
		{"everything", Query{}, 10},
		{"a service that takes part", Query{Service: "payment"}, 1},
		{"no such service", Query{Service: "pay"}, 0},
		{"fault somewhere", Query{Outcome: "fault"}, 1},
		{"throttled somewhere", Query{Outcome: "throttle"}, 1},
		{"error", Query{Outcome: "error"}, 2},
		{"ok", Query{Outcome: "ok"}, 8},
		{"slow", Query{Min: 0.4}, 2},
		{"fast", Query{Max: 0.12}, 3},
		{"in a stretch of time", Query{Since: epoch + 1.5, Until: epoch + 3.5}, 2},
		{"annotation", Query{Text: "order_id=o-17"}, 1},
		{"annotation with spaces", Query{Text: " order_id = o-17 "}, 1},
		{"annotation that is a number", Query{Text: "n=4"}, 1},
		{"annotation that is a truth value", Query{Text: "vip=true"}, 1},
		{"part of an annotation is not it", Query{Text: "order_id=o-1"}, 0},
		{"value alone", Query{Text: "O-17"}, 1},
		{"address", Query{Text: "/orders"}, 1},
		{"trace id", Query{Text: traceID}, 1},
		{"calls of an edge", Query{From: "service:shop", To: "database:shop@db"}, 1},
		{"calls of a node that took so long", Query{To: "database:shop@db", ToMin: 0.01, ToMax: 0.02}, 1},
		{"calls of a node that took longer", Query{To: "database:shop@db", ToMin: 0.02, ToMax: 0.03}, 0},
		{"work of a service", Query{To: "service:payment", ToMin: 0.04, ToMax: 0.05}, 1},
		{"calls of a service take longer than its work", Query{From: "service:shop", To: "service:payment", ToMin: 0.05, ToMax: 0.07}, 1},
		{"several at once", Query{Service: "other", Outcome: "ok", Min: 0.1, Max: 0.3}, 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.query.Length = 100
			page := s.Find(test.query)
			if page.Matched != test.want || len(page.Rows) != test.want || page.Total != 10 {
				t.Errorf("%d traces match, %d rows, of %d; want %d", page.Matched, len(page.Rows), page.Total, test.want)
			}
		})
	}
}

// Pages belong together, even though traces arrive in between.
func TestPages(t *testing.T) {
	s := store()
	add := func(i int) {
		send(t, s, fmt.Sprintf("1-6b02c2f2-%024x", i), node(0xa1, "shop", float64(i), float64(i)+10))
	}
	for i := range 100 {
		add(i)
	}
	first := s.Find(Query{Length: 30})
	seen := map[string]bool{}
	for offset := 0; offset < 100; offset += 30 {
		add(1000 + offset)
		for _, row := range s.Find(Query{Before: first.Newest, Offset: offset, Length: 30}).Rows {
			seen[row.ID] = true
		}
	}
	if len(seen) != 100 {
		t.Errorf("%d different traces on the pages, want 100", len(seen))
	}
	if got := first.Rows[0].ID; got != fmt.Sprintf("1-6b02c2f2-%024x", 99) {
		t.Errorf("the first row is %s, not the newest", got)
	}
}

// The oldest traces make room, whole, and it is counted.
func TestEviction(t *testing.T) {
	s := New(4<<20, false, nil)
	const n = 20000
	for i := range n {
		send(t, s, fmt.Sprintf("1-6b02c2f2-%024x", i), node(0xa1, "shop", float64(i), float64(i)+10, sql(fmt.Sprint("SELECT ", i))))
	}
	c := s.Counts()
	if c.Bytes > 4<<20 || c.Evicted == 0 || c.Traces == 0 || uint64(c.Traces)+c.Evicted != n {
		t.Errorf("the counts are %+v", c)
	}
	page := s.Find(Query{Length: n})
	for i, row := range page.Rows {
		if want := fmt.Sprintf("1-6b02c2f2-%024x", n-1-i); row.ID != want {
			t.Fatalf("row %d is %s, want %s: the newest stay", i, row.ID, want)
		}
	}
}

// A trace id that never changes fills its trace, not the memory.
func TestEndlessTrace(t *testing.T) {
	s := store()
	for i := range maxDocuments + 100 {
		send(t, s, traceID, node(i+1, "shop", float64(i), float64(i)+1))
	}
	if c := s.Counts(); c.Cut != 100 {
		t.Errorf("%d documents were cut, want 100", c.Cut)
	}
	if line, err := s.Timeline(traceID); err != nil || !line.Partial || line.Documents != maxDocuments {
		t.Errorf("the timeline is partial: %v, with %d documents; %v", line.Partial, line.Documents, err)
	}
}

func TestClear(t *testing.T) {
	s := store()
	send(t, s, traceID, order()...)
	s.Clear()
	if c := s.Counts(); c.Traces != 0 || c.Bytes != 0 {
		t.Errorf("the counts are %+v", c)
	}
	if _, err := s.Timeline(traceID); !errors.Is(err, ErrNotFound) {
		t.Errorf("the error is %v", err)
	}
	send(t, s, traceID, order()...)
	if got := edges(s.Map(0)); got != orderMap {
		t.Errorf("the map is\n%s", got)
	}
}
