// Command gateway serves HTTP on the address that it is given and asks a gRPC service
// on the other one.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	pb "google.golang.org/grpc/interop/grpc_testing"
)

type gateway struct {
	orders pb.TestServiceClient
	health grpc_health_v1.HealthClient
}

func (g gateway) one(w http.ResponseWriter, r *http.Request) {
	out, err := g.orders.UnaryCall(r.Context(), &pb.SimpleRequest{})
	fmt.Fprintln(w, out.GetHostname(), err)
}

func (g gateway) missing(w http.ResponseWriter, r *http.Request) {
	_, err := g.orders.UnaryCall(r.Context(), &pb.SimpleRequest{ResponseStatus: &pb.EchoStatus{Code: 5, Message: "no such order"}})
	http.Error(w, err.Error(), http.StatusNotFound)
}

func (g gateway) list(w http.ResponseWriter, r *http.Request) {
	n, err := g.count(r.Context())
	fmt.Fprintln(w, n, err)
}

func (g gateway) count(ctx context.Context) (int, error) {
	stream, err := g.orders.StreamingOutputCall(ctx, &pb.StreamingOutputCallRequest{ResponseParameters: make([]*pb.ResponseParameters, 3)})
	if err != nil {
		return 0, err
	}
	for n := 0; ; n++ {
		if _, err := stream.Recv(); err == io.EOF {
			return n, nil
		} else if err != nil {
			return n, err
		}
	}
}

func (g gateway) load(w http.ResponseWriter, r *http.Request) {
	stream, err := g.orders.StreamingInputCall(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	for range 3 {
		if err := stream.Send(&pb.StreamingInputCallRequest{}); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
	}
	out, err := stream.CloseAndRecv()
	fmt.Fprintln(w, out.GetAggregatedPayloadSize(), err)
}

func (g gateway) talk(w http.ResponseWriter, r *http.Request) {
	stream, err := g.orders.FullDuplexCall(r.Context())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	for range 2 {
		if err := stream.Send(&pb.StreamingOutputCallRequest{}); err != nil {
			fmt.Fprintln(w, err)
		}
		_, err := stream.Recv()
		fmt.Fprintln(w, err)
	}
	if err := stream.CloseSend(); err != nil {
		fmt.Fprintln(w, err)
	}
	_, err = stream.Recv()
	fmt.Fprintln(w, err)
}

// ready has no request's context: what it asks belongs to no trace.
func (g gateway) ready() error {
	_, err := g.health.Check(context.Background(), &grpc_health_v1.HealthCheckRequest{}, grpc.WaitForReady(true))
	return err
}

func main() {
	conn, err := grpc.NewClient(os.Args[2], grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	g := gateway{pb.NewTestServiceClient(conn), grpc_health_v1.NewHealthClient(conn)}
	if err := g.ready(); err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /one", g.one)
	mux.HandleFunc("GET /missing", g.missing)
	mux.HandleFunc("GET /list", g.list)
	mux.HandleFunc("GET /load", g.load)
	mux.HandleFunc("GET /talk", g.talk)
	log.Fatal(http.ListenAndServe(os.Args[1], mux))
}
