package grpc

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-xray-sdk-go/v2/strategy/ctxmissing"
	"github.com/aws/aws-xray-sdk-go/v2/strategy/sampling"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"github.com/aws/aws-xray-sdk-go/v2/xraylog"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/daemon"
	"github.com/seed-4257438c/xray-instrument/rules/catalog/plain"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

var receiver *daemon.Daemon

func TestMain(m *testing.M) {
	xray.SetLogger(xraylog.NullLogger)
	if addr, header, ok := strings.Cut(os.Getenv(panicChild), " "); ok {
		panicking(addr, header)
		return
	}
	var err error
	if receiver, err = daemon.Listen(); err != nil {
		panic(err)
	}
	err = xray.Configure(xray.Config{DaemonAddr: receiver.Addr(), SamplingStrategy: everything{}, ContextMissingStrategy: ctxmissing.NewDefaultIgnoreErrorStrategy()})
	if err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

// panicChild in the environment has the test binary serve a call that panics: its
// value is the address of the daemon and the trace's header.
const panicChild = "XRAY_PANIC_CHILD"

func panicking(addr, header string) {
	if err := xray.Configure(xray.Config{DaemonAddr: addr}); err != nil {
		panic(err)
	}
	l := bufconn.Listen(1 << 16)
	srv := tracedSide.server(service)
	pb.RegisterTestServiceServer(srv, &served{})
	go func() { _ = srv.Serve(l) }()
	conn, err := plainSide.client("passthrough:///orders", insecurely, grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
		return l.DialContext(ctx)
	}))
	if err != nil {
		panic(err)
	}
	ctx := metadata.AppendToOutgoingContext(context.Background(), xray.TraceIDHeaderKey, header)
	calls["UnaryCall"](ctx, pb.NewTestServiceClient(conn), &pb.EchoStatus{Message: "panic"})
}

// everything samples every request.
type everything struct{}

func (everything) ShouldTrace(*sampling.Request) *sampling.Decision {
	return &sampling.Decision{Sample: true}
}

// service is the name of the traced server.
const service = "orders"

// dialect is one dialect's ways to serve and to connect.
type dialect struct {
	server      func(service string, opts ...grpc.ServerOption) *grpc.Server
	client      func(target string, opts ...grpc.DialOption) (*grpc.ClientConn, error)
	dial        func(target string, opts ...grpc.DialOption) (*grpc.ClientConn, error)
	dialContext func(ctx context.Context, target string, opts ...grpc.DialOption) (*grpc.ClientConn, error)
}

var (
	plainSide  = dialect{plain.GRPCServer, plain.GRPCClient, plain.GRPCDial, plain.GRPCDialContext}
	tracedSide = dialect{traced.GRPCServer, traced.GRPCClient, traced.GRPCDial, traced.GRPCDialContext}
)

// program is a server with a connection to it.
type program struct {
	conn   *grpc.ClientConn
	client pb.TestServiceClient
	served *served
}

// start serves on a buffer.
func start(t testing.TB, d dialect, opts []grpc.ServerOption, dial ...grpc.DialOption) program {
	t.Helper()
	l := bufconn.Listen(1 << 16)
	s := serve(t, d.server(service, opts...), l)
	conn, err := d.client("passthrough:///orders", append(dial, insecurely, grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
		return l.DialContext(ctx)
	}))...)
	return program{connected(t, conn, err), pb.NewTestServiceClient(conn), s}
}

var insecurely = grpc.WithTransportCredentials(insecure.NewCredentials())

func connected(t testing.TB, conn *grpc.ClientConn, err error) *grpc.ClientConn {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func serve(t testing.TB, srv *grpc.Server, l net.Listener) *served {
	s := &served{}
	pb.RegisterTestServiceServer(srv, s)
	grpc_health_v1.RegisterHealthServer(srv, health.NewServer())
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(srv.Stop)
	return s
}

// served is a service that answers what it is asked for, with a subsegment for the
// work.
type served struct {
	pb.UnimplementedTestServiceServer
	attempts atomic.Int32
}

func work(ctx context.Context) {
	_, seg := xray.BeginSubsegment(ctx, "work")
	seg.Close(nil)
}

// answer returns the status that a request asks for.
func answer(ctx context.Context, want *pb.EchoStatus) error {
	work(ctx)
	_ = grpc.SetTrailer(ctx, metadata.Pairs("own", "kept"))
	switch {
	case want.GetMessage() == "wait":
		<-ctx.Done()
		work(ctx)
		return ctx.Err()
	case want.GetMessage() == "panic":
		panic("at the disco")
	case want.GetMessage() == "plain":
		return fmt.Errorf("no status")
	}
	return status.Error(codes.Code(want.GetCode()), want.GetMessage())
}

func (s *served) UnaryCall(ctx context.Context, in *pb.SimpleRequest) (*pb.SimpleResponse, error) {
	if n := s.attempts.Add(1); in.GetResponseStatus().GetMessage() == "twice" && n == 1 {
		return nil, status.Error(codes.Unavailable, "once more")
	} else if in.GetResponseStatus().GetMessage() == "twice" {
		return &pb.SimpleResponse{Hostname: "second"}, nil
	}
	if err := answer(ctx, in.GetResponseStatus()); err != nil {
		return nil, err
	}
	return &pb.SimpleResponse{Hostname: "here"}, nil
}

func (s *served) StreamingOutputCall(in *pb.StreamingOutputCallRequest, stream pb.TestService_StreamingOutputCallServer) error {
	for range in.GetResponseParameters() {
		if err := stream.Send(&pb.StreamingOutputCallResponse{}); err != nil {
			return err
		}
	}
	return answer(stream.Context(), in.GetResponseStatus())
}

func (s *served) StreamingInputCall(stream pb.TestService_StreamingInputCallServer) error {
	work(stream.Context())
	for n := int32(0); ; n++ {
		if _, err := stream.Recv(); err == io.EOF {
			return stream.SendAndClose(&pb.StreamingInputCallResponse{AggregatedPayloadSize: n})
		} else if err != nil {
			return err
		}
	}
}

func (s *served) FullDuplexCall(stream pb.TestService_FullDuplexCallServer) error {
	for {
		in, err := stream.Recv()
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := answer(stream.Context(), in.GetResponseStatus()); err != nil {
			return err
		}
		if err := stream.Send(&pb.StreamingOutputCallResponse{}); err != nil {
			return err
		}
	}
}

// segment returns a context with an open segment, and a function that closes it
// and returns what was sent.
func segment(t testing.TB) (context.Context, func() daemon.Segment) {
	t.Helper()
	ctx, seg := xray.BeginSegment(context.Background(), "test")
	return ctx, func() daemon.Segment {
		t.Helper()
		seg.Lock()
		seg.ContextDone, seg.Emitted = true, true // exactly one packet
		seg.Unlock()
		seg.Close(nil)
		for n := 1; ; n++ {
			for _, s := range receiver.Trace(t, seg.TraceID, n) {
				if s.Name == "test" {
					return s
				}
			}
		}
	}
}

// mark sends a segment of its own and returns its trace.
func mark() string {
	_, seg := xray.BeginSegment(context.Background(), "mark")
	seg.Close(nil)
	return seg.TraceID
}

// below returns the segments of a server in a trace, of which there must be n.
func below(t testing.TB, trace string, n int) []daemon.Segment {
	t.Helper()
	var out []daemon.Segment
	for _, s := range receiver.Exactly(t, trace, n+1, mark) {
		if s.Name == service {
			out = append(out, s)
		}
	}
	if len(out) != n {
		t.Fatalf("%d segments of the server, want %d", len(out), n)
	}
	for _, s := range out {
		if s.InProgress || s.End == 0 || s.Type != "" {
			t.Errorf("the server's segment is not complete:\n%s", daemon.Format([]daemon.Segment{s}))
		}
	}
	return out
}

// flags returns what a segment says of its status.
func flags(s daemon.Segment) string {
	var out []string
	for name, set := range map[string]bool{"error": s.Error, "fault": s.Fault, "throttle": s.Throttle} {
		if set {
			out = append(out, name)
		}
	}
	return strings.Join(out, " ")
}

// eventually returns when a condition holds, or after a while.
func eventually(holds func() bool) {
	for deadline := time.Now().Add(10 * time.Second); !holds() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
}
