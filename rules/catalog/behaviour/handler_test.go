package behaviour

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-xray-sdk-go/v2/xray"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/daemon"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

// handlers returns a handler as either dialect hands it to a server.
func handlers(h http.Handler) [2]http.Handler {
	p, x := plain.ServerHandler(service, h), traced.ServerHandler(service, h)
	return [2]http.Handler{p.Handler, x.Handler}
}

// servers starts a server of either dialect. Their error logs are the buffers.
func servers(t testing.TB, h http.Handler, http2 bool) (srv [2]*httptest.Server, logs [2]*syncBuffer) {
	for i, h := range handlers(h) {
		logs[i] = &syncBuffer{}
		srv[i] = httptest.NewUnstartedServer(h)
		srv[i].Config.ErrorLog = log.New(logs[i], "", 0)
		srv[i].EnableHTTP2 = http2
		if http2 {
			srv[i].StartTLS()
		} else {
			srv[i].Start()
		}
		srv[i].Client().CheckRedirect = asked
		t.Cleanup(srv[i].Close)
	}
	return srv, logs
}

// both asks a server of either dialect the same, compares the answers, and
// returns the traced side's with the segment.
func both(t *testing.T, h http.Handler, http2 bool) (answer, daemon.Segment) {
	t.Helper()
	srv, _ := servers(t, h, http2)
	trace, header := incoming()
	plainly := ask(t, srv[0].Client(), srv[0].URL+"/path?secret=1", header)
	none(t, trace)
	got := ask(t, srv[1].Client(), srv[1].URL+"/path?secret=1", header)
	for i, a := range []*answer{&plainly, &got} { // the addresses differ
		a.Err = strings.ReplaceAll(a.Err, srv[i].URL, "")
		a.Body = strings.ReplaceAll(a.Body, srv[i].URL, "")
	}
	if !reflect.DeepEqual(plainly, got) {
		t.Errorf("plain  %+v\ntraced %+v", plainly, got)
	}
	s := one(t, trace)
	if s.Name != service || s.Parent != parent {
		t.Errorf("segment %s below %s, want %s below %s", s.Name, s.Parent, service, parent)
	}
	return got, s
}

type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestHandlerStatus(t *testing.T) {
	for _, test := range []struct {
		name                   string
		handle                 func(w http.ResponseWriter)
		status                 int
		failed, throttle, flaw bool
	}{
		{"nothing written", func(http.ResponseWriter) {}, 200, false, false, false},
		{"body alone", func(w http.ResponseWriter) { io.WriteString(w, "ok") }, 200, false, false, false},
		{"200", status(200), 200, false, false, false},
		{"204", status(204), 204, false, false, false},
		{"304", status(304), 304, false, false, false},
		{"404", status(404), 404, true, false, false},
		{"429", status(429), 429, true, true, false},
		{"500", status(500), 500, false, false, true},
		{"599", status(599), 599, false, false, true},
		{"an error after Write", func(w http.ResponseWriter) {
			w.Write([]byte("half"))
			w.WriteHeader(500)
		}, 200, false, false, false},
		{"an error after WriteString", func(w http.ResponseWriter) {
			io.WriteString(w, "half")
			w.WriteHeader(500)
		}, 200, false, false, false},
		{"an error after ReadFrom", func(w http.ResponseWriter) {
			io.Copy(w, io.LimitReader(strings.NewReader("half"), 4))
			w.WriteHeader(500)
		}, 200, false, false, false},
		{"an error after an empty ReadFrom", func(w http.ResponseWriter) {
			io.Copy(w, io.LimitReader(strings.NewReader(""), 4))
			w.WriteHeader(500)
		}, 500, false, false, true},
		{"an error after Flush", func(w http.ResponseWriter) {
			w.(http.Flusher).Flush()
			w.WriteHeader(500)
		}, 200, false, false, false},
		{"an error after a controller's Flush", func(w http.ResponseWriter) {
			http.NewResponseController(w).Flush()
			w.WriteHeader(500)
		}, 200, false, false, false},
		{"two errors", func(w http.ResponseWriter) {
			w.WriteHeader(404)
			w.WriteHeader(500)
		}, 404, true, false, false},
		{"informational first", func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(503)
		}, 503, false, false, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, http2 := range []bool{false, true} {
				h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { test.handle(w) })
				a, s := both(t, h, http2)
				if a.Status != test.status || s.HTTP.Response.Status != test.status {
					t.Errorf("status %d, recorded as %d, want %d", a.Status, s.HTTP.Response.Status, test.status)
				}
				if s.Error != test.failed || s.Throttle != test.throttle || s.Fault != test.flaw {
					t.Errorf("error %t, throttle %t, fault %t", s.Error, s.Throttle, s.Fault)
				}
			}
		})
	}
}

func status(code int) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) { w.WriteHeader(code) }
}

func TestHandlerRecordsTheRequest(t *testing.T) {
	h := handlers(http.NotFoundHandler())[1]
	for _, test := range []struct {
		forwarded, remote, want string
		through                 bool
	}{
		{"", "192.0.2.1:1234", "192.0.2.1", false},
		{"", "@", "@", false},
		{"203.0.113.9, 70.41.3.18", "192.0.2.1:1234", "203.0.113.9", true},
	} {
		trace, header := incoming()
		r := httptest.NewRequest("PUT", "https://shop.example/a%2Fb/c?q=secret", nil)
		r.Header.Set(traceHeader, header)
		r.Header.Set("User-Agent", "teller/1")
		if test.forwarded != "" {
			r.Header.Set("X-Forwarded-For", test.forwarded)
		}
		r.RemoteAddr = test.remote
		h.ServeHTTP(httptest.NewRecorder(), r)
		req := one(t, trace).HTTP.Request
		if req.Method != "PUT" || req.URL != "https://shop.example/a/b/c" || req.UserAgent != "teller/1" {
			t.Errorf("request %+v", req)
		}
		if req.ClientIP != test.want || req.XForwardedFor != test.through {
			t.Errorf("client %s, forwarded %t, want %s, %t", req.ClientIP, req.XForwardedFor, test.want, test.through)
		}
	}
}

func TestHandlerNamedByTheEnvironment(t *testing.T) {
	t.Setenv("AWS_XRAY_TRACING_NAME", "renamed")
	trace, header := incoming()
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set(traceHeader, header)
	handlers(http.NotFoundHandler())[1].ServeHTTP(httptest.NewRecorder(), r)
	if s := one(t, trace); s.Name != "renamed" {
		t.Errorf("segment %s", s.Name)
	}
}

func TestHandlerPanic(t *testing.T) {
	mine := errors.New("mine")
	for _, test := range []struct {
		value  any
		status int // written before
	}{
		{mine, 0},
		{"a word", 0},
		{http.ErrAbortHandler, 0},
		{http.ErrAbortHandler, 200},
		{"a word", 404},
	} {
		t.Run(fmt.Sprint(test.value, test.status), func(t *testing.T) {
			h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if test.status != 0 {
					w.WriteHeader(test.status)
					w.(http.Flusher).Flush()
				}
				panic(test.value)
			})
			_, s := both(t, h, false)
			if !s.Fault || s.HTTP.Response.Status != test.status {
				t.Errorf("fault %t, status %d", s.Fault, s.HTTP.Response.Status)
			}
			for i, h := range handlers(h) {
				func() {
					defer func() {
						if got := recover(); got != test.value {
							t.Errorf("side %d panics with %v, want %v", i, got, test.value)
						}
					}()
					h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
				}()
			}
		})
	}
}

// The server logs where a handler panicked; that must be found as well behind the
// traced side.
func TestHandlerPanicLog(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		srv, logs := servers(t, http.HandlerFunc(panicking), http2)
		for i, s := range srv {
			_, header := incoming()
			ask(t, s.Client(), s.URL, header)
			eventually(func() bool { return logs[i].String() != "" })
			if got := logs[i].String(); !strings.Contains(got, ": mine\n") || !strings.Contains(got, "behaviour.panicking(") {
				t.Errorf("side %d logs %q", i, got)
			}
		}
	}
	srv, logs := servers(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), false)
	for i, s := range srv {
		_, header := incoming()
		ask(t, s.Client(), s.URL, header)
		s.Close() // waits for the handler
		if got := logs[i].String(); got != "" {
			t.Errorf("side %d logs %q", i, got)
		}
	}
}

func panicking(http.ResponseWriter, *http.Request) { panic("mine") }

func TestHandlerGoexit(t *testing.T) {
	trace, header := incoming()
	done := make(chan struct{})
	go func() {
		defer close(done)
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set(traceHeader, header)
		handlers(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { runtime.Goexit() }))[1].ServeHTTP(httptest.NewRecorder(), r)
	}()
	<-done
	if s := one(t, trace); !s.Fault {
		t.Error("no fault")
	}
}

func TestHandlerOfTheDefaultMux(t *testing.T) {
	old := http.DefaultServeMux
	defer func() { http.DefaultServeMux = old }()
	h := handlers(nil)[1]
	http.DefaultServeMux = http.NewServeMux() // after the handler was made
	http.HandleFunc("/replaced", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) })
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("GET", "/replaced", nil))
	if w.Code != http.StatusAccepted {
		t.Errorf("status %d", w.Code)
	}
}

func TestHandlerNested(t *testing.T) {
	inner := handlers(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNotFound) }))[1]
	for name, outer := range map[string]http.Handler{
		"twice":               handlers(inner)[1],
		"inside xray.Handler": xray.Handler(xray.NewFixedSegmentNamer(service), inner),
		"on a route":          handlers(mux("/", inner))[1],
	} {
		t.Run(name, func(t *testing.T) {
			trace, header := incoming()
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set(traceHeader, header)
			outer.ServeHTTP(httptest.NewRecorder(), r)
			packets := receiver.Trace(t, trace, 1)
			for _, s := range packets { // the SDK's own handler may send its segment twice
				if s.ID != packets[0].ID || len(s.Subsegments) != 0 || s.HTTP.Response.Status != http.StatusNotFound {
					t.Errorf("got %s", daemon.Format(packets))
				}
			}
		})
	}
}

func mux(pattern string, h http.Handler) http.Handler {
	m := http.NewServeMux()
	m.Handle(pattern, h)
	return m
}

func TestHandlerTrace(t *testing.T) {
	var seen *xray.Segment
	h := handlers(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = xray.GetSegment(r.Context())
		_, sub := xray.BeginSubsegment(r.Context(), "work")
		sub.Close(nil)
	}))[1]
	serve := func(header string) {
		r := httptest.NewRequest("GET", "/", nil)
		if header != "" {
			r.Header.Set(traceHeader, header)
		}
		h.ServeHTTP(httptest.NewRecorder(), r)
	}

	trace, header := incoming()
	serve(header)
	s := one(t, trace)
	if s.Parent != parent || len(s.Subsegments) != 1 || s.Subsegments[0].Name != "work" || s.Type != "" {
		t.Errorf("segment %s", daemon.Format([]daemon.Segment{s}))
	}
	if seen.DownstreamHeader().String() != "Root="+trace+";Parent="+s.ID+";Sampled=1" {
		t.Errorf("downstream %s", seen.DownstreamHeader())
	}

	serve("") // a trace of its own
	if s := one(t, seen.TraceID); s.Parent != "" {
		t.Errorf("parent %s", s.Parent)
	}

	trace = xray.NewTraceID() // the decision is this service's
	serve("Root=" + trace + ";Parent=" + parent)
	if s := one(t, trace); s.Parent != parent {
		t.Errorf("parent %s", s.Parent)
	}

	trace = xray.NewTraceID()
	serve("Root=" + trace + ";Parent=" + parent + ";Sampled=0")
	if got := seen.DownstreamHeader(); got.TraceID != trace || got.SamplingDecision != "Sampled=0" {
		t.Errorf("downstream %s", got)
	}
	none(t, trace)
}

func TestHandlerDisabled(t *testing.T) {
	t.Setenv("AWS_XRAY_SDK_DISABLED", "TRUE")
	trace, header := incoming()
	var writers []string
	srv, _ := servers(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		writers = append(writers, fmt.Sprintf("%T", w))
		if r.Context().Value(xray.ContextKey) != nil {
			t.Error("there is a segment")
		}
	}), false)
	for _, s := range srv {
		ask(t, s.Client(), s.URL, header)
	}
	if writers[0] != writers[1] {
		t.Errorf("writers %v", writers)
	}
	t.Setenv("AWS_XRAY_SDK_DISABLED", "")
	none(t, trace)
}

func TestHandlerContext(t *testing.T) {
	type key struct{}
	h := handlers(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Context().Value(key{}) != "mine" {
			t.Error("a value is missing")
		}
		if r.Context().Err() == nil {
			t.Error("the context is not cancelled")
		}
	}))[1]
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, "mine"))
	cancel()
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil).WithContext(ctx))
}

// A client that goes before the handler ends costs no packet more: the segment
// goes out once, with all that the handler did.
func TestHandlerClientGone(t *testing.T) {
	started := make(chan context.CancelFunc)
	gone := make(chan struct{})
	var downstream *httptest.Server
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for range 5 {
			_, sub := xray.BeginSubsegment(r.Context(), "before")
			sub.Close(nil)
		}
		resp, err := traced.Get(r.Context(), downstream.URL) // ends with the client
		if err == nil {
			resp.Body.Close()
			t.Error("the call succeeds")
		}
		<-r.Context().Done()
		for range 5 {
			_, sub := xray.BeginSubsegment(r.Context(), "after")
			sub.Close(nil)
		}
		close(gone)
	})
	release := make(chan struct{})
	downstream = httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		(<-started)()
		<-release
	}))
	defer downstream.Close()
	defer close(release)

	srv := httptest.NewServer(handlers(h)[1])
	defer srv.Close()
	trace, header := incoming()
	ctx, cancel := context.WithCancel(context.Background())
	r, _ := http.NewRequestWithContext(ctx, "GET", srv.URL, nil)
	r.Header.Set(traceHeader, header)
	go func() { started <- cancel }()
	if _, err := client(t, nil).Do(r); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-gone
	s := one(t, trace)
	if len(s.Subsegments) != 11 {
		t.Errorf("got %s", daemon.Format([]daemon.Segment{s}))
	}
}

func TestHandlerConcurrently(t *testing.T) {
	srv, _ := servers(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, sub := xray.BeginSubsegment(r.Context(), "work")
		defer sub.Close(nil)
		fmt.Fprint(w, r.URL.Path)
	}), false)
	var wg sync.WaitGroup
	traces := make(chan string, 100)
	for i := range 4 {
		wg.Go(func() {
			for k := range 25 {
				trace, header := incoming()
				path := fmt.Sprintf("/%d/%d", i, k)
				if a := ask(t, srv[1].Client(), srv[1].URL+path, header); a.Body != path {
					t.Errorf("got %+v", a)
				}
				traces <- trace
			}
		})
	}
	wg.Wait()
	close(traces)
	for trace := range traces {
		if s := receiver.Trace(t, trace, 1)[0]; len(s.Subsegments) != 1 {
			t.Errorf("got %s", daemon.Format([]daemon.Segment{s}))
		}
	}
}

// The server removes the files of a form that the handler has parsed.
func TestHandlerForm(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		t.Setenv("TMPDIR", t.TempDir())
		srv, _ := servers(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := r.ParseMultipartForm(1); err != nil {
				t.Error(err)
			}
			if n := tempFiles(t); n != 1 {
				t.Errorf("%d files during the request, want 1", n)
			}
		}), http2)
		for i, s := range srv {
			var body bytes.Buffer
			form := multipart.NewWriter(&body)
			file, _ := form.CreateFormFile("file", "name")
			file.Write(make([]byte, 1<<20))
			form.Close()
			resp, err := s.Client().Post(s.URL, form.FormDataContentType(), &body)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			s.Close()
			if n := tempFiles(t); n != 0 {
				t.Errorf("side %d leaves %d files behind", i, n)
			}
		}
	}
}

func tempFiles(t testing.TB) int {
	files, err := os.ReadDir(os.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

// Code around the handler sees of the request what it saw before: the route that
// was chosen, and no segment that has ended.
func TestHandlerRequest(t *testing.T) {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /items/{id}", func(w http.ResponseWriter, r *http.Request) { r.FormValue("q") })
	for i, h := range handlers(routes) {
		r := httptest.NewRequest("GET", "/items/7?q=x", nil)
		h.ServeHTTP(httptest.NewRecorder(), r)
		if r.Pattern != "GET /items/{id}" || r.PathValue("id") != "7" || r.Form.Get("q") != "x" {
			t.Errorf("side %d: pattern %q, id %q, form %v", i, r.Pattern, r.PathValue("id"), r.Form)
		}
		if xray.GetSegment(r.Context()) != nil {
			t.Errorf("side %d: the segment is seen outside", i)
		}
	}
}

// Handlers of the standard library that use the writer in ways of their own.
func TestHandlersOfTheStandardLibrary(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusAccepted)
		for range 3 {
			fmt.Fprint(w, "part ")
			w.(http.Flusher).Flush()
		}
		w.Header().Set("X-Sum", "3")
	}))
	defer backend.Close()
	target, err := url.Parse(backend.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.FlushInterval = -1
	for name, test := range map[string]struct {
		h      http.Handler
		status int
	}{
		"redirect": {http.RedirectHandler("/there", http.StatusSeeOther), 303},
		"files":    {http.FileServer(http.Dir(t.TempDir())), 404},
		"prefix":   {http.StripPrefix("/path", http.NotFoundHandler()), 404},
		"timeout":  {http.TimeoutHandler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }), time.Millisecond, "late"), 503},
		"in time":  {http.TimeoutHandler(http.HandlerFunc(panicking), time.Minute, "late"), 0},
		"proxy":    {proxy, 202},
	} {
		t.Run(name, func(t *testing.T) {
			for _, http2 := range []bool{false, true} {
				_, s := both(t, test.h, http2)
				if s.HTTP.Response.Status != test.status || s.Fault != (test.status == 503 || test.status == 0) {
					t.Errorf("status %d, fault %t", s.HTTP.Response.Status, s.Fault)
				}
			}
		})
	}
}
