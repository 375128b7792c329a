package xray

import (
	"context"
	"net/http"
	"strings"

	"github.com/aws/aws-xray-sdk-go/v2/xray"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/stats"
	"google.golang.org/grpc/status"
)

func GRPCClient(target string, opts ...grpc.DialOption) (*grpc.ClientConn, error) {
	return grpc.NewClient(target, append(opts, grpc.WithStatsHandler(xrayGRPCClient{}))...)
}

func GRPCDial(target string, opts ...grpc.DialOption) (*grpc.ClientConn, error) {
	return grpc.Dial(target, append(opts, grpc.WithStatsHandler(xrayGRPCClient{}))...)
}

func GRPCDialContext(ctx context.Context, target string, opts ...grpc.DialOption) (*grpc.ClientConn, error) {
	return grpc.DialContext(ctx, target, append(opts, grpc.WithStatsHandler(xrayGRPCClient{}))...)
}

// xrayGRPCClient records each call of an open segment as a subsegment and sends the
// trace's header with it; where the segment is not sampled, the header says so, and nothing
// is recorded. A call without a segment, or one that another interceptor
// records, goes through untouched. As a stats handler it learns from gRPC itself
// when a stream has ended.
type xrayGRPCClient struct{}

// xrayGRPCSent is the key of the subsegment of a call.
type xrayGRPCSent struct{}

// TagRPC begins the subsegment of a call.
func (xrayGRPCClient) TagRPC(ctx context.Context, info *stats.RPCTagInfo) context.Context {
	if xray.SdkDisabled() {
		return ctx
	}
	md, _ := metadata.FromOutgoingContext(ctx)
	if sent, seg := md.Get(xray.TraceIDHeaderKey), xray.GetSegment(ctx); len(sent) > 0 && seg != nil && sent[len(sent)-1] == seg.DownstreamHeader().String() {
		return ctx // the SDK's interceptor has recorded it
	}
	if xrayDropped(ctx) {
		return xrayGRPCHeader(ctx, md, xray.GetSegment(ctx))
	}
	service, _, _ := strings.Cut(strings.TrimPrefix(info.FullMethodName, "/"), "/")
	_, seg := xrayRemote(ctx, service)
	if seg == nil {
		return ctx
	}
	seg.Lock()
	req := seg.GetHTTP().GetRequest()
	req.Method, req.URL = http.MethodPost, "grpc://"+info.FullMethodName
	seg.Unlock()
	return context.WithValue(xrayGRPCHeader(ctx, md, seg), xrayGRPCSent{}, seg)
}

// xrayGRPCHeader returns a context whose calls send the trace header of a segment beside
// their metadata, of which md is a copy.
func xrayGRPCHeader(ctx context.Context, md metadata.MD, seg *xray.Segment) context.Context {
	if md == nil {
		md = metadata.MD{}
	}
	md.Set(xray.TraceIDHeaderKey, seg.DownstreamHeader().String())
	return metadata.NewOutgoingContext(ctx, md)
}

// HandleRPC ends the subsegment of a call.
func (xrayGRPCClient) HandleRPC(ctx context.Context, event stats.RPCStats) {
	seg, _ := ctx.Value(xrayGRPCSent{}).(*xray.Segment)
	if seg == nil {
		return
	}
	switch event := event.(type) {
	case *stats.OutHeader:
		if event.RemoteAddr != nil {
			seg.Lock()
			seg.GetHTTP().GetRequest().URL = "grpc://" + event.RemoteAddr.String() + event.FullMethod
			seg.Unlock()
		}
	case *stats.End:
		err := event.Error
		if !xrayGRPCStatus(seg, status.Code(err)) {
			err = nil // recorded with its text, it would be a fault
		}
		xrayEnd(seg, err)
	}
}

// TagConn is a method of stats.Handler.
func (xrayGRPCClient) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context {
	return ctx
}

// HandleConn is a method of stats.Handler.
func (xrayGRPCClient) HandleConn(context.Context, stats.ConnStats) {}
