package xray

import (
	"context"
	"net/http"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/h2c"
)

func H2CHandler(service string, h http.Handler, s *http2.Server) http.Handler {
	return h2c.NewHandler(xrayH2C(service, h), s)
}

// xrayH2C is xrayHandler for what h2c serves. The requests of a connection that speaks
// HTTP/2 without TLS have the context of the one that began it, which lasts until the
// connection ends: if that has a segment, it is not sent. One that began it as HTTP/1
// is served as a request of the connection too.
func xrayH2C(service string, next http.Handler) http.Handler {
	traced := xrayHandler(service, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if seg := xray.GetSegment(r.Context()); seg != nil && r.TLS == nil && (r.ProtoMajor == 2 || r.Header.Get("HTTP2-Settings") != "") && !xray.SdkDisabled() {
			seg = seg.ParentSegment
			seg.Lock()
			seg.Sampled = false
			seg.Unlock()
			*r = *r.WithContext(context.WithValue(r.Context(), xray.ContextKey, nil))
		}
		traced.ServeHTTP(w, r)
	})
}
