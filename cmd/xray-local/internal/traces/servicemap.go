package traces

import (
	"cmp"
	"slices"
	"strings"
)

// Map is the picture of who calls whom.
type Map struct {
	Nodes   []Node  `json:"nodes"`
	Edges   []Edge  `json:"edges"`
	Traces  int     `json:"traces"`
	Hidden  int     `json:"hidden"`  // nodes that are not shown, since there are too many
	Newest  float64 `json:"newest"`  // seconds since 1970
	Windows float64 `json:"seconds"` // from the first to the last call
}

// Node is a service, a database, an AWS resource, a remote host, or who called first.
type Node struct {
	Key    string  `json:"key"`
	Kind   string  `json:"kind"`
	Name   string  `json:"name"`
	Detail string  `json:"detail,omitempty"` // the table, bucket, queue or host
	Busy   float64 `json:"busy"`             // its share of all the time that traces took, in which it waited for nobody
	Slow   bool    `json:"slow,omitempty"`   // the bottleneck
	Stats
	Mark
}

// Edge is the calls of one node by another.
type Edge struct {
	From string `json:"from"`
	To   string `json:"to"`
	Stats
	Mark
}

// maxNodes are on a map at most, those with the most calls.
const maxNodes = 250

// bottleneck is the share of the time from which on a node is called one.
const bottleneck = 0.4

type edgeKey struct{ from, to text }

type mapCache struct {
	version uint64
	since   float64
	at      *Map
}

// Map returns the map of the calls that began in the last seconds; zero is all of them.
func (s *Store) Map(seconds float64) *Map {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.mapped; c.at != nil && c.version == s.version && c.since == seconds {
		return c.at
	}
	b := mapBuilder{nodes: map[text]*tally{}, edges: map[edgeKey]*tally{}, busy: map[text]float64{}}
	newest := s.newest()
	since := 0.0
	if seconds > 0 {
		since = newest - seconds
	}
	b.since, b.recent = since, newest-recentSeconds
	s.each(func(t *trace) bool {
		b.add(t)
		return true
	})
	m := b.build()
	m.Newest = newest
	s.mapped = mapCache{s.version, seconds, m}
	return m
}

// newest returns when the last call began.
func (s *Store) newest() float64 {
	last := 0.0
	s.each(func(t *trace) bool {
		last = max(last, t.summary.Start)
		return true
	})
	return now(last)
}

// mapBuilder collects what traces tell.
type mapBuilder struct {
	since, recent float64
	nodes         map[text]*tally
	edges         map[edgeKey]*tally
	busy          map[text]float64 // seconds in which a node worked itself
	total         float64
	traces        int
	first, last   float64
}

func (b *mapBuilder) add(t *trace) {
	if t.summary.Start < b.since {
		return
	}
	b.traces++
	if b.first == 0 || t.summary.Start < b.first {
		b.first = t.summary.Start
	}
	b.last = max(b.last, t.summary.Start)
	b.total += max(0, t.summary.Took)
	for _, v := range t.visits {
		b.visit(v)
	}
}

func (b *mapBuilder) visit(v visit) {
	recent := v.start >= b.recent
	if v.own() {
		entry(b.nodes, v.to).add(v, recent)
		b.busy[v.to] += max(0, float64(v.took))
		return
	}
	entry(b.edges, edgeKey{v.from, v.to}).add(v, recent)
	if v.from == client {
		entry(b.nodes, client)
		return
	}
	entry(b.nodes, v.from)
	if b.busy[v.from] -= max(0, float64(v.took)); !isService(v.to.Value()) {
		entry(b.nodes, v.to).add(v, recent)
		b.busy[v.to] += max(0, float64(v.took))
	}
}

func entry[K comparable](m map[K]*tally, key K) *tally {
	t := m[key]
	if t == nil {
		t = &tally{}
		m[key] = t
	}
	return t
}

func (b *mapBuilder) build() *Map {
	m := &Map{Nodes: []Node{}, Edges: []Edge{}, Traces: b.traces, Windows: b.last - b.first}
	for key, tally := range b.nodes {
		n := newNode(key.Value())
		n.Stats, n.Mark = tally.stats(), tally.mark()
		if b.total > 0 {
			n.Busy = min(1, max(0, b.busy[key]/b.total))
		}
		m.Nodes = append(m.Nodes, n)
	}
	slices.SortFunc(m.Nodes, func(a, b Node) int {
		return cmp.Or(-cmp.Compare(a.Requests, b.Requests), cmp.Compare(a.Key, b.Key))
	})
	if len(m.Nodes) > maxNodes {
		m.Hidden = len(m.Nodes) - maxNodes
		m.Nodes = m.Nodes[:maxNodes]
	}
	shown := map[string]bool{}
	busiest := -1
	for i, n := range m.Nodes {
		shown[n.Key] = true
		if n.Busy >= bottleneck && (busiest < 0 || n.Busy > m.Nodes[busiest].Busy) {
			busiest = i
		}
	}
	if busiest >= 0 && len(m.Nodes) > 2 { // with one service there is nothing to compare
		m.Nodes[busiest].Slow = true
	}
	for key, tally := range b.edges {
		e := Edge{From: key.from.Value(), To: key.to.Value(), Stats: tally.stats(), Mark: tally.mark()}
		if shown[e.From] && shown[e.To] {
			m.Edges = append(m.Edges, e)
		}
	}
	slices.SortFunc(m.Nodes, func(a, b Node) int { return cmp.Compare(a.Key, b.Key) })
	slices.SortFunc(m.Edges, func(a, b Edge) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	return m
}

// newNode reads a key.
func newNode(key string) Node {
	n := Node{Key: key}
	n.Kind, n.Name, _ = strings.Cut(key, ":")
	switch n.Kind {
	case KindClient:
		n.Name = "Clients"
	case KindDatabase:
		if database, host, ok := strings.Cut(n.Name, "@"); ok {
			n.Name, n.Detail = database, host
		}
	case KindAWS:
		if service, resource, ok := strings.Cut(n.Name, "/"); ok {
			n.Name, n.Detail = service, resource
		}
	}
	return n
}

// name returns the name of a node by its key.
func name(key string) string { return newNode(key).Name }
