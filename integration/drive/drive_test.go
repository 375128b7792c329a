package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-4257438c/xray-instrument/integration/internal/decoder"
	"github.com/seed-4257438c/xray-instrument/integration/internal/host"
	"github.com/seed-4257438c/xray-instrument/integration/internal/tool"
)

// TestDrive drives a server of this module: the same answers, and a trace a request.
func TestDrive(t *testing.T) {
	programs, err := readList(filepath.Join("testdata", "programs.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	command := tool.Build(t)
	for _, p := range programs {
		t.Run(p.Name, func(t *testing.T) {
			var seen *outcome
			if err := host.With("drive", func(h testing.TB) { seen = drive(h, p, command, "") }); err != nil {
				t.Fatal(err)
			}
			for _, problem := range seen.problems {
				t.Error(problem)
			}
			if seen.requests != len(p.Requests) || seen.traces != len(p.Requests) || seen.subsegments == 0 {
				t.Errorf("seen: %+v", seen)
			}
		})
	}
}

// TestCheck gives traces that are not as they must be.
func TestCheck(t *testing.T) {
	const trace = "5f84c7a1000000000000000000000001"
	segment := decoder.Span{Trace: trace, ID: "1", Parent: caller, Name: "shop", Server: true, Method: "GET", URL: "http://shop/", Status: 200}
	again, open, failed, stray := segment, decoder.Span{Trace: trace, ID: "2", Parent: "1", Name: "db", InProgress: true}, segment, segment
	again.ID, failed.Status = "3", 500
	stray.Trace, stray.Parent = "5f84c7a1000000000000000000000002", ""
	item := decoder.Span{Trace: "5f84c7a1000000000000000000000003", ID: "4", Name: "sweeper"}
	for _, c := range []struct {
		name  string
		spans []decoder.Span
		want  string
	}{
		{"as it must be", []decoder.Span{segment, item}, ""},
		{"no segment", []decoder.Span{item}, "1 requests left no segment"},
		{"a second segment", []decoder.Span{segment, again}, "a second segment of one request: shop GET http://shop/"},
		{"in progress", []decoder.Span{segment, open}, "left in progress: db "},
		{"another status", []decoder.Span{failed}, "GET http://shop/ was answered with 200, the segment has 500"},
		{"another trace", []decoder.Span{segment, stray}, "a request is a trace of its own: shop GET http://shop/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := &outcome{}
			o.check(c.spans, map[string]int{trace: 200})
			if got := strings.Join(o.problems, "\n"); got != c.want {
				t.Errorf("problems: %q, want %q", got, c.want)
			}
		})
	}
}

// TestCompare gives answers that differ, and ones that the list does not expect.
func TestCompare(t *testing.T) {
	o := &outcome{}
	o.compare(&Request{Path: "/"}, "200\n\na\n", "200\n\na\n", 200)
	if len(o.problems) > 0 {
		t.Errorf("equal answers: %q", o.problems)
	}
	o.compare(&Request{Path: "/"}, "200\n\na\n", "200\n\nb\n", 200)
	o.compare(&Request{Path: "/", Status: 204}, "200\n\na\n", "200\n\na\n", 200)
	if len(o.problems) != 2 || !strings.Contains(o.problems[0], "-a\n+b") || !strings.Contains(o.problems[1], "the list says 204") {
		t.Errorf("problems: %q", o.problems)
	}
}

// TestList reads the list that the command uses, and ones that it must refuse.
func TestList(t *testing.T) {
	if _, err := readList("programs.yaml"); err != nil {
		t.Error(err)
	}
	for _, c := range []struct{ text, want string }{
		{"- {name: a, dir: b, request: []}", "field request not found"},
		{"- {name: a, requests: [{path: /}]}", "it needs a name, requests, and either repo and commit or dir"},
		{"- {name: a, dir: b, vary: ['('], requests: [{path: /}]}", "line 1: error parsing regexp"},
	} {
		file := filepath.Join(t.TempDir(), "list.yaml")
		if err := os.WriteFile(file, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := readList(file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want %q", c.text, err, c.want)
		}
	}
}
