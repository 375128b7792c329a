package behaviour

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

const service = "orders"

// inbound is one dialect's ways to start a server.
type inbound struct {
	listen    func(service, addr string, h http.Handler) error
	listenTLS func(service, addr, cert, key string, h http.Handler) error
	serve     func(service string, l net.Listener, h http.Handler) error
	serveTLS  func(service string, l net.Listener, h http.Handler, cert, key string) error
	handler   func(service string, h http.Handler) http.Server
	byDefault func(service string) http.Server
	set       func(service string, srv *http.Server, h http.Handler)
}

var (
	plainInbound  = inbound{plain.ListenAndServe, plain.ListenAndServeTLS, plain.Serve, plain.ServeTLS, plain.ServerHandler, plain.ServerDefault, plain.SetHandler}
	tracedInbound = inbound{traced.ListenAndServe, traced.ListenAndServeTLS, traced.Serve, traced.ServeTLS, traced.ServerHandler, traced.ServerDefault, traced.SetHandler}
)

func TestInboundIdioms(t *testing.T) {
	cert := certificate(t)
	hello := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Own", "kept")
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprintf(w, "hello %s", r.URL.Path)
	})
	old := http.DefaultServeMux
	defer func() { http.DefaultServeMux = old }()
	http.DefaultServeMux = http.NewServeMux()
	http.Handle("/by-default", hello)
	for _, test := range []struct {
		name  string
		path  string
		https bool
		own   bool // listens on its own
		start func(d inbound, l net.Listener) error
	}{
		{"ListenAndServe", "/", false, true, func(d inbound, l net.Listener) error {
			return d.listen(service, l.Addr().String(), hello)
		}},
		{"ListenAndServe of the default mux", "/by-default", false, true, func(d inbound, l net.Listener) error {
			return d.listen(service, l.Addr().String(), nil)
		}},
		{"ListenAndServeTLS", "/", true, true, func(d inbound, l net.Listener) error {
			return d.listenTLS(service, l.Addr().String(), cert.certFile, cert.keyFile, hello)
		}},
		{"Serve", "/", false, false, func(d inbound, l net.Listener) error {
			return d.serve(service, l, hello)
		}},
		{"ServeTLS", "/", true, false, func(d inbound, l net.Listener) error {
			return d.serveTLS(service, l, hello, cert.certFile, cert.keyFile)
		}},
		{"ServerHandler", "/", false, false, func(d inbound, l net.Listener) error {
			srv := d.handler(service, hello)
			return srv.Serve(l)
		}},
		{"ServerDefault", "/by-default", false, false, func(d inbound, l net.Listener) error {
			srv := d.byDefault(service)
			return srv.Serve(l)
		}},
		{"SetHandler", "/", false, false, func(d inbound, l net.Listener) error {
			srv := &http.Server{}
			d.set(service, srv, hello)
			return srv.Serve(l)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			scheme := "http://"
			if test.https {
				scheme = "https://"
			}
			trace, header := incoming()
			var got [2]answer
			var addr string
			for i, d := range []inbound{plainInbound, tracedInbound} {
				l := listen(t)
				addr = l.Addr().String()
				if test.own {
					l.Close()
				}
				go func() { _ = test.start(d, l) }()
				eventually(func() bool {
					got[i] = ask(t, client(t, cert.transport()), scheme+addr+test.path, header)
					return got[i].Status != 0
				})
			}
			if !reflect.DeepEqual(got[0], got[1]) {
				t.Errorf("plain  %+v\ntraced %+v", got[0], got[1])
			}
			if want := "hello " + test.path; got[1].Body != want {
				t.Errorf("got %q, want %q", got[1].Body, want)
			}
			s := one(t, trace)
			if s.Name != service || s.Parent != parent || s.HTTP.Response.Status != http.StatusTeapot || s.HTTP.Request.URL != scheme+addr+test.path || !s.Error || s.Fault {
				t.Errorf("segment %+v", s)
			}
		})
	}
}

func TestListenErrors(t *testing.T) {
	l := listen(t)
	for _, d := range []inbound{plainInbound, tracedInbound} {
		err := d.listen(service, l.Addr().String(), nil)
		if err == nil || err.Error() != "listen tcp "+l.Addr().String()+": bind: address already in use" {
			t.Errorf("got %v", err)
		}
		if err := d.listenTLS(service, "127.0.0.1:0", "no", "no", nil); err == nil || err.Error() != "open no: no such file or directory" {
			t.Errorf("got %v", err)
		}
	}
}

// answer is what a client sees of a response.
type answer struct {
	Status  int
	Proto   string
	Header  http.Header
	Trailer http.Header
	Body    string
	Close   bool // the connection is not used again
	Err     string
}

// ask sends a GET request with a trace's header.
func ask(t testing.TB, c *http.Client, url, header string) answer {
	t.Helper()
	r, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set(traceHeader, header)
	return do(c, r)
}

func do(c *http.Client, r *http.Request) answer {
	resp, err := c.Do(r)
	if err != nil {
		return answer{Err: err.Error()}
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	a := answer{Status: resp.StatusCode, Proto: resp.Proto, Header: resp.Header, Trailer: resp.Trailer, Body: string(body), Close: resp.Close}
	if err != nil {
		a.Err = err.Error()
	}
	a.Header.Del("Date")
	return a
}

// listen returns a listener on the loopback interface.
func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// keyPair is a certificate for 127.0.0.1 and example.com.
type keyPair struct {
	certFile, keyFile string
	pool              *x509.CertPool
}

func certificate(t testing.TB) keyPair {
	t.Helper()
	srv := httptest.NewTLSServer(nil)
	defer srv.Close()
	cert := srv.TLS.Certificates[0]
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	k := keyPair{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), x509.NewCertPool()}
	k.pool.AddCert(srv.Certificate())
	for file, block := range map[string]*pem.Block{
		k.certFile: {Type: "CERTIFICATE", Bytes: cert.Certificate[0]},
		k.keyFile:  {Type: "PRIVATE KEY", Bytes: key},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return k
}

// transport speaks HTTP/1 and HTTP/2 to servers with the certificate.
func (k keyPair) transport() *http.Transport {
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: k.pool}, ForceAttemptHTTP2: true}
}
