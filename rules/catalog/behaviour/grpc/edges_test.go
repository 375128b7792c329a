package grpc

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/aws/aws-xray-sdk-go/v2/header"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/daemon"
	traced "github.com/seed-4257438c/xray-instrument/rules/catalog/xray"
)

func TestHealthIsNotTraced(t *testing.T) {
	p := start(t, tracedSide, nil)
	ctx, closed := segment(t)
	if _, err := grpc_health_v1.NewHealthClient(p.conn).Check(ctx, &grpc_health_v1.HealthCheckRequest{}); err != nil {
		t.Fatal(err)
	}
	root := closed()
	only(t, root)
	below(t, root.Trace, 0)
}

// A method that nobody serves ends its segment and leaves nothing behind.
func TestUnknownMethod(t *testing.T) {
	p := start(t, tracedSide, nil)
	ctx, closed := segment(t)
	if err := p.conn.Invoke(ctx, "/no.Such/Method", &pb.Empty{}, &pb.Empty{}); status.Code(err) != codes.Unimplemented {
		t.Error(err)
	}
	root := closed()
	if server := below(t, root.Trace, 1)[0]; flags(server) != "fault" || !strings.HasSuffix(server.HTTP.Request.URL, "/no.Such/Method") {
		t.Errorf("the server's segment:\n%s", daemon.Format([]daemon.Segment{server}))
	}
	before := runtime.NumGoroutine()
	for range 50 {
		_ = p.conn.Invoke(t.Context(), "/no.Such/Method", &pb.Empty{}, &pb.Empty{})
		calls["StreamingOutputCall"](t.Context(), p.client, nil)
	}
	eventually(func() bool { return runtime.NumGoroutine() <= before+5 })
	if n := runtime.NumGoroutine(); n > before+5 {
		t.Errorf("%d goroutines became %d", before, n)
	}
}

// Each attempt is a subsegment, and the server continues the one that it belongs to.
func TestRetry(t *testing.T) {
	p := start(t, tracedSide, nil, grpc.WithDefaultServiceConfig(`{"methodConfig": [{"name": [{}], "retryPolicy":
		{"maxAttempts": 3, "initialBackoff": "0.001s", "maxBackoff": "0.001s", "backoffMultiplier": 1, "retryableStatusCodes": ["UNAVAILABLE"]}}]}`))
	ctx, closed := segment(t)
	if got := calls["UnaryCall"](ctx, p.client, &pb.EchoStatus{Message: "twice"}); !strings.HasPrefix(got, "second") {
		t.Fatal(got)
	}
	root := closed()
	if len(root.Subsegments) != 2 || flags(root.Subsegments[0]) != "fault" || flags(root.Subsegments[1]) != "" {
		t.Fatalf("the client's segment:\n%s", daemon.Format([]daemon.Segment{root}))
	}
	for _, server := range below(t, root.Trace, 2) {
		if parent := root.Subsegments[0]; flags(server) == "fault" && server.Parent != parent.ID {
			t.Errorf("parent %s, want %s", server.Parent, parent.ID)
		}
	}
}

// What cannot be reached has an address nowhere, and the reason.
func TestUnreachable(t *testing.T) {
	conn, err := tracedSide.client("127.0.0.1:1", insecurely)
	connected(t, conn, err)
	ctx, closed := segment(t)
	calls["UnaryCall"](ctx, pb.NewTestServiceClient(conn), nil)
	if client := only(t, closed()); flags(client) != "fault" || client.HTTP.Request.URL != "grpc:///"+called+"/UnaryCall" ||
		len(client.Cause.Exceptions) != 1 || !strings.Contains(client.Cause.Exceptions[0].Message, "connection refused") {
		t.Errorf("subsegment %+v", client)
	}
}

// A call that the SDK's own interceptor records is not recorded twice.
func TestSDKInterceptor(t *testing.T) {
	p := start(t, tracedSide, nil, grpc.WithUnaryInterceptor(xray.UnaryClientInterceptor()))
	ctx, closed := segment(t)
	calls["UnaryCall"](ctx, p.client, nil)
	root := closed()
	if client, server := only(t, root), below(t, root.Trace, 1)[0]; len(client.Subsegments) != 0 || server.Parent != client.ID {
		t.Errorf("the client's segment:\n%s", daemon.Format([]daemon.Segment{root}))
	}
}

// A program that hands the metadata of its caller on does not send two headers.
func TestForwardedHeader(t *testing.T) {
	p := start(t, tracedSide, nil)
	ctx, closed := segment(t)
	out := metadata.AppendToOutgoingContext(ctx, "own", "kept", xray.TraceIDHeaderKey, "Root="+xray.NewTraceID()+";Parent=53995c3f42cd8ad8;Sampled=1")
	calls["UnaryCall"](out, p.client, nil)
	root := closed()
	if client, server := only(t, root), below(t, root.Trace, 1)[0]; server.Parent != client.ID {
		t.Errorf("parent %s, want %s", server.Parent, client.ID)
	}
	if md, _ := metadata.FromOutgoingContext(out); len(md.Get(xray.TraceIDHeaderKey)) != 1 || strings.Contains(md.Get(xray.TraceIDHeaderKey)[0], root.Trace) {
		t.Errorf("the caller's metadata has changed: %v", md)
	}
}

// A server inside a traced http.Handler has one segment a call, the handler's.
func TestHTTPHandler(t *testing.T) {
	srv := tracedSide.server(service)
	pb.RegisterTestServiceServer(srv, &served{})
	// The traced form of net/http, as a mux of HTTP and gRPC on one port has it.
	over := traced.ServerHandler("web", srv)
	front := httptest.NewUnstartedServer(over.Handler)
	front.Config.Protocols = new(http.Protocols)
	front.Config.Protocols.SetUnencryptedHTTP2(true)
	front.Start()
	defer front.Close()
	conn, err := tracedSide.client(front.Listener.Addr().String(), insecurely)
	connected(t, conn, err)
	for name, call := range calls {
		ctx, closed := segment(t)
		if got := call(ctx, pb.NewTestServiceClient(conn), nil); strings.Contains(got, "code =") {
			t.Errorf("%s: %s", name, got)
		}
		root := closed()
		packets := receiver.Exactly(t, root.Trace, 2, mark)
		for _, s := range packets {
			if s.Name == "web" && (len(s.Subsegments) != 1 || s.Parent != only(t, root).ID) {
				t.Errorf("%s:\n%s", name, daemon.Format(packets))
			}
		}
	}
}

// A call that is not sampled is none anywhere, and says so.
func TestNotSampled(t *testing.T) {
	trace := xray.NewTraceID()
	h := header.FromString("Root=" + trace + ";Parent=53995c3f42cd8ad8;Sampled=0")
	r, err := http.NewRequest("GET", "/", nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, seg := xray.NewSegmentFromHeader(context.Background(), "test", r, h)
	for name, call := range calls {
		if got := call(ctx, start(t, tracedSide, nil).client, nil); strings.Contains(got, "code =") {
			t.Errorf("%s: %s", name, got)
		}
	}
	seg.Close(nil)
	receiver.Exactly(t, trace, 0, mark)
}

// A panic that nobody recovers ends the program, and its segment first, as a fault.
func TestPanic(t *testing.T) {
	trace := xray.NewTraceID()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), panicChild+"="+receiver.Addr()+" Root="+trace+";Parent=53995c3f42cd8ad8;Sampled=1")
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "at the disco") {
		t.Errorf("%v: %s", err, out)
	}
	if server := receiver.Exactly(t, trace, 1, mark)[0]; flags(server) != "fault" || server.Name != service {
		t.Errorf("segment %+v", server)
	}
}

func TestDisabled(t *testing.T) {
	t.Setenv("AWS_XRAY_SDK_DISABLED", "TRUE")
	for name, call := range calls {
		want := call(t.Context(), start(t, plainSide, nil).client, nil)
		ctx, seg := xray.BeginSegment(context.Background(), "test")
		out := metadata.AppendToOutgoingContext(ctx, xray.TraceIDHeaderKey, "any")
		if got := call(out, start(t, tracedSide, nil).client, nil); got != want {
			t.Errorf("%s: plain %s, traced %s", name, want, got)
		}
		seg.Close(nil)
	}
}

// Under AWS Lambda a call is a subsegment of the function's segment.
func TestLambda(t *testing.T) {
	trace := xray.NewTraceID()
	ctx := context.WithValue(context.Background(), xray.LambdaTraceHeaderKey, "Root="+trace+";Parent=53995c3f42cd8ad8;Sampled=1") //lint:ignore SA1029 It is what aws-lambda-go does.
	calls["UnaryCall"](ctx, start(t, tracedSide, nil).client, nil)
	for _, s := range receiver.Exactly(t, trace, 2, mark) {
		if s.Name == called && (s.Parent != "53995c3f42cd8ad8" || s.Type != "subsegment") {
			t.Errorf("subsegment %+v", s)
		}
	}
}
