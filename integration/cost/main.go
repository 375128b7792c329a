// Command cost measures what a traced request costs: the same service plain, traced by
// hand, and as xray-instrument rewrites it. It prints a table for every request sampled,
// and one for the SDK's own rules:
//
//	cd integration && go run ./cost
//	cd integration && go run ./cost -n 11 -requests 5000
//
// The service (testdata/service) answers a request from one SQL query and one HTTP call. By
// hand (testdata/byhand) it is traced as a careful engineer does with what the SDK has:
// xray.Handler, xray.SQLContext and one xray.Client for the process. The third build is
// made from the plain one at run time, by the command of the module around this one.
//
// Each build runs in a process of its own and reports its own processor time and
// allocations. The other service, the X-Ray daemon's place and the client are in this
// process, and count only as far as a request waits for them. The database is a driver that
// answers from memory: a real one would hide what tracing takes. What reaches the wire
// with real databases is for the tests beside this command.
//
// One client asks, one request at a time. The machine is usually busy with other things:
// the builds take turns every few requests, in another order each time, and what tracing
// adds is the difference to the plain build of the same round. A figure is the median of the
// rounds, with the least and the most.
package main

import (
	"flag"
	"log"
	"os"
	"testing"

	"github.com/seed-4257438c/xray-instrument/integration/internal/host"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("cost: ")
	rounds := flag.Int("n", 7, "how many `rounds`")
	requests := flag.Int("requests", 2000, "how many `requests` to each build in a round")
	flag.Parse()
	if *rounds < 1 || *requests < 1 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	err := host.With("cost", func(t testing.TB) {
		services := start(t, builds(t))
		for _, s := range []sampling{full, byRules} {
			report(os.Stdout, s, *requests, services, measure(t, services, s, *rounds, *requests))
		}
	})
	if err != nil {
		log.Fatal(err)
	}
}
