package xray

import (
	"net/http"
	"net/http/httputil"
	"net/url"
)

func ProxyNew(target *url.URL) *httputil.ReverseProxy {
	return xrayProxy(httputil.NewSingleHostReverseProxy(target))
}

func ProxyLiteral() httputil.ReverseProxy {
	return httputil.ReverseProxy{Transport: xrayPassing{}}
}

func ProxyTransport(t http.RoundTripper) httputil.ReverseProxy {
	return httputil.ReverseProxy{Transport: xrayPassing{t}}
}

func ProxyTransportSet(p *httputil.ReverseProxy, t http.RoundTripper) {
	p.Transport = xrayPassing{t}
}

// xrayProxy has the requests that a new proxy passes on traced.
func xrayProxy(p *httputil.ReverseProxy) *httputil.ReverseProxy {
	p.Transport = xrayPassing{p.Transport}
	return p
}

// xrayPassing is xrayTransport for a reverse proxy: what it passes on keeps the Host that
// the proxy was asked for, and is named after the one it goes to.
type xrayPassing struct{ next http.RoundTripper }

func (t xrayPassing) RoundTrip(r *http.Request) (*http.Response, error) {
	host := ""
	if r.URL != nil {
		host = r.URL.Host
	}
	return xrayRoundTrip(xrayTransport{t.next}.base(), r, host)
}
