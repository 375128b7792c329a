package traces

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
)

// lines returns a timeline as text, times in milliseconds.
func lines(line *Timeline) string {
	var out strings.Builder
	for _, s := range line.Spans {
		fmt.Fprintf(&out, "%s%s %s", strings.Repeat("  ", s.Depth), s.Kind, s.Name)
		for _, part := range s.Critical {
			fmt.Fprintf(&out, " %.0f-%.0f", (part[0]-epoch)*1000, (part[1]-epoch)*1000)
		}
		out.WriteByte('\n')
	}
	return out.String()
}

func timeline(t *testing.T, docs ...doc) *Timeline {
	t.Helper()
	s := store()
	send(t, s, traceID, docs...)
	line, err := s.Timeline(traceID)
	if err != nil {
		t.Fatal(err)
	}
	return line
}

func TestTimeline(t *testing.T) {
	line := timeline(t, order()...)
	// store has ended long before what it has begun: nobody waited for that.
	want := `service shop 0-1 2-5 90-100
  database shop@db 1-2
  local store 5-10 25-30
    database shop@db 10-25
    remote bank.example.com
  remote 127.0.0.1:4000 30-31 32-40 85-90
    local request 31-32
    service payment 40-50 60-85
      aws SQS 50-51 59-60
        local attempt 51-52 58-59
          aws SQS 52-58
`
	if got := lines(line); got != want {
		t.Errorf("the timeline is\n%swant\n%s", got, want)
	}
	if math.Abs(line.Critical-0.1) > 1e-6 || line.Services != 2 {
		t.Errorf("the critical path takes %v, in %d services", line.Critical, line.Services)
	}
}

func TestCriticalPathOfParallelWork(t *testing.T) {
	line := timeline(t, node(0xa1, "shop", 0, 100, []doc{
		node(0xb1, "slow", 10, 90), node(0xb2, "quick", 10, 50), node(0xb3, "before", 2, 9), node(0xb4, "late", 95, 240),
	}))
	want := `service shop 0-2 9-10 90-100
  local before 2-9
  local slow 10-90
  local quick
  local late
`
	if got := lines(line); got != want {
		t.Errorf("the timeline is\n%swant\n%s", got, want)
	}
}

func TestExceptions(t *testing.T) {
	line := timeline(t, node(0xa1, "shop", 0, 10, doc{"cause": "00000000000000e1"}, []doc{
		node(0xb1, "shop@db", 0, 10, fault, sql("SELECT 1"), doc{"cause": doc{"working_directory": "/", "exceptions": []doc{
			{"id": "00000000000000e1", "type": "*pq.Error", "message": "no such table", "stack": []doc{{"path": "database/sql/sql.go", "line": 7, "label": "(*DB).Query"}}},
		}}}),
		node(0xb2, "odd", 0, 10, doc{"cause": []string{"neither"}}),
	}))
	if got := line.Spans[0].CausedBy; got != "00000000000000e1" {
		t.Errorf("the segment is caused by %q", got)
	}
	e := line.Spans[1].Errors
	if len(e) != 1 || e[0].Message != "no such table" || e[0].Stack[0] != (Frame{"database/sql/sql.go", 7, "(*DB).Query"}) {
		t.Errorf("the exceptions are %+v", e)
	}
}

// A trace is exported with every field that was sent, also those that nobody looks at.
func TestExport(t *testing.T) {
	s := store()
	send(t, s, traceID, append(order(), node(0xf1, "extra", 0, 1, doc{"x_field": doc{"deep": []int{1}}}))...)
	text, err := s.Export(traceID)
	if err != nil {
		t.Fatal(err)
	}
	var export struct {
		ID       string `json:"Id"`
		Segments []struct {
			ID       string `json:"Id"`
			Document map[string]any
		}
	}
	if err := json.Unmarshal(text, &export); err != nil {
		t.Fatal(err)
	}
	if export.ID != traceID || len(export.Segments) != 4 || export.Segments[0].Document["trace_id"] != traceID {
		t.Errorf("the export is %s", text)
	}
	if fmt.Sprint(export.Segments[3].Document["x_field"]) != "map[deep:[1]]" {
		t.Errorf("the last document is %v", export.Segments[3].Document)
	}
}
