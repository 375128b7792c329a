package xray

import (
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"os"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/valyala/fasthttp"
)

func FastListen(service, addr string, h fasthttp.RequestHandler) error {
	return fasthttp.ListenAndServe(addr, xrayFastHTTP(service, h))
}

func FastListenTLS(service, addr, cert, key string, h fasthttp.RequestHandler) error {
	return fasthttp.ListenAndServeTLS(addr, cert, key, xrayFastHTTP(service, h))
}

func FastListenTLSEmbed(service, addr string, cert, key []byte, h fasthttp.RequestHandler) error {
	return fasthttp.ListenAndServeTLSEmbed(addr, cert, key, xrayFastHTTP(service, h))
}

func FastListenUnix(service, addr string, mode os.FileMode, h fasthttp.RequestHandler) error {
	return fasthttp.ListenAndServeUNIX(addr, mode, xrayFastHTTP(service, h))
}

func FastServe(service string, l net.Listener, h fasthttp.RequestHandler) error {
	return fasthttp.Serve(l, xrayFastHTTP(service, h))
}

func FastServeTLS(service string, l net.Listener, cert, key string, h fasthttp.RequestHandler) error {
	return fasthttp.ServeTLS(l, cert, key, xrayFastHTTP(service, h))
}

func FastServeTLSEmbed(service string, l net.Listener, cert, key []byte, h fasthttp.RequestHandler) error {
	return fasthttp.ServeTLSEmbed(l, cert, key, xrayFastHTTP(service, h))
}

func FastServer(service string, h fasthttp.RequestHandler) fasthttp.Server {
	return fasthttp.Server{Handler: xrayFastHTTP(service, h)}
}

func FastSetHandler(service string, srv *fasthttp.Server, h fasthttp.RequestHandler) {
	srv.Handler = xrayFastHTTP(service, h)
}

// xrayFastHTTP gives each request that has none a segment of the service.
func xrayFastHTTP(service string, next fasthttp.RequestHandler) fasthttp.RequestHandler {
	if next == nil {
		return nil
	}
	return func(ctx *fasthttp.RequestCtx) {
		if !xrayBegins(ctx) {
			if id := xrayAdopted(ctx, string(ctx.Request.Header.Peek(xray.TraceIDHeaderKey))); id != "" {
				ctx.SetUserValue(xray.LambdaTraceHeaderKey, id)
			}
			next(ctx)
			return
		}
		seg, _ := xrayBegin(service, xrayFastRequest(ctx, &ctx.Request.Header))
		ctx.SetUserValue(xrayFastKey, seg)
		done := false
		defer func() {
			status := 0
			if done {
				status = ctx.Response.StatusCode()
				if late := ctx.LastTimeoutErrorResponse(); late != nil {
					status = late.StatusCode()
				}
			}
			xrayServed(seg, status, done)
		}()
		next(ctx)
		done = true
	}
}

// xrayFastKey is the key under which the SDK looks for a segment in a request of
// fasthttp.
const xrayFastKey = "xray-ck"

// xrayFastRequest returns what is recorded of a request to fasthttp, in the form of
// net/http. It keeps nothing of fasthttp's, which uses its memory again.
func xrayFastRequest(c interface {
	Method() []byte
	Host() []byte
	Path() []byte
	IsTLS() bool
	RemoteAddr() net.Addr
}, h interface{ Peek(key string) []byte }) *http.Request {
	r := &http.Request{
		Method: string(c.Method()), Host: string(c.Host()), URL: &url.URL{Path: string(c.Path())},
		RemoteAddr: c.RemoteAddr().String(), Header: http.Header{},
	}
	if c.IsTLS() {
		r.TLS = &tls.ConnectionState{}
	}
	for _, key := range []string{"User-Agent", "X-Forwarded-For", xray.TraceIDHeaderKey} {
		if value := h.Peek(key); len(value) > 0 {
			r.Header.Set(key, string(value))
		}
	}
	return r
}
