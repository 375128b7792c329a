package xray

import (
	"context"
	"net/http"
	"os"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

// xrayBegins reports whether a request is to be given a segment: it has none, and does
// not come from AWS Lambda, which has one of its own.
func xrayBegins(ctx context.Context) bool {
	return !xray.SdkDisabled() && xray.GetSegment(ctx) == nil && ctx.Value(xray.LambdaTraceHeaderKey) == nil && os.Getenv("LAMBDA_TASK_ROOT") == ""
}

// xrayAdopted returns the trace header of a request that has no segment, where the
// server runs inside AWS Lambda, behind its Web Adapter; else "". The function's own
// segment is the request's there, and takes no other one.
func xrayAdopted(ctx context.Context, traceHeader string) string {
	if os.Getenv("LAMBDA_TASK_ROOT") == "" || xray.SdkDisabled() || xray.GetSegment(ctx) != nil || ctx.Value(xray.LambdaTraceHeaderKey) != nil {
		return ""
	}
	return traceHeader
}

// xrayAdopt has what a request calls recorded below the function's segment, where the
// server runs inside AWS Lambda.
func xrayAdopt(r *http.Request) {
	if id := xrayAdopted(r.Context(), r.Header.Get(xrayTraceHeader)); id != "" {
		*r = *r.WithContext(context.WithValue(r.Context(), xray.LambdaTraceHeaderKey, id))
	}
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
