package integration

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// request is one request at the door of the platform, with what has to follow from it.
type request struct {
	name         string
	method, path string
	body         string
	status       int
	segments     visit
}

const anOrder = `{"email":"ada@example.com","card_token":"tok_1","placed_on":"2026-03-06",` +
	`"ship_to":{"name":"Ada","street":"Am Markt 1","city":"Mainz","postal_code":"55116","country":"DE"},` +
	`"items":[{"sku":"desk","quantity":1},{"sku":"chair","quantity":4}]}`

// requests returns a visit of the shop: orders that go through, orders that stop at each
// of the services, and questions.
func requests() []request {
	replace := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(anOrder) }
	return []request{
		{"an order", "POST", "/orders", anOrder, 201, confirmed("desk", "chair")},
		{"an order for abroad", "POST", "/orders",
			replace(`"DE"`, `"JP"`, `{"sku":"desk","quantity":1},`, ``), 201, confirmed("chair")},
		{"half an order", "POST", "/orders", anOrder[:40], 400, refused(400)},
		{"an order of nothing", "POST", "/orders", replace(`"quantity":1`, `"quantity":0`), 422, refused(422)},
		{"an unknown product", "POST", "/orders", replace(`"desk"`, `"ghost"`), 422, unknownProduct("ghost")},
		{"more than there is", "POST", "/orders",
			replace(`"desk","quantity":1`, `"lamp","quantity":41`), 409, outOfStock("lamp", "chair")},
		{"a card that says no", "POST", "/orders", replace(`tok_1`, `tok_declined_1`), 402, declined("desk", "chair")},
		{"the first order", "GET", "/orders/1", "", 200, found()},
		{"no such order", "GET", "/orders/999", "", 404, notFound()},
		{"no such page", "GET", "/prices", "", 404, refusedAt("GET", "/prices", 404)},
	}
}

// response is an answer, without what differs from one run to the next.
type response struct {
	Status   string
	Header   http.Header
	Length   int64
	Encoding string
	Body     string
}

// traceID is that of X-Ray: the time in seconds, and 96 random bits.
type traceID struct {
	time, random string
}

func newTraceID() traceID {
	var random [12]byte
	_, _ = rand.Read(random[:]) // never fails
	return traceID{fmt.Sprintf("%08x", time.Now().Unix()), hex.EncodeToString(random[:])}
}

// header returns the header with which a load balancer has a request traced.
func (id traceID) header() string {
	return "Root=" + id.root() + ";Sampled=1"
}

func (id traceID) root() string { return "1-" + id.time + "-" + id.random }

// String returns the id as the decoder spells it.
func (id traceID) String() string { return id.time + id.random }

var customer = &http.Client{Timeout: 30 * time.Second}

// send sends a request, with a trace header if it is not empty, and returns the answer.
func (p *platform) send(t *testing.T, r request, trace string) response {
	t.Helper()
	resp, body, err := p.exchange(r, trace)
	if err != nil {
		t.Errorf("%s: %v", r.name, err)
		return response{}
	}
	if resp.StatusCode != r.status {
		t.Errorf("%s: status %s, want %d: %s", r.name, resp.Status, r.status, body)
	}
	resp.Header.Del("Date")
	return response{
		Status:   resp.Status,
		Header:   resp.Header,
		Length:   resp.ContentLength,
		Encoding: strings.Join(resp.TransferEncoding, ","),
		Body:     string(body),
	}
}

// exchange sends a request and reads the answer to its end.
func (p *platform) exchange(r request, trace string) (*http.Response, []byte, error) {
	req, err := http.NewRequest(r.method, p.url(r.path), strings.NewReader(r.body))
	if err != nil {
		return nil, nil, err
	}
	if trace != "" {
		req.Header.Set("X-Amzn-Trace-Id", trace)
	}
	resp, err := customer.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp, body, err
}
