package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/seed-4257438c/xray-instrument/integration/internal/proc"
)

// service is a build that runs.
type service struct {
	build
	process *proc.Process
	url     string // of its requests
	usage   string // the address where it says what it has used
	sink    *sink  // where its segments go
}

// start starts the builds, each with a sink of its own. The service that they all call
// ends with them.
func start(t testing.TB, builds []build) []*service {
	prices := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "9.99")
	}))
	t.Cleanup(prices.Close)
	var services []*service
	for _, b := range builds {
		addr := proc.FreeAddr(t)
		s := &service{build: b, url: "http://" + addr + "/orders/1", usage: proc.FreeAddr(t), sink: listen(t)}
		s.process = proc.Start(t, proc.Command{
			Path: b.binary,
			Dir:  t.TempDir(),
			Env: []string{"PATH=" + os.Getenv("PATH"), "LISTEN_ADDR=" + addr, "USAGE_ADDR=" + s.usage,
				"PRICES=" + prices.URL + "/prices/", "AWS_XRAY_DAEMON_ADDRESS=" + s.sink.addr},
		})
		s.process.AwaitTCP(t, s.usage)
		s.process.AwaitTCP(t, addr)
		services = append(services, s)
	}
	return services
}

// used is what a process has used so far, as testdata/service says it.
type used struct {
	CPU           int64 // microseconds of the processor
	Bytes, Allocs uint64
}

// used asks the service what it has used.
func (s *service) used(t testing.TB) used {
	t.Helper()
	conn, err := net.Dial("tcp", s.usage)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var u used
	if err := json.NewDecoder(conn).Decode(&u); err != nil {
		t.Fatal(err)
	}
	return u
}
