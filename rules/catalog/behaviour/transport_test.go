package behaviour

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-xray-sdk-go/v2/xray"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/daemon"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

// roundTrip is a transport that is a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// tracedTransport returns the traced side's transport in front of next.
func tracedTransport(next http.RoundTripper) http.RoundTripper {
	return traced.ClientTransport(next).Transport
}

func request(t testing.TB, ctx context.Context, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// get sends a request with a client and drops the response.
func get(t testing.TB, ctx context.Context, c *http.Client, url string) {
	t.Helper()
	resp, err := c.Do(request(t, ctx, url))
	if err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
}

// The request stays the caller's: its header is not written to, so that it can be
// sent concurrently, and the response names it.
func TestTransportLeavesTheRequest(t *testing.T) {
	srv := newEcho(t, nil)
	ctx, closed := segment(t)
	r := request(t, ctx, srv.URL)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			resp, err := traced.ClientDo(http.DefaultClient, r)
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
			if resp.Request != r {
				t.Error("the response names another request")
			}
		})
	}
	wg.Wait()
	if len(r.Header) != 0 {
		t.Errorf("header %v", r.Header)
	}
	if n := len(closed().Subsegments); n != 8 {
		t.Errorf("%d subsegments", n)
	}
}

// A trailer is filled while the body is sent, through the caller's map.
func TestTransportTrailer(t *testing.T) {
	srv := newEcho(t, nil)
	for i, do := range []func(*http.Client, *http.Request) (*http.Response, error){plain.ClientDo, traced.ClientDo} {
		ctx, closed := segment(t)
		r := request(t, ctx, srv.URL)
		r.Method, r.ContentLength, r.Trailer = "POST", -1, http.Header{"X-Sum": nil}
		r.Body = io.NopCloser(io.MultiReader(strings.NewReader("body"), readerFunc(func([]byte) (int, error) {
			r.Trailer.Set("X-Sum", "4")
			return 0, io.EOF
		})))
		resp, err := do(http.DefaultClient, r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		closed()
		if got := srv.take()[0].Trailer.Get("X-Sum"); got != "4" {
			t.Errorf("side %d: trailer %q", i, got)
		}
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestTransportLeavesTheClient(t *testing.T) {
	c := &http.Client{Timeout: time.Minute}
	srv := newEcho(t, nil)
	ctx, closed := segment(t)
	resp, err := traced.ClientGet(ctx, c, srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	closed()
	if !reflect.DeepEqual(c, &http.Client{Timeout: time.Minute}) {
		t.Errorf("client %+v", c)
	}
}

// Programs and their tests replace http.DefaultTransport, also after a client was made.
func TestTransportOfTheDefault(t *testing.T) {
	old := http.DefaultTransport
	defer func() { http.DefaultTransport = old }()
	clients := []*http.Client{http.DefaultClient, traced.ClientNew()}
	value, declared := traced.ClientLiteral(), traced.ClientVar()
	clients = append(clients, &value, &declared)
	n := 0
	http.DefaultTransport = roundTrip(func(r *http.Request) (*http.Response, error) {
		n++
		return &http.Response{StatusCode: 299, Body: http.NoBody, Request: r}, nil
	})
	ctx, closed := segment(t)
	for _, c := range clients {
		resp, err := traced.ClientGet(ctx, c, "http://nowhere.example/")
		if err != nil || resp.StatusCode != 299 {
			t.Fatalf("got %v, %v", resp, err)
		}
	}
	if got := len(closed().Subsegments); n != 4 || got != 4 {
		t.Errorf("%d requests, %d subsegments", n, got)
	}
}

func TestTransportClosesIdleConnections(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	closed := make(chan bool, 1)
	srv.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateClosed {
			closed <- true
		}
	}
	srv.Start()
	defer srv.Close()
	c := traced.ClientTransport(&http.Transport{})
	get(t, context.Background(), &c, srv.URL)
	c.CloseIdleConnections()
	<-closed
	c = traced.ClientTransport(roundTrip(nil)) // has no such method
	c.CloseIdleConnections()
}

// The text of a timeout's error is not compared: net/http adds "Client.Timeout
// exceeded" reliably for its own transports alone.
func TestTransportTimeout(t *testing.T) {
	release := make(chan struct{})
	srv := newEcho(t, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	for i, do := range []func(*http.Client, *http.Request) (*http.Response, error){plain.ClientDo, traced.ClientDo} {
		ctx, closed := segment(t)
		_, err := do(&http.Client{Timeout: 50 * time.Millisecond}, request(t, ctx, srv.URL))
		var timeout net.Error
		if !errors.As(err, &timeout) || !timeout.Timeout() || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("side %d: %v", i, err)
		}
		if s := closed(); i == 1 && (len(s.Below()) != 1 || !s.Subsegments[0].Fault) {
			t.Errorf("got %s", daemon.Format([]daemon.Segment{s}))
		}
	}
}

func TestTransportCookies(t *testing.T) {
	srv := newEcho(t, func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "id", Value: "7"})
	})
	jar, _ := cookiejar.New(nil)
	c := &http.Client{Jar: jar}
	ctx, closed := segment(t)
	for range 2 {
		resp, err := traced.ClientGet(ctx, c, srv.URL)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	closed()
	if got := srv.take()[1].Header.Get("Cookie"); got != "id=7" {
		t.Errorf("cookie %q", got)
	}
}

func TestTransportRedirects(t *testing.T) {
	srv := newEcho(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/end" {
			http.Redirect(w, r, "/end", http.StatusFound)
		}
	})
	ctx, closed := segment(t)
	resp, err := traced.Get(ctx, srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.Request.URL.Path != "/end" || resp.Request.Response.StatusCode != http.StatusFound {
		t.Errorf("request %+v", resp.Request)
	}
	s, seen := closed(), srv.take()
	if len(s.Below()) != 2 {
		t.Fatalf("got %s", daemon.Format([]daemon.Segment{s}))
	}
	for i, want := range []int{302, 200} {
		sub := s.Subsegments[i]
		if sub.HTTP.Response.Status != want || !strings.Contains(seen[i].Header.Get(traceHeader), "Parent="+sub.ID) || len(seen[i].Header[traceHeader]) != 1 {
			t.Errorf("hop %d: %+v, %v", i, sub, seen[i].Header)
		}
	}

	c := &http.Client{CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) != 1 || via[0].Header.Get(traceHeader) != "" {
			t.Errorf("via %+v", via)
		}
		return http.ErrUseLastResponse
	}}
	ctx, closed = segment(t)
	resp, err = traced.ClientGet(ctx, c, srv.URL)
	if err != nil || resp.StatusCode != 302 {
		t.Fatalf("got %v, %v", resp, err)
	}
	resp.Body.Close()
	if n := len(closed().Below()); n != 1 {
		t.Errorf("%d subsegments", n)
	}
}

// cloning is how transports that add to a request are written.
func cloning(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "secret")
		return next.RoundTrip(r)
	})
}

// passing is a transport that only looks at requests.
func passing(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) { return next.RoundTrip(r) })
}

func TestTransportNotDoubled(t *testing.T) {
	srv := newEcho(t, nil)
	gone := httptest.NewServer(nil)
	gone.Close()
	base := http.RoundTripper(&http.Transport{})
	defer base.(*http.Transport).CloseIdleConnections()
	sdk := xray.RoundTripper
	for name, transport := range map[string]http.RoundTripper{
		"the SDK's":                      sdk(base),
		"the SDK's below a cloning one":  cloning(sdk(base)),
		"the SDK's below a passing one":  passing(sdk(base)),
		"the SDK's on top":               sdk(tracedTransport(base)),
		"the SDK's on top of a cloning":  sdk(cloning(tracedTransport(base))),
		"a traced one":                   tracedTransport(base),
		"a traced one below a cloning":   cloning(tracedTransport(base)),
		"a traced one below a passing":   passing(tracedTransport(base)),
		"three of them":                  tracedTransport(cloning(tracedTransport(passing(tracedTransport(base))))),
		"xray.Client":                    xray.Client(&http.Client{Transport: base}).Transport,
		"xray.Client of a traced client": xray.Client(&http.Client{Transport: tracedTransport(base)}).Transport,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, closed := segment(t)
			resp, err := traced.ClientDo(&http.Client{Transport: transport}, request(t, ctx, srv.URL))
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			s := closed()
			remote := remotes(s)
			if len(remote) != 1 {
				t.Fatalf("got %s", daemon.Format([]daemon.Segment{s}))
			}
			if got := srv.take()[0].Header.Get(traceHeader); !strings.Contains(got, "Parent="+remote[0].ID) {
				t.Errorf("the server gets %s, want %s", got, remote[0].ID)
			}

			ctx, closed = segment(t)
			if _, err := traced.ClientDo(&http.Client{Transport: transport}, request(t, ctx, gone.URL)); err == nil {
				t.Fatal("no error")
			}
			want := 1
			if name == "the SDK's below a cloning one" {
				want = 2 // without a response nothing tells of the inner one: known, and rare
			}
			if s := closed(); len(remotes(s)) != want {
				t.Errorf("after an error: got %s", daemon.Format([]daemon.Segment{s}))
			}
		})
	}
}

// remotes returns the subsegments that stand for calls.
func remotes(s daemon.Segment) []daemon.Segment {
	var out []daemon.Segment
	for _, s := range s.Below() {
		if s.Namespace == "remote" {
			out = append(out, s)
		}
	}
	return out
}

// A transport that asks another host on the way, for a token, has that call
// recorded as well.
func TestTransportAsksAnotherHost(t *testing.T) {
	srv, tokens := newEcho(t, nil), newEcho(t, nil)
	transport := roundTrip(func(r *http.Request) (*http.Response, error) {
		resp, err := traced.Get(r.Context(), tokens.URL)
		if err != nil {
			return nil, err
		}
		resp.Body.Close()
		return http.DefaultTransport.RoundTrip(r)
	})
	ctx, closed := segment(t)
	c := traced.ClientTransport(transport)
	get(t, ctx, &c, srv.URL)
	names := map[string]bool{}
	for _, s := range closed().Below() {
		names[s.Name] = true
	}
	if !reflect.DeepEqual(names, map[string]bool{srv.host(): true, tokens.host(): true}) {
		t.Errorf("got %v", names)
	}
}

func TestTransportDirectly(t *testing.T) {
	ctx, closed := segment(t)
	defer closed()
	for _, r := range []*http.Request{
		(&http.Request{Method: "GET", Header: http.Header{}}).WithContext(ctx),
		(&http.Request{Method: "GET", URL: &url.URL{Scheme: "http", Host: "x.example"}}).WithContext(ctx),
		(&http.Request{Method: "GET", URL: &url.URL{}, Header: http.Header{}}).WithContext(ctx),
	} {
		_, want := http.DefaultTransport.RoundTrip(r)
		_, got := tracedTransport(nil).RoundTrip(r)
		if fmt.Sprint(got) != fmt.Sprint(want) || got == nil {
			t.Errorf("plain %v, traced %v", want, got)
		}
	}
}

// The name is the host that the request is for, and nothing secret is recorded.
func TestTransportRecords(t *testing.T) {
	ctx, closed := segment(t)
	c := traced.ClientTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 503, Body: http.NoBody}, nil
	}))
	r := request(t, ctx, "https://user:secret@api.example:8443/a%2Fb?key=secret#part")
	r.Host = "virtual.example"
	if _, err := c.Do(r); err != nil {
		t.Fatal(err)
	}
	sub := closed().Subsegments[0]
	if sub.Name != "virtual.example" || sub.HTTP.Request.URL != "https://api.example:8443/a%2Fb#part" || !sub.Fault || sub.Error {
		t.Errorf("subsegment %+v", sub)
	}
}

func TestTransportUnsampled(t *testing.T) {
	srv := newEcho(t, nil)
	trace := xray.NewTraceID()
	h := handlers(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		get(t, r.Context(), &http.Client{Transport: tracedTransport(nil)}, srv.URL)
	}))[1]
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set(traceHeader, "Root="+trace+";Sampled=0")
	h.ServeHTTP(httptest.NewRecorder(), r)
	if got := srv.take()[0].Header.Get(traceHeader); !strings.HasPrefix(got, "Root="+trace+";") || !strings.HasSuffix(got, ";Sampled=0") {
		t.Errorf("the server gets %s", got)
	}
	none(t, trace)
}

func TestTransportDisabled(t *testing.T) {
	srv := newEcho(t, nil)
	ctx, seg := xray.BeginSegment(context.Background(), "test")
	t.Setenv("AWS_XRAY_SDK_DISABLED", "TRUE")
	r := request(t, ctx, srv.URL)
	c := traced.ClientTransport(roundTrip(func(got *http.Request) (*http.Response, error) {
		if got != r {
			t.Error("the request is another one")
		}
		return http.DefaultTransport.RoundTrip(got)
	}))
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	t.Setenv("AWS_XRAY_SDK_DISABLED", "")
	seg.Close(nil)
	if got := srv.take()[0].Header[traceHeader]; got != nil {
		t.Errorf("the server gets %v", got)
	}
	if s := receiver.Trace(t, seg.TraceID, 1)[0]; len(s.Subsegments) != 0 {
		t.Errorf("got %s", daemon.Format([]daemon.Segment{s}))
	}
}

// In AWS Lambda the segment is the platform's, which a context names.
func TestTransportInLambda(t *testing.T) {
	srv := newEcho(t, nil)
	trace, header := incoming()
	ctx := context.WithValue(context.Background(), xray.LambdaTraceHeaderKey, header)
	get(t, ctx, &http.Client{Transport: tracedTransport(nil)}, srv.URL)
	s := one(t, trace)
	if s.Name != srv.host() || s.Type != "subsegment" || s.Parent != parent {
		t.Errorf("got %+v", s)
	}
	if got := srv.take()[0].Header.Get(traceHeader); got != "Root="+trace+";Parent="+s.ID+";Sampled=1" {
		t.Errorf("the server gets %s", got)
	}

	trace, header = incoming()
	ctx = context.WithValue(context.Background(), xray.LambdaTraceHeaderKey, header)
	get(t, ctx, &http.Client{Transport: tracedTransport(cloning(xray.RoundTripper(http.DefaultTransport)))}, srv.URL)
	if s := one(t, trace); !strings.Contains(srv.take()[0].Header.Get(traceHeader), "Parent="+s.ID) {
		t.Errorf("got %+v", s)
	}
}

// A call that ends after the request's segment is sent by itself; the segment is
// not sent again.
func TestTransportAfterTheSegment(t *testing.T) {
	release := make(chan struct{})
	srv := newEcho(t, func(http.ResponseWriter, *http.Request) { <-release })
	var wg sync.WaitGroup
	h := handlers(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := context.WithoutCancel(r.Context())
		for range 3 {
			wg.Go(func() { get(t, ctx, &http.Client{Transport: tracedTransport(nil)}, srv.URL) })
		}
		eventually(func() bool { return len(srv.peek()) == 3 })
	}))[1]
	trace, header := incoming()
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set(traceHeader, header)
	h.ServeHTTP(httptest.NewRecorder(), r)
	close(release)
	wg.Wait()
	packets := receiver.Exactly(t, trace, 4, mark)
	for i, s := range packets {
		if i == 0 && s.Name != service || i > 0 && (s.Name != srv.host() || s.Type != "subsegment" || s.Parent != packets[0].ID || s.InProgress) {
			t.Errorf("got %s", daemon.Format(packets))
		}
	}
}

func (e *echo) peek() []received {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.seen
}

// Calls that share a connection leave nothing open.
func TestTransportHTTP2(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.EnableHTTP2 = true
	srv.StartTLS()
	defer srv.Close()
	ctx, closed := segment(t)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			resp, err := traced.ClientGet(ctx, srv.Client(), srv.URL)
			if err != nil {
				t.Error(err)
				return
			}
			resp.Body.Close()
			if resp.ProtoMajor != 2 {
				t.Errorf("protocol %s", resp.Proto)
			}
		})
	}
	wg.Wait()
	if n := len(closed().Below()); n != 10 {
		t.Errorf("%d subsegments", n)
	}
}

// A panic below passes through.
func TestTransportPanic(t *testing.T) {
	ctx, seg := xray.BeginSegment(context.Background(), "test")
	defer seg.Close(nil)
	defer func() {
		if got := recover(); got != "mine" {
			t.Errorf("got %v", got)
		}
	}()
	c := traced.ClientTransport(roundTrip(func(*http.Request) (*http.Response, error) { panic("mine") }))
	c.Do(request(t, ctx, "http://x.example/"))
}
