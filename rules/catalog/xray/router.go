package xray

import (
	"context"
	"os"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

// xrayBegins reports whether a request is to be given a segment: it has none, and does
// not come from AWS Lambda, which has one of its own.
func xrayBegins(ctx context.Context) bool {
	return !xray.SdkDisabled() && xray.GetSegment(ctx) == nil && ctx.Value(xray.LambdaTraceHeaderKey) == nil && os.Getenv("LAMBDA_TASK_ROOT") == ""
}

// xrayRoute annotates the segment of a request with the pattern of its route, as far as
// there are both.
func xrayRoute(ctx context.Context, pattern string) {
	if pattern == "" || xray.SdkDisabled() {
		return
	}
	if seg := xray.GetSegment(ctx); seg != nil {
		_ = seg.AddAnnotation("route", pattern)
	}
}
