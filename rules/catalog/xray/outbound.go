package xray

import (
	"context"
	"io"
	"net/http"
	"net/url"
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
	return xrayClient()
}

func ClientGiven(c *http.Client) *http.Client {
	return xrayGiven(c)
}

func TransportGiven(t http.RoundTripper) http.RoundTripper {
	return xrayRoundTripper(t)
}

func ClientVar() http.Client {
	var c = xrayClientValue()
	return c
}

// xrayClient is new(http.Client), traced.
func xrayClient() *http.Client { return &http.Client{Transport: xrayTransport{}} }

// xrayClientValue is the zero value of http.Client, traced.
func xrayClientValue() http.Client { return http.Client{Transport: xrayTransport{}} }

// xrayGiven is a client for another library: a copy of c, traced, so that c itself stays
// as it is.
func xrayGiven(c *http.Client) *http.Client {
	if c == nil {
		return nil
	}
	traced := *c
	traced.Transport = xrayTransport{c.Transport}
	return &traced
}

// xrayRoundTripper is a transport for another library, traced.
func xrayRoundTripper(t http.RoundTripper) http.RoundTripper {
	if t == nil {
		return nil
	}
	return xrayTransport{t}
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

// xrayDo is c.Do, traced. The client itself stays as it is: its copy lies in memory with
// the transport, so that a request allocates once for both.
func xrayDo(c *http.Client, r *http.Request) (*http.Response, error) {
	traced := struct {
		http.Client
		transport xrayTransport
	}{*c, xrayTransport{c.Transport}}
	traced.Transport = &traced.transport
	return traced.Do(r)
}

// xrayTransport records each request of an open segment as a subsegment and
// sends the trace's header with it. A request without a segment, or one that
// another transport records, goes through untouched. Unlike xray.RoundTripper it
// leaves the caller's request as it is and the steps of the connection out: the
// SDK never ends some of them when a call is cancelled or shares a connection.
type xrayTransport struct {
	next http.RoundTripper // nil: http.DefaultTransport, as it is at the time of the request
}

// xrayCalls is the key under which a request's context holds the host that a
// transport is recording it for. Support code of all packages shares it.
const xrayCalls = xray.ContextKeytype(1)

func (t xrayTransport) base() http.RoundTripper {
	if t.next != nil {
		return t.next
	}
	return http.DefaultTransport
}

func (t xrayTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	host := r.Host
	if host == "" && r.URL != nil {
		host = r.URL.Host
	}
	return xrayRoundTrip(t.base(), r, host)
}

// xrayTraceHeader is xray.TraceIDHeaderKey as http.Header has it, which need not be
// converted for each request.
const xrayTraceHeader = "X-Amzn-Trace-Id"

// xrayRoundTrip is next.RoundTrip(r), recorded as a subsegment that is named after a host.
// Where the segment is not sampled, the header says so, and no subsegment begins.
func xrayRoundTrip(next http.RoundTripper, r *http.Request, host string) (*http.Response, error) {
	ctx := r.Context()
	if host == "" || r.Header == nil || !xrayWanted(ctx, host) {
		return next.RoundTrip(r)
	}
	seg, dropped := xray.GetSegment(ctx), xrayDropped(ctx)
	if !dropped {
		_, seg = xray.BeginSubsegment(ctx, host)
	}
	id := seg.DownstreamHeader().String()
	out := r.WithContext(context.WithValue(ctx, xrayCalls, host))
	out.Header = r.Header.Clone()
	out.Header.Set(xrayTraceHeader, id)
	resp, err := next.RoundTrip(out)

	sent := out
	if resp != nil && resp.Request != nil {
		sent = resp.Request
	}
	if resp != nil && resp.Request == out {
		resp.Request = r
	}
	if dropped {
		return resp, err
	}
	if got := sent.Header.Get(xrayTraceHeader); got != "" && got != id { // by a transport further in
		if parent := xray.GetSegment(ctx); parent != nil {
			parent.RemoveSubsegment(seg)
		}
		return resp, err
	}
	xrayCall(seg, r, resp, err)
	return resp, err
}

// CloseIdleConnections is what http.Client.CloseIdleConnections calls.
func (t xrayTransport) CloseIdleConnections() {
	if c, ok := t.base().(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// xrayWanted reports whether a request to a host is to be recorded: there is a
// segment, or AWS Lambda has one, and no transport further out records it.
func xrayWanted(ctx context.Context, host string) bool {
	if xray.SdkDisabled() || ctx.Value(xrayCalls) == host {
		return false
	}
	seg := xray.GetSegment(ctx)
	if seg == nil {
		_, ok := ctx.Value(xray.LambdaTraceHeaderKey).(string)
		return ok
	}
	seg.RLock()
	defer seg.RUnlock()
	if seg.Namespace == "aws" { // the AWS SDK's own call, of which this is the request
		return !seg.InProgress
	}
	return !(seg.Namespace == "remote" && seg.Name == host && seg.InProgress)
}

// xrayCall records a request with its result in the subsegment seg and ends it.
// As the SDK does, it leaves out the query.
func xrayCall(seg *xray.Segment, r *http.Request, resp *http.Response, err error) {
	u := *r.URL
	u.User, u.RawQuery = nil, ""
	seg.Lock()
	seg.Namespace = "remote"
	seg.GetHTTP().GetRequest().Method, seg.GetHTTP().GetRequest().URL = r.Method, u.String()
	seg.Unlock()
	if resp != nil {
		xray.HttpCaptureResponse(seg, resp.StatusCode)
	}
	xrayEnd(seg, err)
}
