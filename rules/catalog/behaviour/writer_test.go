package behaviour

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

// abilities lists what a handler can do with its writer beyond the writer's own
// methods.
func abilities(w http.ResponseWriter) []string {
	var can []string
	note := func(name string, ok bool) {
		if ok {
			can = append(can, name)
		}
	}
	_, ok := w.(http.Flusher)
	note("Flusher", ok)
	_, ok = w.(http.Hijacker)
	note("Hijacker", ok)
	_, ok = w.(http.Pusher)
	note("Pusher", ok)
	_, ok = w.(http.CloseNotifier)
	note("CloseNotifier", ok)
	c := http.NewResponseController(w)
	for name, err := range map[string]error{
		"read deadline":  c.SetReadDeadline(time.Now().Add(time.Minute)),
		"write deadline": c.SetWriteDeadline(time.Now().Add(time.Minute)),
		"full duplex":    c.EnableFullDuplex(),
		"flush":          c.Flush(),
	} {
		note(fmt.Sprintf("%s=%v", name, err), true)
	}
	return can
}

func TestWriterAbilities(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		var seen []map[string]bool
		srv, _ := servers(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			seen = append(seen, set(abilities(w)))
			if _, ok := w.(io.StringWriter); !ok {
				t.Error("no StringWriter")
			}
			if _, ok := w.(io.ReaderFrom); !ok && !http2 {
				t.Error("no ReaderFrom")
			}
		}), http2)
		for _, s := range srv {
			ask(t, s.Client(), s.URL, "")
		}
		if !reflect.DeepEqual(seen[0], seen[1]) {
			t.Errorf("HTTP/2 %t: plain %v, traced %v", http2, seen[0], seen[1])
		}
	}
	for name, writer := range map[string]func() http.ResponseWriter{
		"recorder":  func() http.ResponseWriter { return httptest.NewRecorder() },
		"bare":      func() http.ResponseWriter { return bare{http.Header{}} },
		"unwrapped": func() http.ResponseWriter { return unwrapped{bare{http.Header{}}, httptest.NewRecorder()} },
	} {
		var seen []map[string]bool
		for _, h := range handlers(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { seen = append(seen, set(abilities(w))) })) {
			h.ServeHTTP(writer(), httptest.NewRequest("GET", "/", nil))
		}
		if !reflect.DeepEqual(seen[0], seen[1]) {
			t.Errorf("%s: plain %v, traced %v", name, seen[0], seen[1])
		}
	}
}

func set(words []string) map[string]bool {
	m := map[string]bool{}
	for _, w := range words {
		m[w] = true
	}
	return m
}

// bare is a writer without any other method.
type bare struct{ header http.Header }

func (b bare) Header() http.Header         { return b.header }
func (b bare) Write(p []byte) (int, error) { return len(p), nil }
func (b bare) WriteHeader(int)             {}

// unwrapped is a writer whose abilities a controller finds behind it.
type unwrapped struct {
	bare
	behind http.ResponseWriter
}

func (u unwrapped) Unwrap() http.ResponseWriter { return u.behind }

// A controller's Flush tells that the client has gone.
func TestWriterFlushError(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		failed := make(chan bool, 2)
		srv, _ := servers(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c := http.NewResponseController(w)
			io.WriteString(w, "first")
			c.Flush()
			<-r.Context().Done()
			deadline := time.Now().Add(10 * time.Second)
			var err error
			for err == nil && time.Now().Before(deadline) {
				io.WriteString(w, "more")
				err = c.Flush()
			}
			failed <- err != nil
		}), http2)
		for i, s := range srv {
			ctx, cancel := context.WithCancel(context.Background())
			r, _ := http.NewRequestWithContext(ctx, "GET", s.URL, nil)
			resp, err := s.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			io.ReadFull(resp.Body, make([]byte, 5))
			cancel()
			resp.Body.Close()
			if !<-failed {
				t.Errorf("HTTP/2 %t, side %d: Flush returns no error", http2, i)
			}
		}
	}
}

func TestWriterStreams(t *testing.T) {
	release := make(chan struct{})
	srv, _ := servers(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "first")
		w.(http.Flusher).Flush()
		<-release
		io.WriteString(w, " second")
	}), false)
	resp, err := srv[1].Client().Get(srv[1].URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	first := make([]byte, 5)
	if _, err := io.ReadFull(resp.Body, first); err != nil || string(first) != "first" {
		t.Errorf("got %q, %v", first, err)
	}
	close(release)
	if rest, err := io.ReadAll(resp.Body); err != nil || string(rest) != " second" {
		t.Errorf("got %q, %v", rest, err)
	}
}

func TestWriterServesFiles(t *testing.T) {
	name := filepath.Join(t.TempDir(), "large.txt")
	if err := os.WriteFile(name, []byte(strings.Repeat("0123456789", 100_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	a, s := both(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, name) }), false)
	if len(a.Body) != 1_000_000 || s.HTTP.Response.Status != 200 {
		t.Errorf("%d bytes, status %d", len(a.Body), s.HTTP.Response.Status)
	}
}

func TestWriterTrailer(t *testing.T) {
	a, _ := both(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Sum")
		io.WriteString(w, "body")
		w.Header().Set("X-Sum", "4")
		w.Header().Set(http.TrailerPrefix+"X-Late", "5")
	}), false)
	if a.Trailer.Get("X-Sum") != "4" || a.Trailer.Get("X-Late") != "5" {
		t.Errorf("trailer %v", a.Trailer)
	}
}

func TestWriterPush(t *testing.T) {
	a, _ := both(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, w.(http.Pusher).Push("/style.css", nil)) // the client of the standard library takes none
	}), true)
	if a.Body != http.ErrNotSupported.Error() {
		t.Errorf("got %q", a.Body)
	}
}

func TestWriterHijack(t *testing.T) {
	for _, how := range []func(http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error){
		func(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error) { return w.(http.Hijacker).Hijack() },
		func(w http.ResponseWriter) (net.Conn, *bufio.ReadWriter, error) {
			return http.NewResponseController(w).Hijack()
		},
	} {
		a, _ := both(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, buf, err := how(w)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			fmt.Fprint(buf, "HTTP/1.1 202 Accepted\r\nContent-Length: 4\r\n\r\nmine")
			buf.Flush()
			if _, err := w.Write(nil); !errors.Is(err, http.ErrHijacked) {
				t.Errorf("Write returns %v", err)
			}
		}), false)
		if a.Status != 202 || a.Body != "mine" {
			t.Errorf("got %+v", a)
		}
	}
}

func TestWriterInformational(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		srv, _ := servers(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", "</style.css>; rel=preload")
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(http.StatusProcessing)
			io.WriteString(w, "done")
		}), http2)
		for i, s := range srv {
			trace, header := incoming()
			r, _ := http.NewRequest("GET", s.URL, nil)
			r.Header.Set(traceHeader, header)
			var codes []int
			r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
				Got1xxResponse: func(code int, _ textproto.MIMEHeader) error {
					codes = append(codes, code)
					return nil
				},
			}))
			a := do(s.Client(), r)
			if !reflect.DeepEqual(codes, []int{103, 102}) || a.Status != 200 || a.Body != "done" {
				t.Errorf("side %d: codes %v, %+v", i, codes, a)
			}
			if i == 1 {
				if got := one(t, trace).HTTP.Response.Status; got != 200 {
					t.Errorf("recorded as %d", got)
				}
			}
		}
	}
}

// http.MaxBytesReader asks the server's own writer, which it knows by an
// unexported method, to close the connection. It finds none behind any other
// writer, so that the response to a body that is too large lacks "Connection:
// close". The body is cut off all the same.
func TestWriterMaxBytes(t *testing.T) {
	var got [2]answer
	srv, _ := servers(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4))
		http.Error(w, fmt.Sprint(err), http.StatusRequestEntityTooLarge)
	}), false)
	for i, s := range srv {
		r, _ := http.NewRequest("POST", s.URL, strings.NewReader("too large"))
		got[i] = do(s.Client(), r)
	}
	if !got[0].Close || got[1].Close {
		t.Errorf("plain %t, traced %t: is the difference gone?", got[0].Close, got[1].Close)
	}
	got[0].Close = false
	if !reflect.DeepEqual(got[0], got[1]) {
		t.Errorf("plain  %+v\ntraced %+v", got[0], got[1])
	}
}

// The SDK's own handler adds the trace's header to the response; this one adds
// none, with or without a header that comes in.
func TestWriterAddsNoHeader(t *testing.T) {
	for _, header := range []string{"", "Root=" + xray.NewTraceID() + ";Sampled=?"} {
		for _, h := range handlers(http.NotFoundHandler()) {
			w := httptest.NewRecorder()
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set(traceHeader, header)
			h.ServeHTTP(w, r)
			if got := w.Header().Get(traceHeader); got != "" {
				t.Errorf("got %q", got)
			}
		}
	}
}
