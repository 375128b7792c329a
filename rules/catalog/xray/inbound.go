package xray

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"

	"github.com/aws/aws-xray-sdk-go/v2/header"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

func ListenAndServe(service, addr string, h http.Handler) error {
	return http.ListenAndServe(addr, xrayHandler(service, h))
}

func ListenAndServeTLS(service, addr, cert, key string, h http.Handler) error {
	return http.ListenAndServeTLS(addr, cert, key, xrayHandler(service, h))
}

func Serve(service string, l net.Listener, h http.Handler) error {
	return http.Serve(l, xrayHandler(service, h))
}

func ServeTLS(service string, l net.Listener, h http.Handler, cert, key string) error {
	return http.ServeTLS(l, xrayHandler(service, h), cert, key)
}

func ServerHandler(service string, h http.Handler) http.Server {
	return http.Server{Handler: xrayHandler(service, h)}
}

func ServerDefault(service string) http.Server {
	return http.Server{Handler: xrayHandler(service, nil)}
}

func SetHandler(service string, srv *http.Server, h http.Handler) {
	srv.Handler = xrayHandler(service, h)
}

// xrayHandler gives each request that next serves a segment of the service. A
// nil next is http.DefaultServeMux, as it is for http.Server. Beside
// xray.Handler it records a panic as a fault, leaves the response's headers and
// the optional methods of its writer as they are, does not begin a second
// segment where one is open, and ends the segment whole when the client has
// gone before the handler ends. Inside AWS Lambda, which begins segments itself,
// the request's calls are recorded below the function's.
func xrayHandler(service string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := next
		if h == nil {
			h = http.DefaultServeMux
		}
		if !xrayBegins(r.Context()) {
			xrayAdopt(r)
			h.ServeHTTP(w, r)
			return
		}
		seg, inner := xrayBegin(service, r)
		status := &xrayStatus{ResponseWriter: w}
		defer func() {
			status.end(seg)
			*r = *inner.WithContext(r.Context()) // the server removes the files of a form that h has parsed
		}()
		h.ServeHTTP(status.writer(), inner)
		status.done = true
	})
}

// xrayBegin begins the segment of a request, in the trace that its header names, and
// returns it with a copy of the request that carries it. The segment does not end when
// the client goes away.
func xrayBegin(service string, r *http.Request) (*xray.Segment, *http.Request) {
	parent := header.FromString(r.Header.Get(xrayTraceHeader))
	_, seg := xray.NewSegmentFromHeader(context.WithoutCancel(r.Context()), service, r, parent)
	xrayRequest(seg, r)
	return seg, r.WithContext(context.WithValue(r.Context(), xray.ContextKey, seg))
}

// xrayRequest records what came in, unless the segment is not sampled. As the SDK does,
// it leaves out the query.
func xrayRequest(seg *xray.Segment, r *http.Request) {
	if seg.Dummy {
		return
	}
	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	client, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		client = r.RemoteAddr
	}
	forwarded, _, _ := strings.Cut(r.Header.Get("X-Forwarded-For"), ",")
	seg.Lock()
	defer seg.Unlock()
	req := seg.GetHTTP().GetRequest()
	req.Method, req.URL, req.UserAgent = r.Method, scheme+r.Host+r.URL.Path, r.UserAgent()
	req.ClientIP = client
	if forwarded != "" {
		req.ClientIP, req.XForwardedFor = strings.TrimSpace(forwarded), true
	}
}

// xrayStatus notes the status that a handler answers with: the first final one,
// or 200 once anything else is sent.
type xrayStatus struct {
	http.ResponseWriter
	code int
	done bool // the handler returned; it did not panic
}

func (s *xrayStatus) note(code int) {
	if s.code == 0 && (code >= 200 || code == http.StatusSwitchingProtocols) {
		s.code = code
	}
}

func (s *xrayStatus) WriteHeader(code int) {
	s.note(code)
	s.ResponseWriter.WriteHeader(code)
}

func (s *xrayStatus) Write(b []byte) (int, error) {
	s.note(http.StatusOK)
	return s.ResponseWriter.Write(b)
}

func (s *xrayStatus) WriteString(text string) (int, error) {
	s.note(http.StatusOK)
	return io.WriteString(s.ResponseWriter, text)
}

func (s *xrayStatus) ReadFrom(src io.Reader) (int64, error) {
	n, err := io.Copy(s.ResponseWriter, src) // which asks the server's own ReadFrom
	if n > 0 {
		s.note(http.StatusOK)
	}
	return n, err
}

func (s *xrayStatus) Flush() { _ = s.FlushError() }

func (s *xrayStatus) FlushError() error {
	s.note(http.StatusOK)
	return http.NewResponseController(s.ResponseWriter).Flush()
}

// Unwrap lets http.ResponseController reach the server's own writer.
func (s *xrayStatus) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// writer returns s with the optional methods of the writer that it wraps: those
// of HTTP/1, of HTTP/2, of a recorder, or none.
func (s *xrayStatus) writer() http.ResponseWriter {
	type unwrapper interface{ Unwrap() http.ResponseWriter }
	switch w := s.ResponseWriter.(type) {
	case interface {
		http.Flusher
		http.Hijacker
		http.CloseNotifier
	}:
		return struct {
			*xrayStatus
			http.Hijacker
			http.CloseNotifier
		}{s, w, w}
	case interface {
		http.Flusher
		http.Pusher
		http.CloseNotifier
	}:
		return struct {
			*xrayStatus
			http.Pusher
			http.CloseNotifier
		}{s, w, w}
	case http.Flusher:
		return s
	}
	return struct {
		http.ResponseWriter
		unwrapper
	}{s, s}
}

// end records the status and sends the segment.
func (s *xrayStatus) end(seg *xray.Segment) {
	if s.code == 0 && s.done {
		s.code = http.StatusOK
	}
	xrayServed(seg, s.code, s.done)
}

// xrayServed records how a request was answered and sends its segment. The status is 0
// where there was none; what is not done has panicked.
func xrayServed(seg *xray.Segment, status int, done bool) {
	if status != 0 && !seg.Dummy {
		xray.HttpCaptureResponse(seg, status)
	}
	seg.Lock()
	seg.Fault = seg.Fault || !done
	// Close sends the segment now, whatever is open below it. Without this, the
	// goroutine that waits for the segment's context may send it once more.
	seg.ContextDone, seg.Emitted = true, true
	seg.Unlock()
	seg.Close(nil)
}
