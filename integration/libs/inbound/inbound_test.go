// Package inbound instruments servers of several frameworks and routers, written as for
// no tracing, and runs them beside the plain ones.
package inbound

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-4257438c/xray-instrument/integration/internal/decoder"
	"github.com/seed-4257438c/xray-instrument/integration/internal/proc"
	"github.com/seed-4257438c/xray-instrument/integration/internal/tool"
)

// request is what every server is asked, and the status that all answer with.
type request struct {
	method, path, body string
	status             int
	route              string // as gin writes it
}

var requests = []request{
	{"GET", "/orders/7?q=1", "", 200, "/orders/:id"},
	{"POST", "/form", "name=x", 201, "/form"},
	{"GET", "/error", "", 500, "/error"},
	{"GET", "/teapot", "", 418, "/teapot"},
	{"GET", "/panic", "", 500, "/panic"},
	{"GET", "/stream", "", 200, "/stream"},
	{"GET", "/missing", "", 404, ""},
}

func TestInbound(t *testing.T) {
	command := tool.Build(t)
	instrumented := tool.Instrument(t, command, "program")
	plain, traced := tool.Programs(t, "program", "./..."), tool.Programs(t, instrumented, "./...")
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "order ", r.URL.Path)
	}))
	defer backend.Close()
	for _, name := range []string{"gin", "echo", "fiber", "fasthttp", "chi", "mux"} {
		t.Run(name, func(t *testing.T) {
			traces := decoder.Start(t)
			a, b := start(t, filepath.Join(plain, name), backend.URL, ""), start(t, filepath.Join(traced, name), backend.URL, traces.Addr())
			for i, r := range requests {
				trace := fmt.Sprintf("5f84c7a1%024x", i+1)
				want, got := ask(t, a, r, ""), ask(t, b, r, trace)
				if got != want {
					t.Errorf("%s %s answers\n%s\nwithout tracing\n%s", r.method, r.path, got, want)
				}
			}
			spans := traces.Await(func(spans []decoder.Span) bool { return len(spans) > len(requests) })
			for i, r := range requests {
				check(t, name, r, backend.URL, of(spans, fmt.Sprintf("5f84c7a1%024x", i+1)))
			}
			if len(spans) != len(requests)+1 {
				t.Errorf("%d spans for %d requests, one of which asks the other service", len(spans), len(requests))
			}
			for _, warning := range traces.Warnings() {
				t.Errorf("the decoder: %s", warning)
			}
		})
	}
}

// start starts a server and returns its URL.
func start(t *testing.T, program, backend, daemon string) string {
	t.Helper()
	addr := proc.FreeAddr(t)
	env := append(os.Environ(), "AWS_XRAY_DAEMON_ADDRESS="+daemon)
	if daemon == "" {
		env = os.Environ()
	}
	p := proc.Start(t, proc.Command{Path: program, Args: []string{addr, backend}, Env: env})
	p.AwaitTCP(t, addr)
	return "http://" + addr
}

// ask sends a request, as part of a trace if there is one, and returns the answer.
func ask(t *testing.T, base string, r request, trace string) string {
	t.Helper()
	req, err := http.NewRequest(r.method, base+r.path, strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	if r.body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if trace != "" {
		req.Header.Set("X-Amzn-Trace-Id", "Root=1-"+trace[:8]+"-"+trace[8:]+";Parent=53995c3f42cd8ad8;Sampled=1")
	}
	resp, body := tool.Ask(t, req)
	if resp.StatusCode != r.status {
		t.Errorf("%s %s answers %s, want %d", r.method, r.path, resp.Status, r.status)
	}
	out := []string{resp.Status, body, fmt.Sprint(resp.TransferEncoding, resp.ContentLength)}
	for _, key := range slices.Sorted(maps.Keys(resp.Header)) {
		if key != "Date" {
			out = append(out, fmt.Sprint(key, resp.Header[key]))
		}
	}
	return strings.Join(out, "\n")
}

func of(spans []decoder.Span, trace string) []decoder.Span {
	return slices.DeleteFunc(slices.Clone(spans), func(s decoder.Span) bool { return s.Trace != trace })
}

// check looks at what was sent of a request: a segment that is complete, and the call
// that it made below it.
func check(t *testing.T, service string, r request, backend string, spans []decoder.Span) {
	t.Helper()
	calls := 0
	if strings.HasPrefix(r.path, "/orders") {
		calls = 1
	}
	if len(spans) != 1+calls {
		t.Errorf("%s %s: %d spans: %+v", r.method, r.path, len(spans), spans)
		return
	}
	slices.SortFunc(spans, func(a, b decoder.Span) int { return a.Start.Compare(b.Start) })
	path, _, _ := strings.Cut(r.path, "?")
	s := spans[0]
	if s.Name != service || !s.Server || s.InProgress || s.Parent != "53995c3f42cd8ad8" || s.Method != r.method || int(s.Status) != r.status || !strings.HasSuffix(s.URL, path) {
		t.Errorf("%s %s: the segment is %+v", r.method, r.path, s)
	}
	if want := routeOf(service, r.route); s.Route != want {
		t.Errorf("%s %s: the route is %q, want %q", r.method, r.path, s.Route, want)
	}
	if calls == 1 {
		if c := spans[1]; c.Parent != s.ID || !c.Client || c.URL != backend+"/7" || c.Status != 200 {
			t.Errorf("%s %s: the call is %+v", r.method, r.path, c)
		}
	}
}

// routeOf returns a route as a framework writes it.
func routeOf(service, route string) string {
	switch service {
	case "fasthttp":
		return ""
	case "chi", "mux":
		return strings.ReplaceAll(route, ":id", "{id}")
	}
	return route
}
