package xray

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
)

// xrayCapture begins a subsegment for a function's body, and returns its context and
// what ends it. Deferred, that records the first error that the function returns, and
// a panic, which it passes on. Where no segment is open, or it is not sampled, nothing
// begins.
func xrayCapture(ctx context.Context, name string) (context.Context, func(...*error)) {
	if xray.SdkDisabled() || !xrayInTrace(ctx) || xrayDropped(ctx) {
		return ctx, func(...*error) {}
	}
	below, seg := xray.BeginSubsegment(ctx, name)
	if seg == nil {
		return ctx, func(...*error) {}
	}
	return below, func(errs ...*error) {
		r := recover()
		var failed error
		for i := 0; i < len(errs) && failed == nil; i++ {
			failed = *errs[i]
		}
		if r == nil {
			xrayEnd(seg, failed)
			return
		}
		xrayEnd(seg, fmt.Errorf("panic: %v", r))
		panic(r)
	}
}

// xrayInTrace reports whether a context carries a segment, or AWS Lambda's.
func xrayInTrace(ctx context.Context) bool {
	_, lambda := ctx.Value(xray.LambdaTraceHeaderKey).(string)
	return lambda || xray.GetSegment(ctx) != nil
}

// xrayAnnotate annotates the subsegment or segment of a context. What would lose the
// whole segment is left out, a number that X-Ray can't store, or cut, a long text.
func xrayAnnotate(ctx context.Context, key string, value any) {
	seg := xray.GetSegment(ctx)
	if seg == nil {
		return
	}
	switch v := value.(type) {
	case string:
		if len(v) > 1000 {
			value = strings.ToValidUTF8(v[:1000], "")
		}
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return
		}
	case float32:
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return
		}
	}
	_ = seg.AddAnnotation(key, value)
}

// xrayMetadata adds metadata to the subsegment or segment of a context, as it is
// now. What has no form in JSON would lose the whole segment, and so would what does
// not go into a packet with it; it is left out.
func xrayMetadata(ctx context.Context, key string, value any) {
	seg := xray.GetSegment(ctx)
	if seg == nil {
		return
	}
	if data, err := json.Marshal(value); err == nil && len(data) <= 32<<10 {
		_ = seg.AddMetadata(key, json.RawMessage(data))
	}
}

// xrayText returns a value's text, that of its String method if it has one; a nil
// pointer is no reason to panic. The text of a time is none of the process's clock.
func xrayText(value any) string {
	if t, ok := value.(time.Time); ok {
		return t.Format(time.RFC3339Nano)
	}
	return fmt.Sprint(value)
}
