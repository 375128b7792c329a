package xray

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"github.com/aws/aws-xray-sdk-go/v2/header"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

// xrayWork begins a segment for an item of background work, and returns its
// context and what ends it. Where a segment is open the work belongs to that,
// and nothing begins; nor does it in AWS Lambda, whose segment is its own. What
// ends the segment records a panic as a fault, where it is deferred, and passes
// it on.
func xrayWork(ctx context.Context, name string) (context.Context, func()) {
	return xrayWorkFrom(ctx, name, "")
}

// xrayWorkFrom is xrayWork for an item that came with a trace's header: its segment
// continues that trace. One without a header begins a trace of its own.
func xrayWorkFrom(ctx context.Context, name, trace string) (context.Context, func()) {
	if xray.SdkDisabled() || xrayOngoing(ctx) || os.Getenv("LAMBDA_TASK_ROOT") != "" {
		return ctx, func() {}
	}
	var seg *xray.Segment
	if from := header.FromString(trace); from.TraceID != "" {
		// With a request, the header decides whether the item is sampled.
		_, seg = xray.NewSegmentFromHeader(context.WithoutCancel(ctx), name, &http.Request{URL: &url.URL{}}, from)
	} else {
		_, seg = xray.BeginSegment(context.WithoutCancel(ctx), name)
	}
	return context.WithValue(ctx, xray.ContextKey, seg), func() {
		r := recover()
		seg.Lock()
		// Close sends the segment now, whatever is open below it.
		seg.ContextDone, seg.Emitted = true, true
		seg.Unlock()
		if r == nil {
			seg.Close(nil)
			return
		}
		seg.Close(fmt.Errorf("panic: %v", r))
		panic(r)
	}
}

// xrayOngoing reports whether a context carries a segment that is not ended yet, or
// AWS Lambda's.
func xrayOngoing(ctx context.Context) bool {
	seg := xray.GetSegment(ctx)
	if seg == nil {
		_, ok := ctx.Value(xray.LambdaTraceHeaderKey).(string)
		return ok
	}
	root := seg.ParentSegment
	if root == nil { // made while the SDK was disabled
		return true
	}
	root.RLock()
	defer root.RUnlock()
	return root.InProgress || root.Facade
}

// xrayGo begins a subsegment for a goroutine that is about to start, and returns
// its context, for xrayDone to end. It is sent by itself, so that it arrives
// whole and once whether the segment ends before the goroutine or behind it, or
// has ended already. Without a segment it returns ctx.
func xrayGo(ctx context.Context, name string) context.Context {
	parent := xray.GetSegment(ctx)
	_, inLambda := ctx.Value(xray.LambdaTraceHeaderKey).(string)
	if xray.SdkDisabled() || parent == nil && !inLambda || parent != nil && parent.ParentSegment == nil {
		if ctx.Value(xrayStarted) != nil { // of the goroutine that starts this one
			return context.WithValue(ctx, xrayStarted, false)
		}
		return ctx
	}
	inner, seg := xray.BeginSubsegment(ctx, name)
	if parent == nil { // of AWS Lambda
		parent = seg.ParentSegment
	}
	parent.RemoveSubsegment(seg)
	return context.WithValue(inner, xrayStarted, seg)
}

// xrayStarted is the key under which a goroutine's context holds its subsegment.
// Support code of all packages shares it.
const xrayStarted = xray.ContextKeytype(2)

// xrayDone ends the subsegment that xrayGo has begun. A panic is recorded as a
// fault and passes on.
func xrayDone(ctx context.Context) {
	r := recover()
	if seg, ok := ctx.Value(xrayStarted).(*xray.Segment); ok {
		var err error
		if r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
		seg.CloseAndStream(err)
	}
	if r != nil {
		panic(r)
	}
}
