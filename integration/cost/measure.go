package main

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"
)

// sampling says which requests are recorded.
type sampling struct {
	name   string
	header string // of each request, after the trace's own number; "" sends no header
}

var (
	full    = sampling{"every request sampled", ";Sampled=1"}
	none    = sampling{"no request sampled", ";Sampled=0"}
	byRules = sampling{"default sampling: one a second, and 5 % of the rest", ""}
)

// figures are what a request to a build took in one round, in the mean of all but the times.
type figures struct {
	cpu             float64 // microseconds of the processor
	bytes, allocs   float64 // allocated
	p50, p99        float64 // microseconds
	datagrams, sent float64 // to the sink, and their bytes
}

// measure returns the figures of each service in each round.
func measure(t testing.TB, services []*service, how sampling, rounds, requests int) [][]figures {
	out := make([][]figures, len(services))
	for _, s := range services {
		s.round(t, how, requests/4+1) // connections, caches and heaps reach their size
	}
	for round := range rounds {
		for turn := range services {
			i := (round + turn) % len(services)
			out[i] = append(out[i], services[i].round(t, how, requests))
		}
	}
	return out
}

// round sends requests one after the other.
func (s *service) round(t testing.TB, how sampling, requests int) figures {
	before := s.used(t)
	datagrams, bytes := s.sink.settled()
	times := make([]float64, requests)
	for i := range times {
		times[i] = s.ask(t, how, i)
	}
	after := s.used(t)
	datagramsAfter, bytesAfter := s.sink.settled()
	slices.Sort(times)
	n := float64(requests)
	return figures{
		cpu:       float64(after.CPU-before.CPU) / n,
		bytes:     float64(after.Bytes-before.Bytes) / n,
		allocs:    float64(after.Allocs-before.Allocs) / n,
		p50:       times[requests/2],
		p99:       times[requests*99/100],
		datagrams: float64(datagramsAfter-datagrams) / n,
		sent:      float64(bytesAfter-bytes) / n,
	}
}

// answer is what every build says.
const answer = `{"item":"item-1","price":"9.99"}` + "\n"

// ask sends a request and returns how many microseconds the answer took.
func (s *service) ask(t testing.TB, how sampling, i int) float64 {
	req, err := http.NewRequest(http.MethodGet, s.url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if how.header != "" {
		req.Header.Set("X-Amzn-Trace-Id", fmt.Sprintf("Root=1-5f84c7a1-%024x%s", i+1, how.header))
	}
	begin := time.Now()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	took := time.Since(begin)
	resp.Body.Close()
	if err != nil || resp.StatusCode != http.StatusOK || string(body) != answer {
		t.Fatalf("%s: %s %q %v", s.name, resp.Status, body, err)
	}
	return float64(took.Nanoseconds()) / 1e3
}
