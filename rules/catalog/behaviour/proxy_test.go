package behaviour

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/daemon"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

// proxyDialect is one dialect's ways to make a reverse proxy.
type proxyDialect struct {
	new     func(target *url.URL) *httputil.ReverseProxy
	literal func() httputil.ReverseProxy
	over    func(t http.RoundTripper) httputil.ReverseProxy
	set     func(p *httputil.ReverseProxy, t http.RoundTripper)
}

var (
	plainProxies  = proxyDialect{plain.ProxyNew, plain.ProxyLiteral, plain.ProxyTransport, plain.ProxyTransportSet}
	tracedProxies = proxyDialect{traced.ProxyNew, traced.ProxyLiteral, traced.ProxyTransport, traced.ProxyTransportSet}
)

// proxies are the ways to make a reverse proxy, each of them through an idiom.
var proxies = map[string]func(d proxyDialect, target *url.URL) *httputil.ReverseProxy{
	"new": func(d proxyDialect, target *url.URL) *httputil.ReverseProxy { return d.new(target) },
	"literal": func(d proxyDialect, target *url.URL) *httputil.ReverseProxy {
		p := d.literal()
		p.Rewrite = func(r *httputil.ProxyRequest) { r.SetURL(target) }
		return &p
	},
	"transport": func(d proxyDialect, target *url.URL) *httputil.ReverseProxy {
		p := d.over(&http.Transport{})
		p.Director = httputil.NewSingleHostReverseProxy(target).Director
		return &p
	},
	"no transport": func(d proxyDialect, target *url.URL) *httputil.ReverseProxy {
		p := d.over(nil)
		p.Director = httputil.NewSingleHostReverseProxy(target).Director
		return &p
	},
	"set later": func(d proxyDialect, target *url.URL) *httputil.ReverseProxy {
		p := d.new(target)
		d.set(p, &http.Transport{})
		return p
	},
}

// A proxy answers as it did; what it passes on is a subsegment, whose header goes out
// instead of the one that came in.
func TestProxies(t *testing.T) {
	srv := newEcho(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Own", "kept")
		w.WriteHeader(http.StatusTeapot)
		io.WriteString(w, "from behind")
	})
	target, err := url.Parse(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	for name, make := range proxies {
		t.Run(name, func(t *testing.T) {
			front := func(h http.Handler) *httptest.Server {
				s := httptest.NewServer(h)
				t.Cleanup(s.Close)
				return s
			}
			p, x := front(make(plainProxies, target)), traced.ServerHandler(service, make(tracedProxies, target))
			trace, header := incoming()
			want := ask(t, p.Client(), p.URL+"/path?q=1", header)
			sent := srv.take()
			tracedFront := front(x.Handler)
			if got := ask(t, tracedFront.Client(), tracedFront.URL+"/path?q=1", header); !reflect.DeepEqual(got, want) {
				t.Errorf("plain %+v, traced %+v", want, got)
			}
			s := one(t, trace)
			if len(s.Below()) != 1 {
				t.Fatalf("got %s", daemon.Format([]daemon.Segment{s}))
			}
			sub, got := s.Subsegments[0], srv.take()
			if sub.Name != srv.host() || sub.Namespace != "remote" || sub.HTTP.Request.URL != srv.URL+"/path" || sub.HTTP.Response.Status != http.StatusTeapot {
				t.Errorf("subsegment %+v", sub)
			}
			if h := got[0].Header.Get(traceHeader); !strings.Contains(h, "Root="+trace) || !strings.Contains(h, "Parent="+sub.ID) {
				t.Errorf("the server behind gets %s", h)
			}
			sent[0].Header.Del(traceHeader)
			got[0].Header.Del(traceHeader)
			if !reflect.DeepEqual(got, sent) {
				t.Errorf("plain passes on %+v, traced %+v", sent, got)
			}
		})
	}
}

// A connection that changes its protocol passes through a traced proxy.
func TestProxyUpgrade(t *testing.T) {
	behind := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		rw.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		rw.Flush()
		line, _ := rw.ReadString('\n')
		rw.WriteString("echo " + line)
		rw.Flush()
	}))
	defer behind.Close()
	target, err := url.Parse(behind.URL)
	if err != nil {
		t.Fatal(err)
	}
	x := traced.ServerHandler(service, traced.ProxyNew(target))
	front := httptest.NewServer(x.Handler)
	defer front.Close()
	_, header := incoming()
	req, err := http.NewRequest(http.MethodGet, front.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Connection": {"Upgrade"}, "Upgrade": {"echo"}, traceHeader: {header}}
	resp, err := front.Client().Do(req)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatal(resp, err)
	}
	rwc := resp.Body.(io.ReadWriteCloser)
	defer rwc.Close()
	io.WriteString(rwc, "hello\n")
	if got, _ := io.ReadAll(rwc); string(got) != "echo hello\n" {
		t.Errorf("got %q", got)
	}
}
