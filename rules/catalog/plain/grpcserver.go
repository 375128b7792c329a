package plain

import "google.golang.org/grpc"

//idiom:library google.golang.org/grpc
//idiom:traces a call that a server answers, unary or streaming -> segment named after the service, with method, client, status as error, throttle or fault
//idiom:untraced calls of the health and reflection services; single messages of a stream

// GRPCServer finds grpc.NewServer. Each call, unary or streaming, gets one segment
// named after the service for as long as it lasts, with its method, and with its
// status as error, throttle or fault. It continues the trace that comes in with the
// call. Interceptors see the segment as well as handlers do: their order, and other
// stats handlers, stay as they are. Calls of the health and reflection services,
// which probes make all the time, are not traced. A call that comes in through a
// traced http.Handler is part of that one's segment.
//
//idiom:kind grpc-server
//idiom:guard untraced-grpc
func GRPCServer(service string, opts ...grpc.ServerOption) *grpc.Server {
	return grpc.NewServer(opts...)
}
