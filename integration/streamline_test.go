package integration

import (
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/seed-4257438c/xray-instrument/integration/internal/decoder"
	"github.com/seed-4257438c/xray-instrument/integration/internal/postgres"
	"github.com/seed-4257438c/xray-instrument/integration/internal/tool"
)

const source = "streamline"

// The orders that are sent side by side.
const (
	clients    = 4
	ordersEach = 3
)

// TestStreamline instruments the order platform and runs it beside the plain one.
func TestStreamline(t *testing.T) {
	command := tool.Build(t)
	instrumented := tool.Copy(t, source)
	tool.Run(t, instrumented, command, "./...")
	plainPrograms, tracedPrograms := tool.Programs(t, source, "./cmd/..."), tool.Programs(t, instrumented, "./cmd/...")

	t.Run("source", func(t *testing.T) { testSource(t, command, instrumented) })

	db := postgres.Start(t)
	traces := decoder.Start(t)
	plain := startPlatform(t, plainPrograms, db.Create(t, "plain"), traces.Addr())
	traced := startPlatform(t, tracedPrograms, db.Create(t, "traced"), traces.Addr())

	t.Run("start", func(t *testing.T) {
		if spans := traces.Await(func([]decoder.Span) bool { return true }); len(spans) > 0 {
			t.Errorf("%d spans before the first request", len(spans))
		}
		sameLogs(t, plain, traced)
		noMissingContext(t, traced)
	})
	t.Run("requests", func(t *testing.T) { testRequests(t, plain, traced, traces) })
	t.Run("effects", func(t *testing.T) {
		sameRows(t, db)
		sameCalls(t, plain, traced)
		sameLogs(t, plain, traced)
	})
	t.Run("steps", func(t *testing.T) { testSteps(t, traced, traces) })
	t.Run("at once", func(t *testing.T) { testAtOnce(t, traced, traces) })
	t.Run("without a header", func(t *testing.T) { testSampler(t, traced, traces) })
	t.Run("nothing else", func(t *testing.T) {
		if got, want := len(traceIDs(traces.Spans())), len(requests())+len(steps())+clients*ordersEach+1; got != want {
			t.Errorf("%d traces, want one for each of %d requests", got, want)
		}
		for _, warning := range traces.Warnings() {
			t.Errorf("the decoder: %s", warning)
		}
		noMissingContext(t, traced)
	})
}

// testRequests sends the same requests to both platforms and compares the answers, then
// looks at the trace of each.
func testRequests(t *testing.T, plain, traced *platform, traces *decoder.Decoder) {
	for _, r := range requests() {
		t.Run(r.name, func(t *testing.T) {
			id := newTraceID()
			want, got := plain.send(t, r, id.header()), traced.send(t, r, id.header())
			if !reflect.DeepEqual(got, want) {
				t.Errorf("the answer is\n%+v\nwithout instrumentation\n%+v", got, want)
			}
			checkTrace(t, traced, await(traces, r, id.String()), id.String(), r.segments)
			if _, want := r.segments.count(); tracedCalls(traced, id) != want {
				t.Errorf("%d calls of AWS had the trace header, want %d", tracedCalls(traced, id), want)
			}
		})
	}
}

// await waits for all segments of a request.
func await(traces *decoder.Decoder, r request, id string) []decoder.Span {
	want, _ := r.segments.count()
	return traces.Await(func(spans []decoder.Span) bool { return segments(spans, id) >= want })
}

// tracedCalls counts the calls of AWS that told which trace they belong to.
func tracedCalls(p *platform, id traceID) int {
	n := 0
	for _, call := range p.aws.Calls() {
		if strings.Contains(call.Trace, id.root()) && strings.Contains(call.Trace, "Parent=") {
			n++
		}
	}
	return n
}

// testAtOnce sends orders side by side: each must get a trace of its own.
func testAtOnce(t *testing.T, traced *platform, traces *decoder.Decoder) {
	r := requests()[0]
	var ids [clients * ordersEach]traceID
	var wg sync.WaitGroup
	for client := range clients {
		wg.Go(func() {
			for i := range ordersEach {
				id := newTraceID()
				ids[client*ordersEach+i] = id
				traced.send(t, r, id.header())
			}
		})
	}
	wg.Wait()
	want, _ := r.segments.count()
	spans := traces.Await(func(spans []decoder.Span) bool {
		return !slices.ContainsFunc(ids[:], func(id traceID) bool { return segments(spans, id.String()) < want })
	})
	for _, id := range ids {
		if checkTrace(t, traced, spans, id.String(), r.segments); t.Failed() {
			break // the others tell the same
		}
	}
}

// testSampler sends a request without a trace header, which the SDK's sampler takes when
// it is the first of its second.
func testSampler(t *testing.T, traced *platform, traces *decoder.Decoder) {
	r := requests()[0]
	before := traceIDs(traces.Spans())
	traced.send(t, r, "")
	want, _ := r.segments.count()
	var id string
	spans := traces.Await(func(spans []decoder.Span) bool {
		for _, span := range spans {
			if !before[span.Trace] {
				id = span.Trace
			}
		}
		return segments(spans, id) >= want
	})
	checkTrace(t, traced, spans, id, r.segments)
}
