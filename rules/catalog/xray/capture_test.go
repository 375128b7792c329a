package xray

import (
	"context"
	"errors"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-xray-sdk-go/v2/xray"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/daemon"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/sent"
)

// traced returns what is sent of a segment in which f runs.
func traced(t *testing.T, f func(ctx context.Context)) daemon.Segment {
	t.Helper()
	ctx, seg := xray.BeginSegment(context.Background(), "test")
	f(ctx)
	seg.Lock()
	seg.ContextDone, seg.Emitted = true, true // exactly one packet
	seg.Unlock()
	seg.Close(nil)
	return sent.Of(t, seg.TraceID, 1)[0]
}

var errFirst, errSecond = errors.New("first"), errors.New("second")

// steps are bodies as instrumented functions have them.
var steps = map[string]struct {
	run   func(ctx context.Context) any // returns the value of a panic
	fault bool
	cause string
	value any
}{
	"no results": {run: func(ctx context.Context) any {
		ctx, end := xrayCapture(ctx, "step")
		defer end()
		_ = ctx
		return nil
	}},
	"an error": {fault: true, cause: "first", run: func(ctx context.Context) any {
		_ = func() (err error) {
			_, end := xrayCapture(ctx, "step")
			defer end(&err)
			return errFirst
		}()
		return nil
	}},
	"no error": {run: func(ctx context.Context) any {
		_ = func() (err error) {
			_, end := xrayCapture(ctx, "step")
			defer end(&err)
			return nil
		}()
		return nil
	}},
	"the second of two": {fault: true, cause: "second", run: func(ctx context.Context) any {
		_, _ = func() (a, b error) {
			_, end := xrayCapture(ctx, "step")
			defer end(&a, &b)
			return nil, errSecond
		}()
		return nil
	}},
	"a panic": {fault: true, cause: "panic: first", value: errFirst, run: func(ctx context.Context) (value any) {
		defer func() { value = recover() }()
		_, end := xrayCapture(ctx, "step")
		defer end()
		panic(errFirst)
	}},
	"the end of a goroutine": {run: func(ctx context.Context) any {
		done := make(chan bool)
		go func() {
			defer close(done)
			_, end := xrayCapture(ctx, "step")
			defer end()
			runtime.Goexit()
		}()
		<-done
		return nil
	}},
	"a panic that the function recovers": {run: func(ctx context.Context) any {
		_, end := xrayCapture(ctx, "step")
		defer end()
		defer func() { recover() }()
		panic(errFirst)
	}},
}

func TestCapture(t *testing.T) {
	for name, step := range steps {
		t.Run(name, func(t *testing.T) {
			s := traced(t, func(ctx context.Context) {
				if got := step.run(ctx); got != step.value {
					t.Errorf("the panic has the value %v, want %v", got, step.value)
				}
			})
			if len(s.Subsegments) != 1 {
				t.Fatalf("got %s", daemon.Format([]daemon.Segment{s}))
			}
			sub, cause := s.Subsegments[0], ""
			if len(sub.Cause.Exceptions) > 0 {
				cause = sub.Cause.Exceptions[0].Message
			}
			if sub.Name != "step" || sub.InProgress || sub.Fault != step.fault || cause != step.cause {
				t.Errorf("got %+v", sub)
			}
			if got := step.run(context.Background()); got != step.value { // without a segment
				t.Errorf("without a segment the panic has the value %v, want %v", got, step.value)
			}
		})
	}
}

func TestAnnotate(t *testing.T) {
	s := traced(t, func(ctx context.Context) {
		xrayAnnotate(ctx, "order_id", "o-1")
		xrayAnnotate(ctx, "total", 1.5)
		xrayAnnotate(ctx, "none", math.NaN())
		xrayAnnotate(ctx, "more", float32(math.Inf(1)))
		xrayMetadata(ctx, "lines", []string{"a"})
		xrayMetadata(ctx, "channel", make(chan int))
		var missing *text
		xrayAnnotate(ctx, "text", xrayText(text("a")))
		xrayAnnotate(ctx, "missing", xrayText(missing))
		xrayAnnotate(ctx, "when", xrayText(time.Unix(0, 5).UTC()))
		xrayAnnotate(ctx, "long", "a"+strings.Repeat("é", 40_000))
		xrayMetadata(ctx, "huge", strings.Repeat("a", 40_000))
		xrayMetadata(ctx, "rates", map[string]float64{"none": math.NaN()})
	})
	want := map[string]any{
		"order_id": "o-1", "total": 1.5, "text": "text a", "missing": "<nil>",
		"when": "1970-01-01T00:00:00.000000005Z", "long": "a" + strings.Repeat("é", 499),
	}
	if !reflect.DeepEqual(s.Annotations, want) {
		t.Errorf("annotations %v, want %v", s.Annotations, want)
	}
	if want := map[string]any{"default": map[string]any{"lines": []any{"a"}}}; !reflect.DeepEqual(s.Metadata, want) {
		t.Errorf("metadata %v, want %v", s.Metadata, want)
	}
	xrayAnnotate(context.Background(), "a", 1)
	xrayMetadata(context.Background(), "a", 1)
}

type text string

func (s text) String() string { return "text " + string(s) }
