package rpc

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-4257438c/xray-instrument/integration/internal/decoder"
	"github.com/seed-4257438c/xray-instrument/integration/internal/proc"
	"github.com/seed-4257438c/xray-instrument/integration/internal/tool"
	"github.com/seed-4257438c/xray-instrument/internal/runtimeapi"
)

const source = "program"

func TestRPC(t *testing.T) {
	command := tool.Build(t)
	instrumented := tool.Instrument(t, command, source)
	plain, traced := tool.Programs(t, source, "./cmd/..."), tool.Programs(t, instrumented, "./cmd/...")
	traces := decoder.Start(t)

	t.Run("source", testSource)
	t.Run("grpc", func(t *testing.T) { testGRPC(t, plain, traced, traces) })
	t.Run("worker", func(t *testing.T) { testWorker(t, plain, traced, traces) })
	t.Run("api", func(t *testing.T) { testAPI(t, plain, traced, traces) })
	for _, warning := range traces.Warnings() {
		t.Errorf("the decoder: %s", warning)
	}
}

// testSource looks at the plain source.
func testSource(t *testing.T) {
	for name, content := range tool.Snapshot(t, source) {
		if bytes.Contains(bytes.ToLower(content), []byte("xray")) {
			t.Errorf("%s speaks of X-Ray", name)
		}
	}
}

// env is the environment of a program that sends its segments to the decoder.
func env(traces *decoder.Decoder, more ...string) []string {
	return append(append(os.Environ(), "AWS_XRAY_DAEMON_ADDRESS="+traces.Addr()), more...)
}

// newTrace returns the id of a new trace, as spans have it, and the header of a
// sampled request of it.
func newTrace() (id, header string) {
	random := make([]byte, 12)
	_, _ = rand.Read(random)
	now := fmt.Sprintf("%08x", time.Now().Unix())
	return fmt.Sprintf("%s%x", now, random), fmt.Sprintf("Root=1-%s-%x;Parent=53995c3f42cd8ad8;Sampled=1", now, random)
}

// await returns the spans of a trace as lines, parents before what is below them,
// once there are enough.
func await(t *testing.T, traces *decoder.Decoder, id string, n int) []string {
	t.Helper()
	count := func(spans []decoder.Span) (of []decoder.Span) {
		for _, s := range spans {
			if s.Trace == id {
				of = append(of, s)
			}
		}
		return of
	}
	spans := count(traces.Await(func(spans []decoder.Span) bool { return len(count(spans)) >= n }))
	slices.SortStableFunc(spans, func(a, b decoder.Span) int { return cmp.Compare(a.Start.UnixNano(), b.Start.UnixNano()) })
	var lines []string
	var list func(parent, indent string)
	list = func(parent, indent string) {
		for _, s := range spans {
			if s.Parent != parent {
				continue
			}
			line := indent + s.Name
			if s.URL != "" {
				line += " " + s.Method + " " + s.URL
			}
			if s.InProgress {
				line += " in progress"
			}
			lines = append(lines, line)
			list(s.ID, indent+"  ")
		}
	}
	list("53995c3f42cd8ad8", "")
	if len(lines) != len(spans) {
		t.Errorf("%d of %d spans have a parent in the trace", len(lines), len(spans))
	}
	return lines
}

func same(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("the trace is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// pair starts the gRPC service and the gateway in front of it.
func pair(t *testing.T, programs string, traces *decoder.Decoder) (gateway, orders string) {
	t.Helper()
	gateway, orders = proc.FreeAddr(t), proc.FreeAddr(t)
	proc.Start(t, proc.Command{Path: filepath.Join(programs, "orders"), Args: []string{orders}, Env: env(traces)}).AwaitTCP(t, orders)
	proc.Start(t, proc.Command{Path: filepath.Join(programs, "gateway"), Args: []string{gateway, orders}, Env: env(traces)}).AwaitTCP(t, gateway)
	return gateway, orders
}

func get(t *testing.T, url, header string) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amzn-Trace-Id", header)
	resp, body := tool.Ask(t, r)
	resp.Header.Del("Date")
	return fmt.Sprint(resp.Status, resp.Header, body)
}

// testGRPC sends a request for each kind of call.
func testGRPC(t *testing.T, plain, traced string, traces *decoder.Decoder) {
	before, _ := pair(t, plain, traces)
	gateway, orders := pair(t, traced, traces)
	for path, method := range map[string]string{
		"/one": "UnaryCall", "/missing": "UnaryCall", "/list": "StreamingOutputCall", "/load": "StreamingInputCall", "/talk": "FullDuplexCall",
	} {
		t.Run(path, func(t *testing.T) {
			id, header := newTrace()
			want, got := get(t, "http://"+before+path, ""), get(t, "http://"+gateway+path, header)
			if got != want {
				t.Errorf("the answer is\n%s\nwithout instrumentation\n%s", got, want)
			}
			url := "grpc://" + orders + "/grpc.testing.TestService/" + method
			same(t, await(t, traces, id, 3), []string{
				"gateway GET http://" + gateway + path,
				"  grpc.testing.TestService POST " + url,
				"    orders POST " + url,
			})
		})
	}
	for _, s := range traces.Spans() {
		if strings.Contains(s.URL, "grpc.health") {
			t.Errorf("a health check is traced: %+v", s)
		}
	}
}

// other is a service that a Lambda function asks, and that keeps the headers that it
// is sent.
func other(t *testing.T) (url string, headers *[]string) {
	t.Helper()
	headers = new([]string)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*headers = append(*headers, r.Header.Get("X-Amzn-Trace-Id"))
	}))
	t.Cleanup(srv.Close)
	return srv.URL, headers
}

// function starts a program under the runtime API.
func function(t *testing.T, programs, name, url string, traces *decoder.Decoder) *runtimeapi.Server {
	t.Helper()
	api := runtimeapi.Start(t)
	proc.Start(t, proc.Command{Path: filepath.Join(programs, name), Args: []string{url}, Env: env(traces, api.Env()...)})
	return api
}

// testWorker handles a batch of messages, and none, which is an error.
func testWorker(t *testing.T, plain, traced string, traces *decoder.Decoder) {
	url, headers := other(t)
	before, after := function(t, plain, "worker", url, traces), function(t, traced, "worker", url, traces)
	call := "  " + strings.TrimPrefix(url, "http://") + " GET " + url
	record := func(body, sampled string) string {
		return fmt.Sprintf(`{"body":%q,"eventSourceARN":"arn:aws:sqs:eu-west-1:123456789012:orders","attributes":{"AWSTraceHeader":"Root=1-57ff426a-80c11c39b0c928905eb0828d;Sampled=%s"}}`, body, sampled)
	}
	for payload, want := range map[string][]string{
		`{"Records":[{"body":"a"},{"body":"b"}]}`:                         {"handle", "  worker-ask", "  " + call + "/a", "  worker-ask", "  " + call + "/b"},
		`{"Records":[` + record("a", "1") + `,` + record("b", "0") + `]}`: {"handle", "  orders", "  " + call + "/a"},
		`{"Records":[]}`: {"handle"},
	} {
		id, header := newTrace()
		wanted := before.Invoke(t, payload, header)
		*headers = nil
		if got := after.Invoke(t, payload, header); got != wanted {
			t.Errorf("the answer is\n%+v\nwithout instrumentation\n%+v", got, wanted)
		}
		same(t, await(t, traces, id, len(want)), want)
		for _, h := range *headers {
			if !strings.HasPrefix(header, h[:strings.Index(h, ";")]) {
				t.Errorf("the header %s is sent, in the trace %s", h, header)
			}
		}
	}
}

// testAPI sends a request through the router behind API Gateway.
func testAPI(t *testing.T, plain, traced string, traces *decoder.Decoder) {
	url, _ := other(t)
	payload := `{"httpMethod":"GET","path":"/orders/7","headers":{}}`
	id, header := newTrace()
	want := function(t, plain, "api", url, traces).Invoke(t, payload, header)
	if got := function(t, traced, "api", url, traces).Invoke(t, payload, header); got != want || !strings.Contains(got.Body, "7 200 OK") {
		t.Errorf("the answer is\n%+v\nwithout instrumentation\n%+v", got, want)
	}
	same(t, await(t, traces, id, 2), []string{"handle", "  " + strings.TrimPrefix(url, "http://") + " GET " + url + "/7"})
}
