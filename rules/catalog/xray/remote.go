package xray

import (
	"context"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

// xrayRemote begins the subsegment of a call of another service. The subsegment
// is nil, and the context as it was, where there is no segment, AWS Lambda's
// included.
func xrayRemote(ctx context.Context, service string) (context.Context, *xray.Segment) {
	if ctx == nil || xray.SdkDisabled() {
		return ctx, nil
	}
	if _, ok := ctx.Value(xray.LambdaTraceHeaderKey).(string); !ok && xray.GetSegment(ctx) == nil {
		return ctx, nil
	}
	below, seg := xray.BeginSubsegment(ctx, service)
	if seg == nil {
		return ctx, nil
	}
	seg.Lock()
	seg.Namespace = "remote"
	seg.Unlock()
	return below, seg
}

// xrayDropped reports whether a context's segment is not sampled: what begins below it
// is never sent.
func xrayDropped(ctx context.Context) bool {
	seg := xray.GetSegment(ctx)
	if seg == nil || seg.ParentSegment == nil { // none, or one made while the SDK was disabled
		return false
	}
	root := seg.ParentSegment
	root.RLock()
	defer root.RUnlock()
	return !root.Sampled && (root.Dummy || root.Facade)
}

// xrayStore is xrayRemote for a call that takes no trace header along: it begins nothing
// either where the segment is not sampled.
func xrayStore(ctx context.Context, name string) (context.Context, *xray.Segment) {
	if ctx == nil || xrayDropped(ctx) {
		return ctx, nil
	}
	return xrayRemote(ctx, name)
}

// xrayEnd ends a subsegment. One whose segment has ended before goes out alone:
// Close would send the whole segment again.
func xrayEnd(seg *xray.Segment, err error) {
	if seg == nil {
		return
	}
	if seg.Dummy {
		err = nil // its stack trace would be made, and never sent
	}
	root := seg.ParentSegment
	root.RLock()
	open := root.InProgress
	root.RUnlock()
	if open {
		seg.Close(err)
	} else {
		seg.CloseAndStream(err)
	}
}
