package traces

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unique"
)

// ErrNotFound is the answer to a question about a trace that is not there.
var ErrNotFound = errors.New("no such trace")

// Query says which traces are asked for. The zero value is all of them.
type Query struct {
	Service  string  // takes part in it
	Outcome  string  // "ok", "fault", "error", "throttle" or "open"
	Min, Max float64 // seconds that the trace took; a Max of zero is none
	Since    float64 // seconds since 1970 in which it began
	Until    float64
	Text     string // key=value of an annotation, or part of an id, an address or an annotation's value

	// From and To are keys of nodes: calls of one by the other, or with From empty calls of To and its own work.
	From, To       string
	ToMin, ToMax   float64 // seconds that such a call took
	ToOutcome      string  // how it went
	Before         uint64  // only traces that came before this number
	Offset, Length int
}

// Page is part of an answer.
type Page struct {
	Total   int       `json:"total"`   // all traces
	Matched int       `json:"matched"` // by the query, before Offset and Length
	Newest  uint64    `json:"newest"`  // for Before: so that pages belong together while traces arrive
	Rows    []Summary `json:"rows"`
}

// Find returns traces, the newest first.
func (s *Store) Find(q Query) Page {
	s.mu.Lock()
	defer s.mu.Unlock()
	page := Page{Total: len(s.traces), Newest: s.next + 1, Rows: []Summary{}}
	m := newMatcher(q)
	s.each(func(t *trace) bool {
		if q.Before != 0 && t.seq >= q.Before || !m.matches(t) {
			return true
		}
		if page.Matched >= q.Offset && len(page.Rows) < q.Length {
			row := t.summary
			row.Partial = t.partial
			page.Rows = append(page.Rows, row)
		}
		page.Matched++
		return true
	})
	return page
}

// matcher is a query made ready.
type matcher struct {
	Query
	service, from, to text
	key, value        string
}

func newMatcher(q Query) matcher {
	m := matcher{Query: q}
	m.Text = strings.TrimSpace(q.Text)
	if key, value, ok := strings.Cut(m.Text, "="); ok {
		m.key, m.value = strings.TrimSpace(key), strings.TrimSpace(value)
	}
	m.Text = strings.ToLower(m.Text)
	m.service, m.from, m.to = unique.Make(KindService+":"+q.Service), unique.Make(q.From), unique.Make(q.To)
	return m
}

func (m *matcher) matches(t *trace) bool {
	s := &t.summary
	return s.Took >= m.Min && (m.Max == 0 || s.Took < m.Max) &&
		s.Start >= m.Since && (m.Until == 0 || s.Start < m.Until) &&
		went(m.Outcome, s.Outcome, s.Open) &&
		(m.Service == "" || m.visited(t, func(v visit) bool { return v.to == m.service })) &&
		(m.To == "" || m.visited(t, m.asked)) &&
		(m.Text == "" || m.mentioned(t))
}

func (m *matcher) visited(t *trace, right func(visit) bool) bool {
	for _, v := range t.visits {
		if right(v) {
			return true
		}
	}
	return false
}

// asked says whether a visit is one of those that From and To mean. The latency of a
// service is that of its own work.
func (m *matcher) asked(v visit) bool {
	if v.to != m.to || m.From != "" && v.from != m.from || m.From == "" && v.own() != isService(m.To) {
		return false
	}
	took := float64(v.took)
	return (m.ToMax == 0 || took >= m.ToMin && took < m.ToMax) && went(m.ToOutcome, v.outcome, v.took < 0)
}

func isService(key string) bool { return strings.HasPrefix(key, KindService+":") }

// went says whether something went as it is asked for.
func went(want string, outcome Outcome, open bool) bool {
	switch want {
	case "ok":
		return outcome == 0 && !open
	case "fault":
		return outcome&Fault != 0
	case "error":
		return outcome&Error != 0
	case "throttle":
		return outcome&Throttle != 0
	case "open":
		return open
	}
	return true
}

func (m *matcher) mentioned(t *trace) bool {
	if m.key != "" {
		for _, note := range t.notes {
			if note.key.Value() == m.key && note.value.Value() == m.value {
				return true
			}
		}
		return strings.Contains(strings.ToLower(t.summary.URL), m.Text)
	}
	if strings.Contains(t.id, m.Text) || strings.Contains(strings.ToLower(t.summary.URL), m.Text) {
		return true
	}
	for _, note := range t.notes {
		if strings.Contains(strings.ToLower(note.value.Value()), m.Text) {
			return true
		}
	}
	return false
}

// plain returns an annotation's value as text, numbers without an exponent.
func plain(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	}
	return fmt.Sprint(value)
}
