package plain

import (
	"context"
	"io"
	"net/http"
	"net/url"
)

// Get finds http.Get. The request carries the caller's context, and its call is
// one subsegment named after the host. Without an open segment nothing changes.
//
//idiom:kind outbound-http
func Get(ctx context.Context, url string) (*http.Response, error) {
	return http.Get(url)
}

// Head finds http.Head.
//
//idiom:kind outbound-http
func Head(ctx context.Context, url string) (*http.Response, error) {
	return http.Head(url)
}

// Post finds http.Post.
//
//idiom:kind outbound-http
func Post(ctx context.Context, url, contentType string, body io.Reader) (*http.Response, error) {
	return http.Post(url, contentType, body)
}

// PostForm finds http.PostForm.
//
//idiom:kind outbound-http
func PostForm(ctx context.Context, url string, data url.Values) (*http.Response, error) {
	return http.PostForm(url, data)
}

// ClientGet finds Get on any client.
//
//idiom:kind outbound-http
func ClientGet(ctx context.Context, c *http.Client, url string) (*http.Response, error) {
	return c.Get(url)
}

// ClientHead finds Head on any client.
//
//idiom:kind outbound-http
func ClientHead(ctx context.Context, c *http.Client, url string) (*http.Response, error) {
	return c.Head(url)
}

// ClientPost finds Post on any client.
//
//idiom:kind outbound-http
func ClientPost(ctx context.Context, c *http.Client, url, contentType string, body io.Reader) (*http.Response, error) {
	return c.Post(url, contentType, body)
}

// ClientPostForm finds PostForm on any client.
//
//idiom:kind outbound-http
func ClientPostForm(ctx context.Context, c *http.Client, url string, data url.Values) (*http.Response, error) {
	return c.PostForm(url, data)
}

// ClientDo finds Do on any client, http.DefaultClient included. The client stays
// as it is: what is traced is a copy that lives for the call, and a transport
// that is traced already is not traced twice.
//
//idiom:kind outbound-http
//idiom:guard untraced-client
func ClientDo(c *http.Client, req *http.Request) (*http.Response, error) {
	return c.Do(req)
}

// NewRequest finds http.NewRequest, so that the request carries the caller's
// context to the client that sends it.
//
//idiom:kind outbound-http
func NewRequest(ctx context.Context, method, url string, body io.Reader) (*http.Request, error) {
	return http.NewRequest(method, url, body)
}

// ClientLiteral finds a client without a transport, by value or by pointer. It
// keeps using http.DefaultTransport, as that is at the time of each request.
//
//idiom:kind outbound-http
//idiom:guard opaque-transport
func ClientLiteral() http.Client {
	return http.Client{}
}

// ClientTransport finds a client with a transport of its own.
//
//idiom:kind outbound-http
//idiom:guard opaque-transport untraced-transport
func ClientTransport(t http.RoundTripper) http.Client {
	return http.Client{Transport: t}
}

// ClientNew finds new(http.Client).
//
//idiom:kind outbound-http
//idiom:guard opaque-transport
func ClientNew() *http.Client {
	return new(http.Client)
}

// ClientVar finds the declaration of a client without a value.
//
//idiom:kind outbound-http
//idiom:guard opaque-transport
func ClientVar() http.Client {
	var c http.Client
	return c
}
