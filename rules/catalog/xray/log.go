package xray

import (
	"context"
	"strings"

	"github.com/aws/aws-xray-sdk-go/v2/header"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

// xrayTraceID returns the id of the trace that a context belongs to, or "". The SDK
// gives requests that it does not sample an id of zeros, which finds nothing.
func xrayTraceID(ctx context.Context) string {
	id := ""
	if xray.GetSegment(ctx) != nil {
		id = xray.TraceID(ctx)
	} else if h, ok := ctx.Value(xray.LambdaTraceHeaderKey).(string); ok {
		id = header.FromString(h).TraceID
	}
	if strings.Trim(id, "10-") == "" {
		return ""
	}
	return id
}
