package integration

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/seed-4257438c/xray-instrument/integration/internal/decoder"
)

// trace is all spans of one trace, ready to be walked from the root.
type trace struct {
	platform *platform
	children map[string][]decoder.Span // by parent, in the order of their beginnings
}

// checkTrace fails the test unless the spans of a trace are exactly those of the visit.
func checkTrace(t testing.TB, p *platform, spans []decoder.Span, id string, want visit) {
	t.Helper()
	spans = only(spans, id)
	tr := trace{p, map[string][]decoder.Span{}}
	seen := map[string]bool{}
	for _, span := range spans {
		seen[span.ID] = true
		tr.children[span.Parent] = append(tr.children[span.Parent], span)
	}
	for parent, children := range tr.children {
		if parent != "" && !seen[parent] {
			t.Errorf("the parent of span %s (%s) is missing", children[0].ID, children[0].Name)
		}
		slices.SortStableFunc(children, func(a, b decoder.Span) int { return a.Start.Compare(b.Start) })
	}
	if d := difference(want.lines(""), tr.lines("", "")); d != "" {
		t.Errorf("trace %s:\n%s", id, d)
	}
}

// only returns the spans of one trace. The SDK sends a segment again, with all that is in
// it, when a subsegment ends after the segment has; X-Ray keeps the last of them, and so does this.
func only(spans []decoder.Span, id string) []decoder.Span {
	var found []decoder.Span
	at := map[string]int{}
	for _, span := range spans {
		i, again := at[span.ID]
		switch {
		case span.Trace != id:
		case !again:
			at[span.ID] = len(found)
			found = append(found, span)
		case found[i].InProgress || !span.InProgress:
			found[i] = span
		}
	}
	return found
}

// traceIDs returns the traces that the spans belong to.
func traceIDs(spans []decoder.Span) map[string]bool {
	ids := map[string]bool{}
	for _, span := range spans {
		ids[span.Trace] = true
	}
	return ids
}

// segments counts the segments of a trace.
func segments(spans []decoder.Span, id string) int {
	n := 0
	for _, span := range only(spans, id) {
		if span.Server {
			n++
		}
	}
	return n
}

// lines returns everything below a span as lines of text. Spans that stay within
// their process leave no line of their own.
func (tr trace) lines(parent, indent string) []string {
	var lines []string
	for _, span := range tr.children[parent] {
		if line := tr.line(span); line != "" {
			lines = append(lines, indent+line)
			lines = append(lines, tr.lines(span.ID, indent+"  ")...)
		} else {
			lines = append(lines, tr.lines(span.ID, indent)...)
		}
	}
	return lines
}

func (tr trace) line(span decoder.Span) string {
	suffix := ""
	if span.InProgress || span.End.Before(span.Start) {
		suffix = " unfinished"
	}
	switch {
	case span.Server:
		return fmt.Sprintf("segment %s: %s %s %d%s", span.Name, span.Method, path(span.URL), span.Status, suffix)
	case span.Statement == "CONNECT":
		return "" // the pool has opened a connection, whichever request needed it
	case span.Service != "":
		return fmt.Sprintf("aws %s %s %d%s", span.Service, span.Operation, span.Status, suffix)
	case span.Statement != "":
		return "sql " + abridge(span.Statement) + suffix
	case span.Client:
		return fmt.Sprintf("http %s %s %s %d%s", tr.platform.serviceAt(span.Name), span.Method, path(span.URL), span.Status, suffix)
	}
	return ""
}

func path(rawURL string) string {
	u, err := url.Parse(rawURL)
	if err != nil {
		return err.Error()
	}
	return u.Path
}

// statement finds the verb and the table of the statements that the platform uses.
var statement = regexp.MustCompile(`^(?:(SELECT) .* FROM|(INSERT) INTO|(UPDATE)) (\w+)`)

func abridge(sql string) string {
	m := statement.FindStringSubmatch(strings.Join(strings.Fields(sql), " "))
	if m == nil {
		return sql
	}
	return m[1] + m[2] + m[3] + " " + m[4]
}
