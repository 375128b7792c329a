package xray

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/aws/aws-xray-sdk-go/v2/header"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/sent"
)

// unsampled returns a context with a segment that is not sampled.
func unsampled() (context.Context, *xray.Segment) {
	r := httptest.NewRequest("GET", "/", nil)
	return xray.NewSegmentFromHeader(context.Background(), "test", r, &header.Header{TraceID: xray.NewTraceID(), SamplingDecision: header.NotSampled})
}

func TestDropped(t *testing.T) {
	nothing := context.Background()
	lost, _ := unsampled()
	kept, seg := xray.BeginSegment(context.Background(), "test")
	defer seg.Close(nil)
	apart, sub := xray.BeginSubsegmentWithoutSampling(kept, "apart") // what begins below it is sent
	defer sub.Close(nil)
	facade := func(decision header.SamplingDecision) context.Context {
		ctx, _ := xray.BeginFacadeSegment(context.Background(), "facade", &header.Header{TraceID: xray.NewTraceID(), ParentID: xray.NewSegmentID(), SamplingDecision: decision})
		return ctx
	}
	for _, c := range []struct {
		name string
		ctx  context.Context
		want bool
	}{
		{"no segment", nothing, false},
		{"sampled", kept, false},
		{"below a subsegment that is not", apart, false},
		{"not sampled", lost, true},
		{"sampled by Lambda", facade(header.Sampled), false},
		{"not sampled by Lambda", facade(header.NotSampled), true},
		{"begun while disabled", context.WithValue(nothing, xray.ContextKey, &xray.Segment{}), false},
	} {
		if got := xrayDropped(c.ctx); got != c.want {
			t.Errorf("%s: dropped is %t", c.name, got)
		}
	}
}

// TestNothingBegins makes calls and runs a function where nothing is sampled: no subsegment
// begins, and the call's header says why.
func TestNothingBegins(t *testing.T) {
	ctx, seg := unsampled()
	seg.ID = "53995c3f42cd8ad8"
	if below, sub := xrayStore(ctx, "store"); below != ctx || sub != nil {
		t.Errorf("the call of a store begins %v", sub)
	}
	below, end := xrayCapture(ctx, "step")
	err := errors.New("failed")
	end(&err)
	if below != ctx {
		t.Error("the function has another context")
	}

	var got []*http.Request
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = append(got, r) }))
	defer srv.Close()
	resp, err := xrayGet(ctx, http.DefaultClient, srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.Request.Header.Get(xrayTraceHeader) != "" || resp.Request.Context() != ctx {
		t.Error("the answer is to another request")
	}
	if id := got[0].Header.Get(xrayTraceHeader); id != "Root="+seg.TraceID+";Parent="+seg.ID+";Sampled=0" {
		t.Errorf("the server gets %s", id)
	}

	below = xrayGRPCClient{}.TagRPC(ctx, &stats.RPCTagInfo{FullMethodName: "/shop.Orders/Get"})
	if md, _ := metadata.FromOutgoingContext(below); below.Value(xrayGRPCSent{}) != nil || !slices.Equal(md.Get(xrayTraceHeader), []string{seg.DownstreamHeader().String()}) {
		t.Errorf("the call of gRPC sends %v", md)
	}

	r := httptest.NewRequest("GET", "/", nil)
	xrayRequest(seg, r)
	xrayServed(seg, 500, true)
	if seg.HTTP != nil || seg.Fault {
		t.Errorf("recorded: %+v", seg.HTTP)
	}
	sent.Of(t, seg.TraceID, 0)
}

// TestLostError ends a subsegment that is not sampled.
func TestLostError(t *testing.T) {
	ctx, seg := unsampled()
	_, sub := xrayRemote(ctx, "kafka")
	xrayEnd(sub, errors.New("failed"))
	if sub.Cause != nil || sub.InProgress {
		t.Errorf("%+v", sub)
	}
	seg.Close(nil)
	sent.Of(t, seg.TraceID, 0)
}

// TestTraceHeader compares the header's name with the SDK's.
func TestTraceHeader(t *testing.T) {
	if want := http.CanonicalHeaderKey(xray.TraceIDHeaderKey); xrayTraceHeader != want {
		t.Errorf("%s, the SDK says %s", xrayTraceHeader, want)
	}
}
