package plain

import (
	"net/http"
	"net/http/httputil"
	"net/url"
)

//idiom:library net/http/httputil
//idiom:traces a request that a reverse proxy passes on -> subsegment named after the host that it goes to; the trace header goes out with it
//idiom:untraced the answer's body

// ProxyNew finds httputil.NewSingleHostReverseProxy. A request that it passes on, and
// that has a segment, becomes a subsegment named after the host it goes to; the trace
// header of its own goes out with it, instead of the one that came in. A transport that
// the proxy is given later is traced by ProxyTransportSet.
//
//idiom:kind outbound-http
//idiom:guard opaque-proxy
func ProxyNew(target *url.URL) *httputil.ReverseProxy {
	return httputil.NewSingleHostReverseProxy(target)
}

// ProxyLiteral finds a httputil.ReverseProxy literal without a transport, by value or by
// pointer, and promises what ProxyNew does.
//
//idiom:kind outbound-http
//idiom:guard opaque-proxy
func ProxyLiteral() httputil.ReverseProxy {
	return httputil.ReverseProxy{}
}

// ProxyTransport finds a httputil.ReverseProxy literal with a transport, by value or by
// pointer, and promises what ProxyNew does.
//
//idiom:kind outbound-http
//idiom:guard opaque-proxy untraced-transport
func ProxyTransport(t http.RoundTripper) httputil.ReverseProxy {
	return httputil.ReverseProxy{Transport: t}
}

// ProxyTransportSet finds a transport that is given to a reverse proxy after it was
// made, and promises what ProxyNew does.
//
//idiom:kind outbound-http
//idiom:guard opaque-proxy untraced-transport
func ProxyTransportSet(p *httputil.ReverseProxy, t http.RoundTripper) {
	p.Transport = t
}
