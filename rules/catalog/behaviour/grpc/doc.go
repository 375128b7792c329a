// Package grpc runs both sides of the idioms of gRPC, over buffers and over the
// loopback interface.
package grpc
