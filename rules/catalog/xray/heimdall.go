package xray

import (
	"context"
	"net/http"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/gojek/heimdall/v7/httpclient"
)

func HeimdallClient(opts ...httpclient.Option) *httpclient.Client {
	return xrayHeimdall(httpclient.NewClient(opts...))
}

// xrayHeimdall has the requests of a client traced, each attempt by itself.
func xrayHeimdall(c *httpclient.Client) *httpclient.Client {
	c.AddPlugin(xrayAttempts{})
	return c
}

// xrayAttempts is a plugin that records the attempts of a request.
type xrayAttempts struct{}

// xrayAttempt is an attempt of a request: its subsegment, and the context that the
// request has without it.
type xrayAttempt struct {
	seg *xray.Segment
	ctx context.Context
}

// xrayAttemptKey is the key under which a request's context holds its attempt.
type xrayAttemptKey struct{}

func (xrayAttempts) OnRequestStart(r *http.Request) {
	ctx := r.Context()
	if r.Header == nil || r.URL == nil || r.URL.Host == "" || !xrayWanted(ctx, r.URL.Host) {
		return
	}
	_, seg := xray.BeginSubsegment(ctx, r.URL.Host)
	r.Header.Set(xrayTraceHeader, seg.DownstreamHeader().String())
	inner := context.WithValue(ctx, xrayCalls, r.URL.Host)
	*r = *r.WithContext(context.WithValue(inner, xrayAttemptKey{}, xrayAttempt{seg, ctx}))
}

func (a xrayAttempts) OnRequestEnd(r *http.Request, resp *http.Response) { a.end(r, resp, nil) }

func (a xrayAttempts) OnError(r *http.Request, err error) { a.end(r, nil, err) }

// end ends the attempt of a request, which may be followed by another.
func (xrayAttempts) end(r *http.Request, resp *http.Response, err error) {
	if a, ok := r.Context().Value(xrayAttemptKey{}).(xrayAttempt); ok {
		*r = *r.WithContext(a.ctx)
		xrayCall(a.seg, r, resp, err)
	}
}
