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

// slice is how many requests a build gets before it is the next one's turn.
const slice = 10

// measure returns the figures of each service in each round.
func measure(t testing.TB, services []*service, how sampling, rounds, requests int) [][]figures {
	out := make([][]figures, len(services))
	round(t, services, how, requests/4+1) // connections, caches and heaps reach their size
	for range rounds {
		for i, f := range round(t, services, how, requests) {
			out[i] = append(out[i], f)
		}
	}
	return out
}

// round sends each service its requests, one after the other, and returns the figures.
func round(t testing.TB, services []*service, how sampling, requests int) []figures {
	before, times := make([]state, len(services)), make([][]float64, len(services))
	for i, s := range services {
		before[i] = s.state(t)
	}
	for from := 0; from < requests; from += slice {
		for turn := range services {
			i := (from/slice + turn) % len(services)
			if from/slice%2 == 1 { // none has always the same one before it
				i = len(services) - 1 - i
			}
			for n := from; n < min(from+slice, requests); n++ {
				times[i] = append(times[i], services[i].ask(t, how, n))
			}
		}
	}
	out := make([]figures, len(services))
	for i, s := range services {
		out[i] = between(before[i], s.state(t), times[i])
	}
	return out
}

// state is what a service has used and sent so far.
type state struct {
	used
	datagrams, sent int64
}

func (s *service) state(t testing.TB) state {
	datagrams, sent := s.sink.settled()
	return state{s.used(t), datagrams, sent}
}

// between returns the figures of requests that took so long.
func between(before, after state, times []float64) figures {
	slices.Sort(times)
	n := float64(len(times))
	return figures{
		cpu:       float64(after.CPU-before.CPU) / n,
		bytes:     float64(after.Bytes-before.Bytes) / n,
		allocs:    float64(after.Allocs-before.Allocs) / n,
		p50:       times[len(times)/2],
		p99:       times[len(times)*99/100],
		datagrams: float64(after.datagrams-before.datagrams) / n,
		sent:      float64(after.sent-before.sent) / n,
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
