package xray

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/aws/aws-xray-sdk-go/v2/header"
	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
)

func GRPCServer(service string, opts ...grpc.ServerOption) *grpc.Server {
	return grpc.NewServer(append(opts, grpc.StatsHandler(xrayGRPCServer{service}))...)
}

// xrayGRPCServer gives each call of a server a segment of the service. It is a
// stats handler, not an interceptor: so it sees streams too, what interceptors do,
// and the status that is sent in the end, and no stream is wrapped. Unlike the SDK's
// interceptor it leaves the response's headers as they are.
type xrayGRPCServer struct{ service string }

// xrayGRPCServed is the key of a context's xrayGRPCCall.
type xrayGRPCServed struct{}

// xrayGRPCCall is a call of a server.
type xrayGRPCCall struct {
	seg      *xray.Segment // nil: not traced
	drop     func() bool   // keeps seg from being ended with the context
	answered bool          // a status was sent
}

// TagRPC begins the segment of a call.
func (h xrayGRPCServer) TagRPC(ctx context.Context, info *stats.RPCTagInfo) context.Context {
	call := &xrayGRPCCall{}
	out := context.WithValue(ctx, xrayGRPCServed{}, call)
	method := info.FullMethodName
	if xray.SdkDisabled() || xray.GetSegment(ctx) != nil || strings.HasPrefix(method, "/grpc.health.") || strings.HasPrefix(method, "/grpc.reflection.") {
		return out
	}
	md, _ := metadata.FromIncomingContext(ctx)
	last := func(name string) string {
		if values := md.Get(name); len(values) > 0 {
			return values[len(values)-1] // of several trace headers, the last is that of the call itself
		}
		return ""
	}
	u := &url.URL{Scheme: "grpc", Host: last(":authority"), Path: method}
	parent := header.FromString(last(xray.TraceIDHeaderKey))
	r := &http.Request{Method: http.MethodPost, Host: u.Host, URL: u}
	_, seg := xray.NewSegmentFromHeader(context.WithoutCancel(ctx), h.service, r, parent)
	seg.Lock()
	req := seg.GetHTTP().GetRequest()
	req.Method, req.URL, req.UserAgent = r.Method, u.String(), last("user-agent")
	if client, _, _ := strings.Cut(last("x-forwarded-for"), ","); client != "" {
		req.ClientIP, req.XForwardedFor = strings.TrimSpace(client), true
	}
	seg.Unlock()
	call.seg = seg
	call.drop = context.AfterFunc(ctx, func() { // a method that nobody serves has no other end
		xrayGRPCStatus(seg, codes.Unimplemented)
		xrayServed(seg, 0, true)
	})
	return context.WithValue(out, xray.ContextKey, seg)
}

// HandleRPC ends the segment of a call.
func (h xrayGRPCServer) HandleRPC(ctx context.Context, event stats.RPCStats) {
	call, _ := ctx.Value(xrayGRPCServed{}).(*xrayGRPCCall)
	if call == nil || call.seg == nil {
		return
	}
	switch event := event.(type) {
	case *stats.InHeader:
		xrayGRPCAddress(call.seg, event)
	case *stats.Begin:
		if !call.drop() {
			call.seg = nil // ended with its context
		}
	case *stats.OutTrailer:
		call.answered = true
	case *stats.End:
		code := status.Code(event.Error)
		if event.Error == nil && !call.answered && ctx.Err() == nil {
			code = codes.Internal // a panic that nobody recovers
		}
		xrayGRPCStatus(call.seg, code)
		xrayServed(call.seg, 0, true)
	}
}

// TagConn is a method of stats.Handler.
func (h xrayGRPCServer) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context {
	return ctx
}

// HandleConn is a method of stats.Handler.
func (h xrayGRPCServer) HandleConn(context.Context, stats.ConnStats) {}

// xrayGRPCAddress records the address of a client that no proxy tells of.
func xrayGRPCAddress(seg *xray.Segment, event *stats.InHeader) {
	if event.RemoteAddr == nil {
		return
	}
	host, _, err := net.SplitHostPort(event.RemoteAddr.String())
	seg.Lock()
	defer seg.Unlock()
	if req := seg.GetHTTP().GetRequest(); err == nil && req.ClientIP == "" {
		req.ClientIP = host
	}
}

// xrayGRPCStatus records a status as the SDK does, and reports whether it is a
// fault.
func xrayGRPCStatus(seg *xray.Segment, code codes.Code) bool {
	seg.Lock()
	defer seg.Unlock()
	switch code {
	case codes.OK:
	case codes.ResourceExhausted:
		seg.Throttle = true
	case codes.Canceled, codes.InvalidArgument, codes.NotFound, codes.AlreadyExists, codes.PermissionDenied,
		codes.Unauthenticated, codes.FailedPrecondition, codes.Aborted, codes.OutOfRange:
		seg.Error = true
	default:
		seg.Fault = true
	}
	return seg.Fault
}
