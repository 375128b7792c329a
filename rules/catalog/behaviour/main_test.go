package behaviour

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-xray-sdk-go/v2/strategy/ctxmissing"
	"github.com/aws/aws-xray-sdk-go/v2/strategy/sampling"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/aws/aws-xray-sdk-go/v2/xraylog"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/daemon"
)

var (
	receiver *daemon.Daemon
	logged   = &lines{}
	// atStart is what the SDK said of a missing segment before anything but the
	// traced dialect had configured it.
	atStart string
)

func TestMain(m *testing.M) {
	xray.SetLogger(logged)
	_, _ = xray.BeginSubsegment(context.Background(), "before")
	atStart = logged.take()
	if os.Getenv(quietChild) != "" {
		fmt.Print(atStart)
		return
	}
	var err error
	if receiver, err = daemon.Listen(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	err = xray.Configure(xray.Config{
		DaemonAddr:             receiver.Addr(),
		SamplingStrategy:       everything{},
		ContextMissingStrategy: ctxmissing.NewDefaultLogErrorStrategy(),
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	if bad := receiver.Malformed(); len(bad) > 0 {
		fmt.Fprintln(os.Stderr, "packets that are no segments:", bad)
		code = 1
	}
	os.Exit(code)
}

// everything samples every request.
type everything struct{}

func (everything) ShouldTrace(*sampling.Request) *sampling.Decision {
	return &sampling.Decision{Sample: true}
}

// lines is a logger of the SDK that keeps warnings and errors.
type lines struct {
	mu   sync.Mutex
	text []string
}

func (l *lines) Log(level xraylog.LogLevel, msg fmt.Stringer) {
	if level < xraylog.LogLevelWarn {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, msg.String())
}

// take returns what was logged since it was called last.
func (l *lines) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := strings.Join(l.text, "\n")
	l.text = nil
	return out
}

// mark sends a segment of its own and returns its trace.
func mark() string {
	_, seg := xray.BeginSegment(context.Background(), "mark")
	seg.Close(nil)
	return seg.TraceID
}

// one returns the only packet of a trace: a segment that is complete.
func one(t testing.TB, trace string) daemon.Segment {
	t.Helper()
	s := receiver.Exactly(t, trace, 1, mark)[0]
	for _, part := range append(s.Below(), s) {
		if part.InProgress || part.End == 0 {
			t.Errorf("%s is in progress:\n%s", part.Name, daemon.Format([]daemon.Segment{s}))
		}
	}
	return s
}

// none fails the test if a packet of a trace has arrived.
func none(t testing.TB, trace string) {
	t.Helper()
	receiver.Exactly(t, trace, 0, mark)
}

// eventually returns when a condition holds, or after a while.
func eventually(holds func() bool) {
	for deadline := time.Now().Add(10 * time.Second); !holds() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
}

// traceHeader is the name of the header that carries a trace, as net/http has it.
const traceHeader = "X-Amzn-Trace-Id"

// parent is the segment that incoming requests come from.
const parent = "53995c3f42cd8ad8"

// incoming returns a new trace and the header of a sampled request of it.
func incoming() (trace, header string) {
	trace = xray.NewTraceID()
	return trace, "Root=" + trace + ";Parent=" + parent + ";Sampled=1"
}

// segment returns a context with an open segment, and a function that closes it
// and returns what was sent.
func segment(t testing.TB) (context.Context, func() daemon.Segment) {
	t.Helper()
	ctx, seg := xray.BeginSegment(context.Background(), "test")
	return ctx, func() daemon.Segment {
		t.Helper()
		seg.Lock()
		seg.ContextDone, seg.Emitted = true, true // see xrayStatus.end
		seg.Unlock()
		seg.Close(nil)
		return one(t, seg.TraceID)
	}
}

// client is one that nothing traces and that follows no redirects.
func client(t testing.TB, transport *http.Transport) *http.Client {
	if transport == nil {
		transport = &http.Transport{}
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: asked}
}

// asked keeps a client from following redirects.
func asked(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
