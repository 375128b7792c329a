// Package routers runs the idioms of web frameworks and routers: servers of either
// dialect are asked the same and must answer the same, and the traced one sends one
// segment for each request.
package routers

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-xray-sdk-go/v2/xray"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/daemon"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/sent"
)

func TestMain(m *testing.M) { sent.Main(m) }

const service = "orders"

// request is what both dialects are asked, and what is to be recorded of it.
type request struct {
	method, path string
	body         string
	status       int // recorded; 0: none
	fault        bool
	route        string
}

// parent is the segment that requests come from.
const parent = "53995c3f42cd8ad8"

// compare asks servers of both dialects and compares the answers. The traced one must
// send one segment for each request.
func compare(t *testing.T, plain, traced string, requests []request) {
	t.Helper()
	for _, r := range requests {
		trace := xray.NewTraceID()
		want := ask(t, plain, r, "")
		got := ask(t, traced, r, "Root="+trace+";Parent="+parent+";Sampled=1")
		if got != want {
			t.Errorf("%s %s answers\n%s\nwithout tracing\n%s", r.method, r.path, got, want)
		}
		check(t, r, sent.Of(t, trace, 1)[0])
	}
}

func check(t *testing.T, r request, s daemon.Segment) {
	t.Helper()
	route, _ := s.Annotations["route"].(string)
	clientError := r.status >= 400 && r.status < 500
	if s.Name != service || s.Parent != parent || s.HTTP.Response.Status != r.status || s.Fault != r.fault || s.Error != clientError || route != r.route {
		t.Errorf("%s %s: the segment is %s", r.method, r.path, daemon.Format([]daemon.Segment{s}))
	}
	path, _, _ := strings.Cut(r.path, "?")
	if s.HTTP.Request.Method != r.method || !strings.HasSuffix(s.HTTP.Request.URL, path) || !strings.HasPrefix(s.HTTP.Request.URL, "http") || s.HTTP.Request.ClientIP == "" || s.HTTP.Request.UserAgent != "test" {
		t.Errorf("%s %s: the request is %+v", r.method, r.path, s.HTTP.Request)
	}
}

// ask sends a request and returns what is answered: the status, header and body, or
// that there was none.
func ask(t *testing.T, base string, r request, trace string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), r.method, base+r.path, strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("User-Agent", "test")
	if trace != "" {
		req.Header.Set("X-Amzn-Trace-Id", trace)
	}
	if r.body != "" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
	if err != nil {
		return "no answer: " + plainly(err)
	}
	defer resp.Body.Close()
	var out strings.Builder
	fmt.Fprintln(&out, resp.Status, resp.ContentLength, resp.TransferEncoding, resp.Trailer)
	for _, key := range slices.Sorted(maps.Keys(resp.Header)) {
		if key != "Date" {
			fmt.Fprintln(&out, key, resp.Header[key])
		}
	}
	body, err := io.ReadAll(bufio.NewReader(resp.Body))
	fmt.Fprintln(&out, string(body), err)
	return out.String()
}

// plainly returns an error without the addresses of its connection.
func plainly(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}

// serve serves a handler until the test ends, with nothing logged.
func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.Config.ErrorLog = quiet
	srv.Start()
	t.Cleanup(srv.Close)
	return srv.URL
}

// listener returns a free place to listen at and its URL.
func listener(t *testing.T) (net.Listener, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l, "http://" + l.Addr().String()
}
