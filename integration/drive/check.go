package main

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/seed-4257438c/xray-instrument/integration/internal/decoder"
)

// caller is the segment that the requests say they come from.
const caller = "53995c3f42cd8ad8"

// outcome is what was seen of a program.
type outcome struct {
	requests    int
	traces      int // of requests
	subsegments int // below their segments
	background  int // segments of no request
	problems    []string
}

func (o *outcome) problem(format string, args ...any) {
	o.problems = append(o.problems, fmt.Sprintf(format, args...))
}

// drive runs a program as it is and rewritten.
func drive(h testing.TB, p *Program, command, from string) *outcome {
	plain, traced := builds(h, p, command, from)
	traces := decoder.Start(h)
	a, b := start(h, p, plain, ""), start(h, p, traced, traces.Addr())
	o := &outcome{}
	asA, asB := client(h), client(h)
	status := map[string]int{} // of answers, by trace
	for i := range p.Requests {
		r := &p.Requests[i]
		trace := fmt.Sprintf("5f84c7a1%024x", i+1)
		want, err := a.ask(asA, r, trace)
		if err != nil {
			o.problem("%s %s: as it is: %v", cmp.Or(r.Method, "GET"), r.Path, err)
			break // what follows may need what was not saved
		}
		got, err := b.ask(asB, r, trace)
		if err != nil {
			o.problem("%s %s: rewritten: %v", cmp.Or(r.Method, "GET"), r.Path, err)
			break
		}
		status[trace] = got.status
		o.requests++
		o.compare(r, a.comparable(want, p.Vary), b.comparable(got, p.Vary), want.status)
	}
	spans := traces.Await(func(spans []decoder.Span) bool { return len(segments(spans)) >= o.requests })
	o.check(spans, status)
	for _, w := range traces.Warnings() {
		o.problem("the decoder: %s", w)
	}
	for line := range strings.Lines(b.output()) {
		if strings.Contains(line, "context missing") || strings.Contains(line, "failed to begin subsegment") || strings.Contains(line, "failed to emit") {
			o.problem("it prints: %s", strings.TrimSpace(line))
		}
	}
	return o
}

// compare looks at the answers to a request.
func (o *outcome) compare(r *Request, want, got string, status int) {
	name := cmp.Or(r.Method, "GET") + " " + r.Path
	if r.Status != 0 && status != r.Status {
		o.problem("%s: the list says %d, the program as it is answers\n%s", name, r.Status, want)
	}
	if d := diff.Diff("as it is", []byte(want), "rewritten", []byte(got)); !bytes.Equal([]byte(want), []byte(got)) {
		o.problem("%s: the answers differ:\n%s", name, d)
	}
}

// segments returns those of the caller's requests.
func segments(spans []decoder.Span) (out []decoder.Span) {
	for _, s := range spans {
		if s.Parent == caller {
			out = append(out, s)
		}
	}
	return out
}

// check looks at the traces. status has those of the answers, by trace.
func (o *outcome) check(spans []decoder.Span, status map[string]int) {
	found := map[string]int{}
	for _, s := range spans {
		_, asked := status[s.Trace]
		switch {
		case !asked && s.Parent == "" && s.Server && s.Method != "":
			o.problem("a request is a trace of its own: %s %s %s", s.Name, s.Method, s.URL)
		case !asked:
			if s.Parent == "" {
				o.background++
			}
			continue
		case s.Parent == caller:
			if found[s.Trace]++; found[s.Trace] > 1 {
				o.problem("a second segment of one request: %s %s %s", s.Name, s.Method, s.URL)
			}
			if int(s.Status) != status[s.Trace] {
				o.problem("%s %s was answered with %d, the segment has %d", s.Method, s.URL, status[s.Trace], s.Status)
			}
		default:
			o.subsegments++
		}
		if s.InProgress {
			o.problem("left in progress: %s %s%s%s", s.Name, s.Statement, s.URL, s.Operation)
		}
	}
	o.traces = len(found)
	if missing := len(status) - len(found); missing > 0 {
		o.problem("%d requests left no segment", missing)
	}
}
