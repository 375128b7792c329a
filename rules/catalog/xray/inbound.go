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
// gone before the handler ends.
func xrayHandler(service string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := next
		if h == nil {
			h = http.DefaultServeMux
		}
		if xray.SdkDisabled() || xray.GetSegment(r.Context()) != nil {
			h.ServeHTTP(w, r)
			return
		}
		parent := header.FromString(r.Header.Get(xray.TraceIDHeaderKey))
		_, seg := xray.NewSegmentFromHeader(context.WithoutCancel(r.Context()), service, r, parent)
		xrayRequest(seg, r)
		status := &xrayStatus{ResponseWriter: w}
		defer func() {
			status.record(seg)
			seg.Close(nil)
		}()
		h.ServeHTTP(status.writer(), r.WithContext(context.WithValue(r.Context(), xray.ContextKey, seg)))
		status.done = true
	})
}

// xrayRequest records what came in. As the SDK does, it leaves out the query.
func xrayRequest(seg *xray.Segment, r *http.Request) {
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

// xrayStatus notes the status that a handler answers with.
type xrayStatus struct {
	http.ResponseWriter
	code int
	done bool // the handler returned; it did not panic
}

func (s *xrayStatus) WriteHeader(code int) {
	if s.code == 0 && (code >= 200 || code == http.StatusSwitchingProtocols) {
		s.code = code
	}
	s.ResponseWriter.WriteHeader(code)
}

// Unwrap lets http.ResponseController reach the server's own writer.
func (s *xrayStatus) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// writer returns s with the optional methods of the writer that it wraps: those
// of HTTP/1, of HTTP/2, or of a recorder.
func (s *xrayStatus) writer() http.ResponseWriter {
	switch w := s.ResponseWriter.(type) {
	case interface {
		http.Flusher
		http.Hijacker
		http.CloseNotifier
		io.ReaderFrom
	}:
		return struct {
			*xrayStatus
			http.Flusher
			http.Hijacker
			http.CloseNotifier
			io.ReaderFrom
		}{s, w, w, w, w}
	case interface {
		http.Flusher
		http.Pusher
		http.CloseNotifier
	}:
		return struct {
			*xrayStatus
			http.Flusher
			http.Pusher
			http.CloseNotifier
		}{s, w, w, w}
	case http.Flusher:
		return struct {
			*xrayStatus
			http.Flusher
		}{s, w}
	}
	return s
}

func (s *xrayStatus) record(seg *xray.Segment) {
	if !s.done {
		seg.Lock()
		seg.Fault = true
		seg.Unlock()
		if s.code == 0 {
			return
		}
	}
	if s.code == 0 {
		s.code = http.StatusOK
	}
	xray.HttpCaptureResponse(seg, s.code)
}
