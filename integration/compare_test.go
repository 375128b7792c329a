package integration

import (
	"fmt"
	"strings"
	"testing"

	"github.com/seed-4257438c/xray-instrument/integration/internal/postgres"
)

// sameRows fails the test unless both platforms have stored the same.
func sameRows(t *testing.T, db *postgres.Server) {
	t.Helper()
	want := db.Rows(t, "plain")
	if len(want) == 0 {
		t.Error("the plain platform has stored nothing")
	}
	if d := difference(want, db.Rows(t, "traced")); d != "" {
		t.Errorf("the rows differ:\n%s", d)
	}
}

// sameCalls fails the test unless both platforms have asked the same of AWS.
func sameCalls(t *testing.T, plain, traced *platform) {
	t.Helper()
	want := calls(plain)
	if len(want) == 0 {
		t.Error("the plain platform has called nothing")
	}
	if d := difference(want, calls(traced)); d != "" {
		t.Errorf("the calls of AWS differ:\n%s", d)
	}
}

// calls returns the calls of AWS as lines of text.
func calls(p *platform) []string {
	var lines []string
	for _, c := range p.aws.Calls() {
		lines = append(lines, fmt.Sprintf("%s %s %d %q", c.Service, c.Operation, c.Status, c.Detail))
	}
	return lines
}

// sameLogs fails the test unless each service has logged what its plain twin has.
func sameLogs(t *testing.T, plain, traced *platform) {
	t.Helper()
	for _, service := range services {
		if d := difference(plain.log(service), traced.log(service)); d != "" {
			t.Errorf("the logs of %s differ:\n%s", service, d)
		}
	}
}

// noMissingContext fails the test when a service has asked for a segment where there is none.
func noMissingContext(t *testing.T, p *platform) {
	t.Helper()
	for _, service := range services {
		var complaints []string
		for line := range strings.Lines(p.procs[service].Stdout() + p.procs[service].Stderr()) {
			if strings.Contains(line, "segment cannot be found") {
				complaints = append(complaints, line)
			}
		}
		if len(complaints) > 0 {
			t.Errorf("%s has logged, and %d lines like it: %s", service, len(complaints)-1, complaints[0])
		}
	}
}

// difference shows where two texts part and where they meet again, with a little of what
// they share. It is empty when they are the same.
func difference(want, got []string) string {
	const context = 3
	start := 0
	for start < len(want) && start < len(got) && want[start] == got[start] {
		start++
	}
	if start == len(want) && start == len(got) {
		return ""
	}
	end := 0
	for end < len(want)-start && end < len(got)-start && want[len(want)-1-end] == got[len(got)-1-end] {
		end++
	}
	var text strings.Builder
	write := func(mark string, lines []string) {
		for _, line := range lines {
			fmt.Fprintf(&text, "%s %s\n", mark, line)
		}
	}
	write(" ", want[max(0, start-context):start])
	write("-", want[start:len(want)-end])
	write("+", got[start:len(got)-end])
	write(" ", want[len(want)-end:min(len(want), len(want)-end+context)])
	return text.String()
}
