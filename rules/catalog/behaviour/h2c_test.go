package behaviour

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"golang.org/x/net/http2"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/daemon"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

// h2cServer starts a server that speaks HTTP/2 without TLS.
func h2cServer(t *testing.T, wrap func(string, http.Handler, *http2.Server) http.Handler, around func(http.Handler) http.Handler) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(around(wrap(service, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s", r.Proto, r.URL.Path)
	}), &http2.Server{})))
	t.Cleanup(srv.Close)
	return srv
}

// TestH2C: each request has a segment, and the one that began the connection none.
func TestH2C(t *testing.T) {
	alone := func(h http.Handler) http.Handler { return h }
	var began []*xray.Segment // of the requests that begin connections
	within := func(h http.Handler) http.Handler {
		srv := traced.ServerHandler(service, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == "PRI" || r.Header.Get("HTTP2-Settings") != "" {
				began = append(began, xray.GetSegment(r.Context()))
			}
			h.ServeHTTP(w, r)
		}))
		return srv.Handler
	}
	for name, around := range map[string]func(http.Handler) http.Handler{"alone": alone, "within xrayHandler": within} {
		t.Run(name, func(t *testing.T) {
			was, is := h2cServer(t, plain.H2CHandler, alone), h2cServer(t, traced.H2CHandler, around)
			transport := &http2.Transport{AllowHTTP: true, DialTLSContext: func(_ context.Context, network, addr string, _ *tls.Config) (net.Conn, error) {
				return net.Dial(network, addr)
			}}
			c := &http.Client{Transport: transport}
			for range 3 { // on one connection
				trace, header := incoming()
				plainly, got := ask(t, c, was.URL+"/a", ""), ask(t, c, is.URL+"/a", header)
				if plainly.Body != "HTTP/2.0 /a" || got.Body != plainly.Body || got.Err != "" {
					t.Errorf("plain  %+v\ntraced %+v", plainly, got)
				}
				if s := one(t, trace); s.Parent != parent || s.HTTP.Request.Method != "GET" || s.HTTP.Response.Status != http.StatusOK {
					t.Errorf("segment %s", daemon.Format([]daemon.Segment{s}))
				}
			}
			transport.CloseIdleConnections()

			trace, header := incoming()
			if got := ask(t, http.DefaultClient, is.URL+"/b", header); got.Body != "HTTP/1.1 /b" {
				t.Errorf("answer %+v", got)
			}
			one(t, trace)

			trace, header = incoming()
			plainly, got := upgraded(t, was.Listener.Addr().String(), ""), upgraded(t, is.Listener.Addr().String(), header)
			if plainly != "HTTP/1.1 /c" || got != plainly {
				t.Errorf("after an upgrade: plain %q, traced %q", plainly, got)
			}
			is.Close()
			if s := one(t, trace); s.Parent != parent || slices.ContainsFunc(began, func(b *xray.Segment) bool { return b.ID == s.ID }) {
				t.Errorf("segment %s", daemon.Format([]daemon.Segment{s}))
			}
		})
	}
	if len(began) != 2 {
		t.Fatalf("%d connections began within a segment, want 2", len(began))
	}
	none(t, began[0].TraceID)
}

// upgraded asks for /c on a connection that begins with HTTP/1, and returns the answer.
func upgraded(t *testing.T, addr, header string) string {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /c HTTP/1.1\r\nHost: a\r\n%s: %s\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n", traceHeader, header)
	in := bufio.NewReader(conn)
	for line := ""; line != "\r\n"; {
		if line, err = in.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	io.WriteString(conn, http2.ClientPreface)
	frames := http2.NewFramer(conn, in)
	if err := frames.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	var body strings.Builder
	for {
		f, err := frames.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		if data, ok := f.(*http2.DataFrame); ok {
			body.Write(data.Data())
			if data.StreamEnded() {
				return body.String()
			}
		}
	}
}
