package plain

import (
	"context"

	"google.golang.org/grpc"
)

//idiom:library google.golang.org/grpc
//idiom:traces a call that a client sends, unary or streaming, until its status comes -> subsegment named after the called service, with method and server; the trace header goes out with it
//idiom:untraced single messages of a stream; a call without a segment, which goes out as before

// GRPCClient finds grpc.NewClient. Each call, unary or streaming, whose context has
// a segment is a subsegment named after the called service, with the method and the
// server's address. It ends when the call has its status, a stream when its last
// message is read or its context ends. A retry is a subsegment of its own. The
// trace's header goes out with the call; without a segment the call goes out as
// before.
//
//idiom:kind grpc-client
//idiom:guard unrecorded-grpc
func GRPCClient(target string, opts ...grpc.DialOption) (*grpc.ClientConn, error) {
	return grpc.NewClient(target, opts...)
}

// GRPCDial finds grpc.Dial and promises what GRPCClient does.
//
//idiom:kind grpc-client
//idiom:guard unrecorded-grpc
func GRPCDial(target string, opts ...grpc.DialOption) (*grpc.ClientConn, error) {
	return grpc.Dial(target, opts...)
}

// GRPCDialContext finds grpc.DialContext and promises what GRPCClient does.
//
//idiom:kind grpc-client
//idiom:guard unrecorded-grpc
func GRPCDialContext(ctx context.Context, target string, opts ...grpc.DialOption) (*grpc.ClientConn, error) {
	return grpc.DialContext(ctx, target, opts...)
}
