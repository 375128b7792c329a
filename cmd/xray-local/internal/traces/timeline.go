package traces

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/seed-4257438c/xray-instrument/cmd/xray-local/internal/segment"
)

// Timeline is one trace, put together.
type Timeline struct {
	Summary
	End       float64 `json:"end"` // seconds since 1970, of the last that happened
	Spans     []*Span `json:"spans"`
	Services  int     `json:"services"`
	Orphans   int     `json:"orphans"`   // spans whose parent has not come
	Critical  float64 `json:"critical"`  // seconds of the critical path that are known to be work
	Documents int     `json:"documents"` // as they were sent
}

// Span is a segment or a subsegment. Each stands behind its parent and before the next child of it.
type Span struct {
	ID       string         `json:"id"`
	Parent   string         `json:"parent,omitempty"`
	Depth    int            `json:"depth"`
	Name     string         `json:"name"`
	Kind     string         `json:"kind"` // of the node that it calls, "local" within a process
	Node     string         `json:"node,omitempty"`
	Service  string         `json:"service"` // that it is part of
	Start    float64        `json:"start"`   // seconds since 1970
	Took     float64        `json:"took"`
	Outcome  Outcome        `json:"outcome"`
	Open     bool           `json:"open,omitempty"`
	Orphan   bool           `json:"orphan,omitempty"`
	HTTP     *segment.HTTP  `json:"http,omitempty"`
	SQL      *segment.SQL   `json:"sql,omitempty"`
	AWS      segment.AWS    `json:"aws,omitempty"`
	Resource string         `json:"resource,omitempty"`
	User     string         `json:"user,omitempty"`
	Origin   string         `json:"origin,omitempty"`
	Notes    map[string]any `json:"annotations,omitempty"`
	Metadata any            `json:"metadata,omitempty"`
	Errors   []Exception    `json:"exceptions,omitempty"`
	CausedBy string         `json:"caused_by,omitempty"` // id of an exception of another span
	Critical [][2]float64   `json:"critical,omitempty"`  // the parts of it on the critical path

	children []*Span
	segment  bool
}

// Exception is what a document says of an error.
type Exception struct {
	ID      string  `json:"id"`
	Type    string  `json:"type"`
	Message string  `json:"message"`
	Remote  bool    `json:"remote,omitempty"`
	Cause   string  `json:"cause,omitempty"`
	Stack   []Frame `json:"stack,omitempty"`
}

// Frame is a line of a stack.
type Frame struct {
	Path  string `json:"path"`
	Line  int    `json:"line"`
	Label string `json:"label"`
}

// Timeline returns a trace with everything in it.
func (s *Store) Timeline(id string) (*Timeline, error) {
	texts, err := s.Documents(id)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	t := s.traces[id]
	if t == nil {
		s.mu.Unlock()
		return nil, ErrNotFound
	}
	t.update()
	line := &Timeline{Summary: t.summary, Documents: len(texts)}
	line.Partial = t.partial
	s.mu.Unlock()

	a := assembly{spans: map[string]*Span{}, parents: map[string]string{}, circles: map[string]bool{}}
	for _, text := range texts {
		doc, _, err := segment.Decode(text, false)
		if err != nil {
			return nil, fmt.Errorf("trace %s: %w", id, err)
		}
		a.add(doc)
	}
	a.arrange(line)
	return line, nil
}

// Export returns the documents of a trace as they were sent, in one JSON document of the form
// that BatchGetTraces has.
func (s *Store) Export(id string) ([]byte, error) {
	texts, err := s.Documents(id)
	if err != nil {
		return nil, err
	}
	type document struct {
		ID       string
		Document json.RawMessage
	}
	export := struct {
		ID       string `json:"Id"`
		Segments []document
	}{ID: id}
	for _, text := range texts {
		var head struct {
			ID string `json:"id"`
		}
		if err := json.Unmarshal(text, &head); err != nil {
			return nil, err
		}
		export.Segments = append(export.Segments, document{head.ID, text})
	}
	return json.MarshalIndent(export, "", "  ")
}

// assembly collects the spans of a trace.
type assembly struct {
	spans   map[string]*Span
	parents map[string]string
	order   []string
	circles map[string]bool // what circular has found out
}

func (a *assembly) add(doc *segment.Document) {
	segment.Walk(doc, func(d, around *segment.Document) {
		isSegment := around == nil && !d.Streamed()
		span := newSpan(d, isSegment)
		old := a.spans[d.ID]
		if old == nil {
			a.order = append(a.order, d.ID)
		}
		if old == nil || old.Open || !span.Open {
			a.spans[d.ID] = span
		}
		// Where it is nested tells more than what it says itself: the SDK gives the root's id to all.
		switch {
		case around != nil:
			a.parents[d.ID] = around.ID
		case a.parents[d.ID] == "":
			a.parents[d.ID] = d.ParentID
		}
	})
}

func newSpan(d *segment.Document, isSegment bool) *Span {
	s := &Span{
		ID: d.ID, Name: d.Name, Kind: KindOf(d, isSegment), Start: d.Start, Took: max(0, d.End-d.Start), Outcome: outcome(d), Open: !d.Done(),
		HTTP: d.HTTP, SQL: d.SQL, Resource: d.Resource(), User: d.User, Origin: d.Origin, Notes: d.Annotation, segment: isSegment,
	}
	if len(d.Metadata) > 0 {
		s.Metadata = d.Metadata
	}
	if s.Kind == "" {
		s.Kind = "local"
	} else {
		s.Node = Key(d, s.Kind)
	}
	s.AWS = segment.AWS{}
	for key, value := range d.AWS {
		if key != "xray" { // the SDK's version
			s.AWS[key] = value
		}
	}
	var cause struct {
		Exceptions []Exception `json:"exceptions"`
	}
	if json.Unmarshal(d.Cause, &cause) == nil {
		s.Errors = cause.Exceptions
	} else {
		_ = json.Unmarshal(d.Cause, &s.CausedBy) // neither: nothing is told
	}
	return s
}

// arrange puts the spans into the order in which they are shown.
func (a *assembly) arrange(line *Timeline) {
	var roots []*Span
	for _, id := range a.order {
		span := a.spans[id]
		parent := a.spans[a.parents[id]]
		if parent == nil || a.circular(id) {
			span.Orphan = a.parents[id] != ""
			roots = append(roots, span)
			if span.Orphan && !span.segment {
				line.Orphans++
			}
			continue
		}
		span.Parent = parent.ID
		parent.children = append(parent.children, span)
	}
	byStart(roots)
	services := map[string]bool{}
	line.End = line.Start + line.Took
	for _, root := range roots {
		line.place(root, 0, root.Name, services)
	}
	line.Services = len(services)
	if len(roots) > 0 {
		first := roots[0]
		for _, root := range roots {
			if root.Took > first.Took {
				first = root
			}
		}
		line.Critical = critical(first, first.Start+first.length(line.End))
	}
}

// circular says whether the way up from a span leads to no end. Each span is looked at once.
func (a *assembly) circular(id string) bool {
	var path []string
	result, on := false, map[string]bool{}
	for at := id; a.spans[at] != nil; at = a.parents[at] {
		known, ok := a.circles[at]
		if ok || on[at] {
			result = known || on[at]
			break
		}
		on[at] = true
		path = append(path, at)
	}
	for _, at := range path {
		a.circles[at] = result
	}
	return result
}

func byStart(spans []*Span) {
	slices.SortFunc(spans, func(a, b *Span) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.Took, a.Took), cmp.Compare(a.ID, b.ID))
	})
}

func (line *Timeline) place(span *Span, depth int, service string, services map[string]bool) {
	if span.segment {
		service = span.Name
		services[service] = true
	}
	span.Service, span.Depth = service, depth
	line.Start = min(line.Start, span.Start)
	line.End = max(line.End, span.Start+span.Took)
	line.Spans = append(line.Spans, span)
	byStart(span.children)
	for _, child := range span.children {
		line.place(child, depth+1, service, services)
	}
}

// length is how long a span took, up to the trace's end when it has not ended.
func (s *Span) length(end float64) float64 {
	if s.Open {
		return max(0, end-s.Start)
	}
	return s.Took
}

// critical marks what a span had to wait for, from its end back to its start: the child that
// ended last, before that the one that ended last before that child began, and so on. What is
// between them is work of its own. It returns how long that was, in the children too.
//
//	span   |=====···········========|
//	child        |==========|
//	child     |----------|           nobody waited for it alone
func critical(span *Span, end float64) float64 {
	total, cursor := 0.0, end
	own := func(from, to float64) {
		if to > from {
			span.Critical = append(span.Critical, [2]float64{from, to})
			total += to - from
		}
	}
	children := slices.Clone(span.children)
	slices.SortFunc(children, func(a, b *Span) int {
		return -cmp.Compare(a.Start+a.length(end), b.Start+b.length(end))
	})
	for _, child := range children {
		stop := min(child.Start+child.length(end), cursor)
		if child.Start >= cursor || stop <= child.Start || child.Start < span.Start-skew || child.Start+child.length(end) > cursor+skew {
			continue
		}
		own(stop, cursor)
		total += critical(child, stop)
		cursor = child.Start
	}
	own(span.Start, cursor)
	slices.Reverse(span.Critical)
	return total
}

// skew is how far the clocks of two processes may be apart.
const skew = 0.05
