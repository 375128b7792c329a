package xray

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/aws/aws-xray-sdk-go/v2/xray"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/daemon"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/sent"
)

func TestMain(m *testing.M) { sent.Main(m) }

// call does what a traced call does.
func call(ctx context.Context, name string) {
	_, seg := xray.BeginSubsegment(ctx, name)
	seg.Close(nil)
}

type key struct{}

func TestWorkIsOneSegment(t *testing.T) {
	lifetime, stop := context.WithCancel(context.WithValue(context.Background(), key{}, "kept"))
	var traces []string
	for range 3 {
		ctx, end := xrayWork(lifetime, "orders-sweep")
		traces = append(traces, xray.TraceID(ctx))
		if ctx.Value(key{}) != "kept" || ctx.Done() != lifetime.Done() {
			t.Error("the item's context is not made from the worker's")
		}
		call(ctx, "a")
		call(ctx, "b")
		end()
	}
	stop()
	for i, trace := range traces {
		s := sent.Of(t, trace, 1)[0]
		if s.Name != "orders-sweep" || s.Fault || len(s.Subsegments) != 2 || i > 0 && trace == traces[i-1] {
			t.Errorf("item %d:\n%s", i, daemon.Format([]daemon.Segment{s}))
		}
	}
}

// A worker that is told to stop in the middle of an item still sends that once.
func TestWorkOutlivesItsContext(t *testing.T) {
	lifetime, stop := context.WithCancel(context.Background())
	ctx, end := xrayWork(lifetime, "orders-sweep")
	stop()
	for range 10 {
		call(ctx, "a")
	}
	end()
	if s := sent.Of(t, xray.TraceID(ctx), 1)[0]; len(s.Subsegments) != 10 {
		t.Error(daemon.Format([]daemon.Segment{s}))
	}
}

func TestWorkRecordsAPanic(t *testing.T) {
	cause := errors.New("no more")
	var trace string
	func() {
		defer func() {
			if r := recover(); r != error(cause) {
				t.Errorf("the panic is %v", r)
			}
		}()
		ctx, end := xrayWork(context.Background(), "orders-report")
		defer end()
		trace = xray.TraceID(ctx)
		panic(cause)
	}()
	s := sent.Of(t, trace, 1)[0]
	if !s.Fault || len(s.Cause.Exceptions) != 1 || s.Cause.Exceptions[0].Message != "panic: no more" {
		t.Errorf("%+v", s)
	}
}

func TestWorkBelongsToAnOpenSegment(t *testing.T) {
	outer, seg := xray.BeginSegment(context.Background(), "request")
	ctx, end := xrayWork(outer, "orders-sweep")
	if ctx != outer {
		t.Error("something began")
	}
	call(ctx, "a")
	end()
	if !seg.InProgress {
		t.Error("the request's segment has ended")
	}
	seg.Close(nil)
	if s := sent.Of(t, seg.TraceID, 1)[0]; s.Name != "request" || len(s.Subsegments) != 1 {
		t.Error(daemon.Format([]daemon.Segment{s}))
	}

	// What a timer does when the request is over is no part of it.
	ctx, end = xrayWork(outer, "orders-sweep")
	end()
	if trace := xray.TraceID(ctx); trace == seg.TraceID {
		t.Error("the work belongs to a segment that has ended")
	} else {
		sent.Of(t, trace, 1)
	}
}

func TestNoWorkWhereNoSegmentCanBegin(t *testing.T) {
	for name, prepare := range map[string]func(*testing.T) context.Context{
		"disabled": func(t *testing.T) context.Context {
			t.Setenv("AWS_XRAY_SDK_DISABLED", "true")
			return context.Background()
		},
		"Lambda": func(t *testing.T) context.Context {
			t.Setenv("LAMBDA_TASK_ROOT", "/var/task")
			return context.Background()
		},
		"invocation": func(*testing.T) context.Context {
			return context.WithValue(context.Background(), xray.LambdaTraceHeaderKey, "Root=1-57ff426a-80c11c39b0c928905eb0828d;Parent=53995c3f42cd8ad8;Sampled=1")
		},
	} {
		t.Run(name, func(t *testing.T) {
			base := prepare(t)
			ctx, end := xrayWork(base, "orders-sweep")
			end()
			if ctx != base {
				t.Error("a segment began")
			}
		})
	}
}

// What a goroutine does arrives once, below the segment that started it, whichever
// of the two ends first.
func TestGoroutineArrivesOnceAndWhole(t *testing.T) {
	for _, late := range []bool{false, true} {
		t.Run(fmt.Sprintf("late=%t", late), func(t *testing.T) {
			ctx, end := xrayWork(context.Background(), "request")
			_, sub := xray.BeginSubsegment(ctx, "outer")
			in := context.WithValue(ctx, xray.ContextKey, sub)
			over, done := make(chan bool), make(chan bool)
			go func(ctx context.Context) {
				defer close(done)
				defer xrayDone(ctx)
				call(ctx, "a")
				if late {
					<-over
				}
				call(ctx, "b")
			}(xrayGo(in, "notify"))
			if !late {
				<-done
			}
			call(ctx, "c")
			sub.Close(nil)
			end()
			close(over)
			<-done
			all := sent.Of(t, xray.TraceID(ctx), 2)
			root, notify := all[0], all[1]
			if !late {
				root, notify = notify, root
			}
			if root.Name != "request" || len(root.Subsegments) != 2 || len(root.Below()) != 2 {
				t.Error(daemon.Format(all))
			}
			if notify.Name != "notify" || notify.Type != "subsegment" || notify.Parent != sub.ID || len(notify.Subsegments) != 2 {
				t.Errorf("%s%s", notify.Type, daemon.Format(all))
			}
		})
	}
}

func TestGoroutineRecordsAPanic(t *testing.T) {
	ctx, end := xrayWork(context.Background(), "request")
	cause := errors.New("no more")
	func() {
		defer func() {
			if r := recover(); r != error(cause) {
				t.Errorf("the panic is %v", r)
			}
		}()
		defer xrayDone(xrayGo(ctx, "notify"))
		panic(cause)
	}()
	end()
	all := sent.Of(t, xray.TraceID(ctx), 2)
	if notify := all[0]; notify.Name != "notify" || !notify.Fault {
		t.Errorf("%+v", notify)
	}
}

func TestGoroutineWithoutASegment(t *testing.T) {
	base := context.WithValue(context.Background(), key{}, "kept")
	if ctx := xrayGo(base, "notify"); ctx != base {
		t.Error("something began")
	} else {
		xrayDone(ctx)
	}
}

// A goroutine may start another one when the segment has ended, or itself has.
func TestGoroutineOfAGoroutine(t *testing.T) {
	for _, late := range []bool{false, true} {
		t.Run(fmt.Sprintf("late=%t", late), func(t *testing.T) {
			ctx, end := xrayWork(context.Background(), "request")
			outer := xrayGo(ctx, "outer")
			end()
			if late {
				xrayDone(outer)
			}
			inner := xrayGo(outer, "inner")
			if !late {
				xrayDone(outer)
			}
			call(inner, "a")
			call(inner, "b")
			xrayDone(inner)
			all := sent.Of(t, xray.TraceID(ctx), 3)
			if got := all[2]; got.Name != "inner" || got.Parent != xray.GetSegment(outer).ID || len(got.Subsegments) != 2 || len(all[1].Subsegments) != 0 {
				t.Error(daemon.Format(all))
			}
		})
	}
}
