package grpc

import (
	"context"
	"fmt"
	"io"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	pb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/seed-4257438c/xray-instrument/rules/catalog/internal/daemon"
)

const called = "grpc.testing.TestService"

// calls are one of each kind of call, with what the program sees of it.
var calls = map[string]func(ctx context.Context, c pb.TestServiceClient, want *pb.EchoStatus) string{
	"UnaryCall": func(ctx context.Context, c pb.TestServiceClient, want *pb.EchoStatus) string {
		var header, trailer metadata.MD
		out, err := c.UnaryCall(ctx, &pb.SimpleRequest{ResponseStatus: want}, grpc.Header(&header), grpc.Trailer(&trailer))
		return fmt.Sprint(out.GetHostname(), err, header, trailer)
	},
	"StreamingOutputCall": func(ctx context.Context, c pb.TestServiceClient, want *pb.EchoStatus) string {
		s, err := c.StreamingOutputCall(ctx, &pb.StreamingOutputCallRequest{ResponseStatus: want, ResponseParameters: make([]*pb.ResponseParameters, 3)})
		n := 0
		for err == nil {
			if _, err = s.Recv(); err == nil {
				n++
			}
		}
		return fmt.Sprint(n, err, s.Trailer())
	},
	"StreamingInputCall": func(ctx context.Context, c pb.TestServiceClient, want *pb.EchoStatus) string {
		s, err := c.StreamingInputCall(ctx)
		if err != nil {
			return err.Error()
		}
		for range 3 {
			if err := s.Send(&pb.StreamingInputCallRequest{}); err != nil {
				return err.Error()
			}
		}
		out, err := s.CloseAndRecv()
		return fmt.Sprint(out.GetAggregatedPayloadSize(), err)
	},
	"FullDuplexCall": func(ctx context.Context, c pb.TestServiceClient, want *pb.EchoStatus) string {
		s, err := c.FullDuplexCall(ctx)
		if err != nil {
			return err.Error()
		}
		if err := s.Send(&pb.StreamingOutputCallRequest{ResponseStatus: want}); err != nil {
			return err.Error()
		}
		_, first := s.Recv()
		_ = s.CloseSend()
		_, last := s.Recv()
		return fmt.Sprint(first, last, s.Trailer())
	},
}

func TestCalls(t *testing.T) {
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			want := call(t.Context(), start(t, plainSide, nil).client, nil)
			ctx, closed := segment(t)
			got := call(ctx, start(t, tracedSide, nil).client, nil)
			if got != want {
				t.Errorf("plain  %s\ntraced %s", want, got)
			}
			root := closed()
			client := only(t, root)
			if client.Name != called || client.Namespace != "remote" || client.InProgress || flags(client) != "" {
				t.Errorf("subsegment %+v", client)
			}
			if url := client.HTTP.Request.URL; client.HTTP.Request.Method != "POST" || url != "grpc://bufconn/"+called+"/"+name {
				t.Errorf("url %s", url)
			}
			server := below(t, root.Trace, 1)[0]
			if server.Parent != client.ID || flags(server) != "" || len(server.Subsegments) != 1 || server.Subsegments[0].Name != "work" {
				t.Errorf("the server's segment:\n%s", daemon.Format([]daemon.Segment{server}))
			}
			if url := server.HTTP.Request.URL; server.HTTP.Request.Method != "POST" || url != "grpc://orders/"+called+"/"+name {
				t.Errorf("url %s", url)
			}
			if !strings.HasPrefix(server.HTTP.Request.UserAgent, "grpc-go/") {
				t.Errorf("user agent %s", server.HTTP.Request.UserAgent)
			}
		})
	}
}

// only returns the one subsegment of a segment.
func only(t testing.TB, s daemon.Segment) daemon.Segment {
	t.Helper()
	if len(s.Subsegments) != 1 {
		t.Fatalf("want one subsegment:\n%s", daemon.Format([]daemon.Segment{s}))
	}
	return s.Subsegments[0]
}

func TestConnections(t *testing.T) {
	for _, test := range []struct {
		name string
		dial func(d dialect, addr string) (*grpc.ClientConn, error)
	}{
		{"NewClient", func(d dialect, addr string) (*grpc.ClientConn, error) { return d.client(addr, insecurely) }},
		{"Dial", func(d dialect, addr string) (*grpc.ClientConn, error) { return d.dial(addr, insecurely) }},
		{"DialContext", func(d dialect, addr string) (*grpc.ClientConn, error) {
			return d.dialContext(context.Background(), addr, insecurely, grpc.WithBlock())
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got [2]string
			var root daemon.Segment
			var addr string
			for i, d := range []dialect{plainSide, tracedSide} {
				l, err := net.Listen("tcp", "127.0.0.1:0")
				if err != nil {
					t.Fatal(err)
				}
				addr = l.Addr().String()
				serve(t, d.server(service), l)
				conn, err := test.dial(d, addr)
				ctx, closed := segment(t)
				got[i] = calls["UnaryCall"](ctx, pb.NewTestServiceClient(connected(t, conn, err)), nil)
				root = closed()
			}
			if got[0] != got[1] {
				t.Errorf("plain  %s\ntraced %s", got[0], got[1])
			}
			client, server := only(t, root), below(t, root.Trace, 1)[0]
			if client.HTTP.Request.URL != "grpc://"+addr+"/"+called+"/UnaryCall" || server.HTTP.Request.URL != client.HTTP.Request.URL || server.HTTP.Request.ClientIP != "127.0.0.1" {
				t.Errorf("client %+v\nserver %+v", client.HTTP, server.HTTP)
			}
		})
	}
}

func TestStatus(t *testing.T) {
	want := map[codes.Code]string{codes.OK: "", codes.ResourceExhausted: "throttle"}
	for _, c := range []codes.Code{codes.Canceled, codes.InvalidArgument, codes.NotFound, codes.AlreadyExists, codes.PermissionDenied, codes.FailedPrecondition, codes.Aborted, codes.OutOfRange, codes.Unauthenticated} {
		want[c] = "error"
	}
	for _, c := range []codes.Code{codes.Unknown, codes.DeadlineExceeded, codes.Unimplemented, codes.Internal, codes.Unavailable, codes.DataLoss} {
		want[c] = "fault"
	}
	p, without := start(t, tracedSide, nil), start(t, plainSide, nil)
	for code, flag := range want {
		for _, name := range []string{"UnaryCall", "StreamingOutputCall", "FullDuplexCall"} {
			ask := &pb.EchoStatus{Code: int32(code), Message: "as asked"}
			ctx, closed := segment(t)
			if got, want := calls[name](ctx, p.client, ask), calls[name](t.Context(), without.client, ask); got != want {
				t.Errorf("plain  %s\ntraced %s", want, got)
			}
			root := closed()
			client, server := only(t, root), below(t, root.Trace, 1)[0]
			if flags(client) != flag || flags(server) != flag {
				t.Errorf("%s of %s: client %q, server %q, want %q", code, name, flags(client), flags(server), flag)
			}
			if told := len(client.Cause.Exceptions) > 0; told != (flag == "fault") {
				t.Errorf("%s of %s: cause %+v", code, name, client.Cause)
			}
		}
	}
}

// A handler's error that is no status is an unknown one.
func TestPlainError(t *testing.T) {
	ctx, closed := segment(t)
	got := calls["UnaryCall"](ctx, start(t, tracedSide, nil).client, &pb.EchoStatus{Message: "plain"})
	if !strings.Contains(got, "code = Unknown desc = no status") {
		t.Error(got)
	}
	root := closed()
	if server := below(t, root.Trace, 1)[0]; flags(server) != "fault" {
		t.Error(flags(server))
	}
}

// Without a segment a client sends what it sends without tracing, and the server
// begins a trace.
func TestNoSegment(t *testing.T) {
	var seen metadata.MD
	spy := grpc.ChainUnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		seen, _ = metadata.FromIncomingContext(ctx)
		return next(ctx, req)
	})
	for name, call := range calls {
		want := call(t.Context(), start(t, plainSide, nil).client, nil)
		if got := call(t.Context(), start(t, tracedSide, []grpc.ServerOption{spy}).client, nil); got != want {
			t.Errorf("%s: plain %s, traced %s", name, want, got)
		}
	}
	if h := seen.Get("x-amzn-trace-id"); seen == nil || len(h) != 0 {
		t.Errorf("a header %v is sent", h)
	}
}

// Interceptors that a program has stay, see the segment, and what they answer is
// recorded.
func TestInterceptors(t *testing.T) {
	var order []string
	named := func(name string) grpc.UnaryServerInterceptor {
		return func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			order = append(order, name)
			work(ctx)
			if md, _ := metadata.FromIncomingContext(ctx); len(md.Get("deny")) > 0 {
				return nil, status.Error(codes.Unauthenticated, "denied")
			}
			return next(ctx, req)
		}
	}
	opts := []grpc.ServerOption{grpc.UnaryInterceptor(named("first")), grpc.ChainUnaryInterceptor(named("second"), named("third"))}
	p := start(t, tracedSide, opts)
	ctx, closed := segment(t)
	calls["UnaryCall"](ctx, p.client, nil)
	if want := []string{"first", "second", "third"}; !reflect.DeepEqual(order, want) {
		t.Errorf("order %v", order)
	}
	if server := below(t, closed().Trace, 1)[0]; len(server.Subsegments) != 4 {
		t.Errorf("the server's segment:\n%s", daemon.Format([]daemon.Segment{server}))
	}
	ctx, closed = segment(t)
	calls["UnaryCall"](metadata.AppendToOutgoingContext(ctx, "deny", "1"), p.client, nil)
	if server := below(t, closed().Trace, 1)[0]; flags(server) != "error" {
		t.Errorf("denied: %q", flags(server))
	}
}

// A panic that an interceptor recovers is the status that it makes of it.
func TestRecoveredPanic(t *testing.T) {
	recovered := func(run func() error) (err error) {
		defer func() {
			if r := recover(); r != nil {
				err = status.Errorf(codes.Internal, "%v", r)
			}
		}()
		return run()
	}
	opts := []grpc.ServerOption{
		grpc.UnaryInterceptor(func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (out any, err error) {
			err = recovered(func() error { out, err = next(ctx, req); return err })
			return out, err
		}),
		grpc.StreamInterceptor(func(srv any, s grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
			return recovered(func() error { return next(srv, s) })
		}),
	}
	p := start(t, tracedSide, opts)
	for _, name := range []string{"UnaryCall", "StreamingOutputCall", "FullDuplexCall"} {
		ctx, closed := segment(t)
		if got := calls[name](ctx, p.client, &pb.EchoStatus{Message: "panic"}); !strings.Contains(got, "code = Internal desc = at the disco") {
			t.Error(got)
		}
		root := closed()
		if client, server := only(t, root), below(t, root.Trace, 1)[0]; flags(client) != "fault" || flags(server) != "fault" {
			t.Errorf("%s: client %q, server %q", name, flags(client), flags(server))
		}
	}
}

// A call that its client gives up is one packet, with what the server did after
// that.
func TestGivenUp(t *testing.T) {
	const patience = 500 * time.Millisecond // the call has reached the server by then, also on a busy machine
	p := start(t, tracedSide, nil)
	for _, name := range []string{"UnaryCall", "StreamingOutputCall", "FullDuplexCall"} {
		for _, end := range []string{"deadline", "cancel"} {
			t.Run(name+" "+end, func(t *testing.T) {
				ctx, closed := segment(t)
				call, cancel := context.WithTimeout(ctx, patience)
				want := "fault"
				if end == "cancel" {
					call, cancel = context.WithCancel(ctx)
					time.AfterFunc(patience, cancel)
					want = "error"
				}
				defer cancel()
				calls[name](call, p.client, &pb.EchoStatus{Message: "wait"})
				root := closed()
				client := only(t, root)
				if flags(client) != want {
					t.Errorf("client %q, want %q", flags(client), want)
				}
				if server := below(t, root.Trace, 1)[0]; len(server.Subsegments) != 2 || server.Subsegments[1].InProgress {
					t.Errorf("the server's segment:\n%s", daemon.Format([]daemon.Segment{server}))
				}
			})
		}
	}
}

// A stream that the program does not read to its end is recorded when its context
// ends, also behind the segment of its request.
func TestAbandonedStream(t *testing.T) {
	p := start(t, tracedSide, nil)
	ctx, closed := segment(t)
	call, cancel := context.WithCancel(ctx)
	s, err := p.client.FullDuplexCall(call)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(&pb.StreamingOutputCallRequest{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Recv(); err != nil {
		t.Fatal(err)
	}
	root := closed()
	if client := only(t, root); !client.InProgress {
		t.Errorf("subsegment %+v", client)
	}
	cancel()
	var late []daemon.Segment
	for _, packet := range receiver.Exactly(t, root.Trace, 3, mark) {
		if packet.Type == "subsegment" {
			late = append(late, packet)
		}
	}
	if len(late) != 1 || late[0].Name != called || late[0].Parent != root.ID || flags(late[0]) != "error" {
		t.Errorf("sent late:\n%s", daemon.Format(late))
	}
	for err != io.EOF && status.Code(err) != codes.Canceled {
		_, err = s.Recv()
	}
}
