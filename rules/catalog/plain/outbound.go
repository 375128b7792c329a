package plain

import (
	"context"
	"io"
	"net/http"
	"net/url"
)

//idiom:library net/http
//idiom:traces a request that a client sends, until its response's header -> subsegment named after the host, with method, URL without query, status; the trace header goes out with it
//idiom:untraced reading the body; the steps of a connection (DNS, TLS); a request without a segment, which goes out as before

// Get finds http.Get. The request carries the caller's context, with which it
// ends. The call is one subsegment named after the host, and the trace's header
// goes out with it; without an open segment the request goes out as before. Reading
// the body is not timed.
//
//idiom:kind outbound-http
func Get(ctx context.Context, url string) (*http.Response, error) {
	return http.Get(url)
}

// Head finds http.Head and promises what Get does.
//
//idiom:kind outbound-http
func Head(ctx context.Context, url string) (*http.Response, error) {
	return http.Head(url)
}

// Post finds http.Post and promises what Get does.
//
//idiom:kind outbound-http
func Post(ctx context.Context, url, contentType string, body io.Reader) (*http.Response, error) {
	return http.Post(url, contentType, body)
}

// PostForm finds http.PostForm and promises what Get does.
//
//idiom:kind outbound-http
func PostForm(ctx context.Context, url string, data url.Values) (*http.Response, error) {
	return http.PostForm(url, data)
}

// ClientGet finds Get on any client, and promises what Get does. The client
// stays as it is: what is traced is a copy that lives for the call, and a transport
// that is traced already is not traced twice.
//
//idiom:kind outbound-http
func ClientGet(ctx context.Context, c *http.Client, url string) (*http.Response, error) {
	return c.Get(url)
}

// ClientHead finds Head on any client and promises what ClientGet does.
//
//idiom:kind outbound-http
func ClientHead(ctx context.Context, c *http.Client, url string) (*http.Response, error) {
	return c.Head(url)
}

// ClientPost finds Post on any client and promises what ClientGet does.
//
//idiom:kind outbound-http
func ClientPost(ctx context.Context, c *http.Client, url, contentType string, body io.Reader) (*http.Response, error) {
	return c.Post(url, contentType, body)
}

// ClientPostForm finds PostForm on any client and promises what ClientGet does.
//
//idiom:kind outbound-http
func ClientPostForm(ctx context.Context, c *http.Client, url string, data url.Values) (*http.Response, error) {
	return c.PostForm(url, data)
}

// ClientDo finds Do on any client, http.DefaultClient included. The request
// keeps its own context, whose segment the call is recorded in, and its own header.
// The client stays as it is, as in ClientGet.
//
//idiom:kind outbound-http
//idiom:guard untraced-client
func ClientDo(c *http.Client, req *http.Request) (*http.Response, error) {
	return c.Do(req)
}

// NewRequest finds http.NewRequest. The request carries the caller's context to
// the client that sends it, and ends with it.
//
//idiom:kind outbound-http
func NewRequest(ctx context.Context, method, url string, body io.Reader) (*http.Request, error) {
	return http.NewRequest(method, url, body)
}

// ClientLiteral finds an http.Client literal without a transport, by value or by
// pointer. Each of its requests that has a segment is recorded, whichever code
// sends it. It keeps using http.DefaultTransport, as that is at the time of each
// request.
//
//idiom:kind outbound-http
//idiom:guard opaque-transport
func ClientLiteral() http.Client {
	return http.Client{}
}

// ClientTransport finds an http.Client literal with a transport, by value or by
// pointer. Each of its requests that has a segment is recorded, whichever code
// sends it; a nil transport stands for http.DefaultTransport.
//
//idiom:kind outbound-http
//idiom:guard opaque-transport untraced-transport
func ClientTransport(t http.RoundTripper) http.Client {
	return http.Client{Transport: t}
}

// ClientNew finds new(http.Client) and promises what ClientLiteral does.
//
//idiom:kind outbound-http
//idiom:guard opaque-transport
func ClientNew() *http.Client {
	return new(http.Client)
}

// ClientGiven finds a client that is given to another library: to a constructor, an
// option, a setter, or as a field of its configuration. The library gets a copy whose
// requests are recorded where they have a segment; the client itself stays as it is, for
// http.DefaultClient is everybody's. A client that the program makes is traced where
// it is made; what comes from elsewhere, as by a parameter, is left to the caller.
//
//idiom:kind outbound-http
//idiom:guard given-client
func ClientGiven(c *http.Client) *http.Client {
	return c
}

// TransportGiven finds a transport that is given to another library, which does not make
// a transport or an http.Client of it. Each request that has a segment is recorded. A
// library that wants an *http.Transport there, to change it, needs the directive that
// leaves the place alone.
//
//idiom:kind outbound-http
//idiom:guard given-transport
func TransportGiven(t http.RoundTripper) http.RoundTripper {
	return t
}

// ClientVar finds the declaration of a client without a value, and promises what
// ClientLiteral does.
//
//idiom:kind outbound-http
//idiom:guard opaque-transport
func ClientVar() http.Client {
	var c http.Client
	return c
}
