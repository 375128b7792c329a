package decoder

import (
	"net"
	"testing"
	"time"
)

const head = `{"format": "json", "version": 1}` + "\n"

// A segment with a subsegment, and one more subsegment that was sent by itself.
var documents = []string{
	`{"trace_id":"1-6b02c2f2-000102030405060708090a0b","id":"00000000000000a1","name":"orders",` +
		`"start_time":1795343090.25,"end_time":1795343090.75,` +
		`"http":{"request":{"method":"GET","url":"http://127.0.0.1/orders/1"},"response":{"status":200}},` +
		`"subsegments":[{"id":"00000000000000b1","name":"shop@127.0.0.1","namespace":"remote",` +
		`"start_time":1795343090.3,"end_time":1795343090.4,` +
		`"sql":{"url":"postgres://127.0.0.1:5432/shop","sanitized_query":"SELECT 1"}}]}`,
	`{"trace_id":"1-6b02c2f2-000102030405060708090a0b","id":"00000000000000b2","name":"sqs","type":"subsegment",` +
		`"parent_id":"00000000000000a1","namespace":"aws","aws":{"operation":"SendMessage"},` +
		`"start_time":1795343090.5,"in_progress":true}`,
}

func TestDecode(t *testing.T) {
	const trace = "6b02c2f2000102030405060708090a0b"
	d := Start(t)
	send(t, d.Addr(), documents...)
	spans := d.Await(func(spans []Span) bool { return len(spans) >= 3 })
	if len(spans) != 3 {
		t.Fatalf("%d spans, want 3: %+v", len(spans), spans)
	}
	byName := map[string]Span{}
	for _, span := range spans {
		if span.Trace != trace {
			t.Errorf("%s has the trace %s, want %s", span.Name, span.Trace, trace)
		}
		byName[span.Name] = span
	}
	root, sql, sqs := byName["orders"], byName["shop@127.0.0.1"], byName["sqs"]
	if !root.Server || root.Parent != "" || root.Method != "GET" || root.Status != 200 || root.End.Sub(root.Start).Round(time.Millisecond) != 500*time.Millisecond {
		t.Errorf("the segment is %+v", root)
	}
	if !sql.Client || sql.Parent != root.ID || sql.Statement != "SELECT 1" || sql.InProgress {
		t.Errorf("the SQL subsegment is %+v", sql)
	}
	if !sqs.Client || sqs.Parent != root.ID || sqs.Service != "sqs" || sqs.Operation != "SendMessage" || !sqs.InProgress {
		t.Errorf("the AWS subsegment is %+v", sqs)
	}
	if warnings := d.Warnings(); len(warnings) > 0 {
		t.Errorf("warnings: %q", warnings)
	}
}

func TestWarnings(t *testing.T) {
	d := Start(t)
	send(t, d.Addr(), `{"trace_id":"none"}`)
	for range 100 {
		if len(d.Warnings()) > 0 {
			return
		}
		time.Sleep(pollEvery)
	}
	t.Error("no warning about a document that is no segment")
}

func send(t *testing.T, addr string, documents ...string) {
	t.Helper()
	conn, err := net.Dial("udp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, document := range documents {
		if _, err := conn.Write([]byte(head + document)); err != nil {
			t.Fatal(err)
		}
	}
}
