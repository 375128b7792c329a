package routers

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/valyala/fasthttp"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/sent"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

// fastDialect is one dialect's ways to start a server.
type fastDialect struct {
	listen         func(service, addr string, h fasthttp.RequestHandler) error
	listenTLS      func(service, addr, cert, key string, h fasthttp.RequestHandler) error
	listenTLSEmbed func(service, addr string, cert, key []byte, h fasthttp.RequestHandler) error
	listenUnix     func(service, addr string, mode os.FileMode, h fasthttp.RequestHandler) error
	serve          func(service string, l net.Listener, h fasthttp.RequestHandler) error
	serveTLS       func(service string, l net.Listener, cert, key string, h fasthttp.RequestHandler) error
	serveTLSEmbed  func(service string, l net.Listener, cert, key []byte, h fasthttp.RequestHandler) error
	server         func(service string, h fasthttp.RequestHandler) fasthttp.Server
	set            func(service string, srv *fasthttp.Server, h fasthttp.RequestHandler)
}

var (
	plainFast  = fastDialect{plain.FastListen, plain.FastListenTLS, plain.FastListenTLSEmbed, plain.FastListenUnix, plain.FastServe, plain.FastServeTLS, plain.FastServeTLSEmbed, plain.FastServer, plain.FastSetHandler}
	tracedFast = fastDialect{traced.FastListen, traced.FastListenTLS, traced.FastListenTLSEmbed, traced.FastListenUnix, traced.FastServe, traced.FastServeTLS, traced.FastServeTLSEmbed, traced.FastServer, traced.FastSetHandler}
)

func fastHandler(ctx *fasthttp.RequestCtx) {
	switch string(ctx.Path()) {
	case "/ok":
		ctx.SetBodyString("hello " + string(ctx.QueryArgs().Peek("q")))
	case "/error":
		ctx.Error("x", 502)
	case "/slow":
		ctx.TimeoutErrorWithCode("late", 503)
	case "/below":
		_, seg := xray.BeginSubsegment(context.WithoutCancel(ctx), "below")
		seg.Close(nil)
	default:
		ctx.NotFound()
	}
}

var fastRequests = []request{
	{method: "GET", path: "/ok?q=1", status: 200},
	{method: "POST", path: "/ok", body: "a=b", status: 200},
	{method: "GET", path: "/error", status: 502, fault: true},
	{method: "GET", path: "/slow", status: 503, fault: true},
	{method: "GET", path: "/below", status: 200},
	{method: "GET", path: "/missing", status: 404},
}

func TestFastHTTP(t *testing.T) {
	for name, start := range map[string]func(d fastDialect, l net.Listener) error{
		"Serve": func(d fastDialect, l net.Listener) error { return d.serve(service, l, fastHandler) },
		"Server": func(d fastDialect, l net.Listener) error {
			srv := d.server(service, fastHandler)
			return srv.Serve(l)
		},
		"SetHandler": func(d fastDialect, l net.Listener) error {
			srv := &fasthttp.Server{}
			d.set(service, srv, fastHandler)
			return srv.Serve(l)
		},
		"ListenAndServe": func(d fastDialect, l net.Listener) error {
			l.Close()
			return d.listen(service, l.Addr().String(), fastHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			var urls []string
			for _, d := range []fastDialect{plainFast, tracedFast} {
				l, url := listener(t)
				go func() { _ = start(d, l) }()
				await(t, "tcp", l.Addr().String())
				urls = append(urls, url)
			}
			compare(t, urls[0], urls[1], fastRequests)
		})
	}
}

// unixAddr stands for a listener at a socket that is not made yet.
type unixAddr string

func (a unixAddr) Addr() net.Addr          { return &net.UnixAddr{Name: string(a), Net: "unix"} }
func (unixAddr) Accept() (net.Conn, error) { return nil, net.ErrClosed }
func (unixAddr) Close() error              { return nil }

// await returns when something listens at an address.
func await(t *testing.T, network, addr string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if c, err := net.Dial(network, addr); err == nil {
			c.Close()
			return
		}
	}
	t.Fatalf("nothing listens at %s", addr)
}

func TestFastHTTPForms(t *testing.T) {
	cert, key, err := fasthttp.GenerateTestCertificate("localhost")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, data := range map[string][]byte{certFile: cert, keyFile: key} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, start := range map[string]func(d fastDialect, l net.Listener) error{
		"ServeTLS": func(d fastDialect, l net.Listener) error {
			return d.serveTLS(service, l, certFile, keyFile, fastHandler)
		},
		"ServeTLSEmbed": func(d fastDialect, l net.Listener) error { return d.serveTLSEmbed(service, l, cert, key, fastHandler) },
		"ListenAndServeTLS": func(d fastDialect, l net.Listener) error {
			l.Close()
			return d.listenTLS(service, l.Addr().String(), certFile, keyFile, fastHandler)
		},
		"ListenAndServeTLSEmbed": func(d fastDialect, l net.Listener) error {
			l.Close()
			return d.listenTLSEmbed(service, l.Addr().String(), cert, key, fastHandler)
		},
		"ListenAndServeUNIX": func(d fastDialect, l net.Listener) error {
			return d.listenUnix(service, l.Addr().String(), 0o600, fastHandler)
		},
	} {
		t.Run(name, func(t *testing.T) {
			for want, d := range []fastDialect{plainFast, tracedFast} {
				l, _ := listener(t)
				if name == "ListenAndServeUNIX" {
					l = unixAddr(filepath.Join(dir, fmt.Sprint("socket", want)))
				}
				go func() { _ = start(d, l) }()
				c := &fasthttp.HostClient{Addr: l.Addr().String(), IsTLS: true, TLSConfig: &tls.Config{InsecureSkipVerify: true}}
				scheme := "https"
				if name == "ListenAndServeUNIX" {
					await(t, "unix", l.Addr().String())
					scheme, c.IsTLS, c.Dial = "http", false, func(string) (net.Conn, error) { return net.Dial("unix", l.Addr().String()) }
				} else {
					await(t, "tcp", l.Addr().String())
				}
				trace := xray.NewTraceID()
				req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
				req.SetRequestURI(scheme + "://localhost/ok?q=2")
				req.Header.Set("X-Amzn-Trace-Id", "Root="+trace+";Parent="+parent+";Sampled=1")
				if err := c.Do(req, resp); err != nil || string(resp.Body()) != "hello 2" {
					t.Fatalf("%v: %s", err, resp.Body())
				}
				sent.Of(t, trace, want)
			}
		})
	}
}
