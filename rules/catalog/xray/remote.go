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

// xrayEnd ends a subsegment. One whose segment has ended before goes out alone:
// Close would send the whole segment again.
func xrayEnd(seg *xray.Segment, err error) {
	if seg == nil {
		return
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
