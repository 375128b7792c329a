package traces

import (
	"cmp"
	"math"
	"slices"
)

// resolved is a trace whose documents are put together.
type resolved struct {
	visits  []visit
	summary Summary
}

// pieces are the documents of a trace, and where in them what stands.
type pieces struct {
	docs   []*document
	places map[uint64]int // the document in which an id stands
	calls  map[uint64]*call
	where  map[uint64]int // the document of a call
}

// resolve finds out who called whom. What comes from a process is known by the segment at
// its top; a subsegment that was sent by itself is part of what its parent is part of.
func resolve(docs []*document) resolved {
	p := pieces{docs, map[uint64]int{}, map[uint64]*call{}, map[uint64]int{}}
	for i, d := range docs {
		for _, id := range d.ids {
			if _, there := p.places[id]; !there || d.id == id {
				p.places[id] = i
			}
		}
		for j := range d.calls {
			c := &d.calls[j]
			if old := p.calls[c.id]; old == nil || old.took < 0 { // the version that has ended
				p.calls[c.id], p.where[c.id] = c, i
			}
		}
	}
	r := resolved{visits: p.visits(), summary: p.summary()}
	slices.SortFunc(r.visits, func(a, b visit) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.id, b.id), cmp.Compare(btoi(a.own()), btoi(b.own())))
	})
	return r
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// visits returns all calls with their two ends, and the work of services.
func (p pieces) visits() []visit {
	answered := map[uint64]text{} // calls of services that are in the trace
	for _, c := range p.calls {
		if caller := p.calls[c.incoming]; c.segment && caller != nil && !caller.segment {
			answered[c.incoming] = c.target
		}
	}
	var visits []visit
	for id, c := range p.calls {
		v := visit{to: c.target, start: c.start, took: c.took, outcome: c.outcome, id: id}
		if c.segment {
			visits = append(visits, v)
		}
		from, ok := p.caller(c, id)
		if target, there := answered[id]; there {
			v.to = target
		}
		if v.from = from; ok {
			visits = append(visits, v)
		}
	}
	return visits
}

// caller returns who made a call, unless that is told by another one or not known. A segment
// without a parent was asked for by a client; one below work within a process by that process.
func (p pieces) caller(c *call, id uint64) (text, bool) {
	if !c.segment {
		return p.service(p.where[id])
	}
	if c.incoming == 0 {
		return client, true
	}
	place, known := p.places[c.incoming]
	if caller := p.calls[c.incoming]; caller != nil && !caller.segment || !known || place == p.where[id] {
		return text{}, false
	}
	return p.service(place)
}

// service returns the service that a document comes from.
func (p pieces) service(doc int) (text, bool) {
	for range p.docs { // no further than there are documents: parents may form a circle
		d := p.docs[doc]
		if !d.streamed {
			return d.calls[0].target, true
		}
		next, ok := p.places[d.parent]
		if !ok {
			break
		}
		doc = next
	}
	return text{}, false
}

// Summary is what the list of traces tells of one.
type Summary struct {
	Seq       uint64  `json:"seq"`
	ID        string  `json:"id"`
	Service   string  `json:"service"` // of the first segment
	Method    string  `json:"method,omitempty"`
	URL       string  `json:"url,omitempty"`
	Status    int     `json:"status,omitempty"`
	Start     float64 `json:"start"` // seconds since 1970
	Took      float64 `json:"took"`  // seconds, of the first segment
	Outcome   Outcome `json:"outcome"`
	Documents int     `json:"documents"`
	Open      bool    `json:"open,omitempty"`    // something has not ended, or not arrived
	Partial   bool    `json:"partial,omitempty"` // too large to be kept whole
}

// summary finds the first segment: one that nobody in the trace asked for, the earliest of them.
func (p pieces) summary() Summary {
	s := Summary{Documents: len(p.docs), Start: math.Inf(1)}
	last := 0.0
	var first *call
	for _, c := range p.calls {
		s.Outcome |= c.outcome
		s.Open = s.Open || c.took < 0
		s.Start = min(s.Start, c.start)
		last = max(last, c.start+max(0, float64(c.took)))
		_, below := p.places[c.incoming]
		if c.segment && !below && (first == nil || cmp.Or(cmp.Compare(c.start, first.start), cmp.Compare(c.id, first.id)) < 0) {
			first = c
		}
	}
	if first == nil { // subsegments whose segment has not come
		s.Open = true
		if len(p.calls) == 0 {
			s.Start = 0
		}
		s.Took = last - s.Start
		return s
	}
	s.Service, s.Start, s.Took = name(first.target.Value()), first.start, float64(first.took)
	if first.took < 0 {
		s.Took = last - first.start
	}
	if r := p.docs[p.where[first.id]].request; r != nil {
		s.Method, s.URL, s.Status = r.method, r.url, r.status
	}
	return s
}
