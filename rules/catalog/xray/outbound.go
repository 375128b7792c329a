package xray

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

func Get(ctx context.Context, url string) (*http.Response, error) {
	return xrayGet(ctx, http.DefaultClient, url)
}

func Head(ctx context.Context, url string) (*http.Response, error) {
	return xrayHead(ctx, http.DefaultClient, url)
}

func Post(ctx context.Context, url, contentType string, body io.Reader) (*http.Response, error) {
	return xrayPost(ctx, http.DefaultClient, url, contentType, body)
}

func PostForm(ctx context.Context, url string, data url.Values) (*http.Response, error) {
	return xrayPostForm(ctx, http.DefaultClient, url, data)
}

func ClientGet(ctx context.Context, c *http.Client, url string) (*http.Response, error) {
	return xrayGet(ctx, c, url)
}

func ClientHead(ctx context.Context, c *http.Client, url string) (*http.Response, error) {
	return xrayHead(ctx, c, url)
}

func ClientPost(ctx context.Context, c *http.Client, url, contentType string, body io.Reader) (*http.Response, error) {
	return xrayPost(ctx, c, url, contentType, body)
}

func ClientPostForm(ctx context.Context, c *http.Client, url string, data url.Values) (*http.Response, error) {
	return xrayPostForm(ctx, c, url, data)
}

func ClientDo(c *http.Client, req *http.Request) (*http.Response, error) {
	return xrayDo(c, req)
}

func NewRequest(ctx context.Context, method, url string, body io.Reader) (*http.Request, error) {
	return http.NewRequestWithContext(ctx, method, url, body)
}

func ClientLiteral() http.Client {
	return http.Client{Transport: xrayTransport{}}
}

func ClientTransport(t http.RoundTripper) http.Client {
	return http.Client{Transport: xrayTransport{t}}
}

func ClientNew() *http.Client {
	return &http.Client{Transport: xrayTransport{}}
}

func ClientVar() http.Client {
	var c = http.Client{Transport: xrayTransport{}}
	return c
}

// xrayGet is c.Get with a context.
func xrayGet(ctx context.Context, c *http.Client, url string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	return xrayDo(c, r)
}

// xrayHead is c.Head with a context.
func xrayHead(ctx context.Context, c *http.Client, url string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, url, nil)
	if err != nil {
		return nil, err
	}
	return xrayDo(c, r)
}

// xrayPost is c.Post with a context.
func xrayPost(ctx context.Context, c *http.Client, url, contentType string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", contentType)
	return xrayDo(c, r)
}

// xrayPostForm is c.PostForm with a context.
func xrayPostForm(ctx context.Context, c *http.Client, url string, data url.Values) (*http.Response, error) {
	return xrayPost(ctx, c, url, "application/x-www-form-urlencoded", strings.NewReader(data.Encode()))
}

// xrayDo is c.Do, traced. The client itself stays as it is.
func xrayDo(c *http.Client, r *http.Request) (*http.Response, error) {
	traced := *c
	traced.Transport = xrayTransport{c.Transport}
	return traced.Do(r)
}

// xrayTransport records each request of an open segment as a subsegment and
// sends the trace's header with it. A request without a segment, or one that a
// transport further out records already, goes through untouched.
type xrayTransport struct {
	next http.RoundTripper // nil: http.DefaultTransport, as it is at the time of the request
}

func (t xrayTransport) base() http.RoundTripper {
	if t.next != nil {
		return t.next
	}
	return http.DefaultTransport
}

func (t xrayTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	next := t.base()
	if !xrayWanted(r, next) {
		return next.RoundTrip(r)
	}
	return xray.RoundTripper(next).RoundTrip(r.Clone(r.Context())) // a clone: the SDK sets a header
}

// CloseIdleConnections is what http.Client.CloseIdleConnections calls.
func (t xrayTransport) CloseIdleConnections() {
	if c, ok := t.base().(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// xrayWanted reports whether a request is to be recorded before next sends it.
func xrayWanted(r *http.Request, next http.RoundTripper) bool {
	if xray.SdkDisabled() || reflect.TypeOf(next) == reflect.TypeOf(xray.RoundTripper(nil)) {
		return false
	}
	seg := xray.GetSegment(r.Context())
	if seg == nil {
		return r.Context().Value(xray.LambdaTraceHeaderKey) != nil
	}
	seg.RLock()
	defer seg.RUnlock()
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	return !(seg.Namespace == "remote" && seg.Name == host && seg.InProgress)
}
