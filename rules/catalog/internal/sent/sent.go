// Package sent sets the X-Ray SDK up for the tests of a package, and tells what it
// sends.
package sent

import (
	"context"
	"os"
	"testing"

	"github.com/aws/aws-xray-sdk-go/v2/strategy/ctxmissing"
	"github.com/aws/aws-xray-sdk-go/v2/strategy/sampling"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/aws/aws-xray-sdk-go/v2/xraylog"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/daemon"
)

var receiver *daemon.Daemon

// Main runs a package's tests with a stand-in for the daemon, to which every
// request is sampled.
func Main(m *testing.M) {
	xray.SetLogger(xraylog.NullLogger)
	var err error
	if receiver, err = daemon.Listen(); err != nil {
		panic(err)
	}
	err = xray.Configure(xray.Config{DaemonAddr: receiver.Addr(), SamplingStrategy: Everything{}, ContextMissingStrategy: ctxmissing.NewDefaultIgnoreErrorStrategy()})
	if err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// Everything samples every request.
type Everything struct{}

func (Everything) ShouldTrace(*sampling.Request) *sampling.Decision {
	return &sampling.Decision{Sample: true}
}

// Begin opens a segment; closed ends it and returns what was sent of it.
func Begin(t testing.TB) (ctx context.Context, closed func() daemon.Segment) {
	t.Helper()
	ctx, seg := xray.BeginSegment(context.Background(), "test")
	return ctx, func() daemon.Segment {
		t.Helper()
		seg.Lock()
		seg.ContextDone, seg.Emitted = true, true // exactly one packet
		seg.Unlock()
		seg.Close(nil)
		return Of(t, seg.TraceID, 1)[0]
	}
}

// Of returns the packets of a trace, of which there must be n, and none in
// progress.
func Of(t testing.TB, trace string, n int) []daemon.Segment {
	t.Helper()
	all := receiver.Exactly(t, trace, n, func() string {
		_, seg := xray.BeginSegment(context.Background(), "mark")
		seg.Close(nil)
		return seg.TraceID
	})
	for _, s := range all {
		for _, part := range append(s.Below(), s) {
			if part.InProgress || part.End == 0 {
				t.Errorf("%s is in progress:\n%s", part.Name, daemon.Format([]daemon.Segment{s}))
			}
		}
	}
	return all
}

// Packets returns the packets of a trace as soon as there are at least n.
func Packets(t testing.TB, trace string, n int) []daemon.Segment { return receiver.Trace(t, trace, n) }
