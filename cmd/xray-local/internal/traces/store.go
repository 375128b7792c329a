package traces

import (
	"bytes"
	"fmt"
	"sync"
	"time"

	"github.com/seed-4257438c/xray-instrument/cmd/xray-local/internal/segment"
)

// The limits of one trace. X-Ray's own is 500 KB; a trace id that never changes must not fill the memory.
const (
	maxDocuments = 2000
	maxTrace     = 16 << 20
)

// Keeper is told what is kept and what goes, so that it can be written to a file.
type Keeper interface {
	Keep(trace string, id uint64, text []byte) // the text is the keeper's
	Drop(trace string)
}

// Store keeps traces. It may be used by several goroutines at once.
type Store struct {
	limit  int64
	mask   bool
	keeper Keeper

	mu      sync.Mutex
	traces  map[string]*trace
	order   []*trace // by the arrival of the first document; nil for what has gone
	oldest  int      // index in order of the oldest that may be there
	next    uint64
	size    int64
	counts  Counts
	packer  packer
	version uint64
	mapped  mapCache
}

// Counts are what has arrived, and what became of it.
type Counts struct {
	Documents uint64 `json:"documents"` // segments, and subsegments sent by themselves
	Merged    uint64 `json:"merged"`    // sent again
	Evicted   uint64 `json:"evicted"`   // traces that made room for newer ones
	Cut       uint64 `json:"cut"`       // documents of traces that are too large
	Traces    int    `json:"traces"`
	Bytes     int64  `json:"bytes"` // used, as far as is accounted for
	Limit     int64  `json:"limit"`
}

// share is the part of the limit that documents may take. The rest is for what is not
// accounted for: answers in the making, and garbage not yet collected.
const share = 0.5

// New returns an empty store that uses about limit bytes. With mask the literals of SQL are not
// kept. The keeper may be nil.
func New(limit int64, mask bool, keeper Keeper) *Store {
	return &Store{limit: limit, mask: mask, keeper: keeper, traces: map[string]*trace{}}
}

// Receive takes one datagram. The error is one of segment.Reasons.
func (s *Store) Receive(datagram []byte) error {
	doc, text, err := segment.Parse(datagram, s.mask)
	if err != nil {
		return err
	}
	s.add(doc, text, s.keeper)
	return nil
}

// Load takes a document that was kept.
func (s *Store) Load(text []byte) error {
	doc, text, err := segment.Decode(text, s.mask)
	if err != nil {
		return err
	}
	s.add(doc, text, nil)
	return nil
}

func (s *Store) add(doc *segment.Document, text []byte, keeper Keeper) {
	d := read(doc) // all that can be done without the lock
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.Documents++
	s.version++
	t := s.trace(doc.TraceID)
	for i, old := range t.docs {
		if old.id == d.id && old.streamed == d.streamed {
			s.counts.Merged++
			if bytes.Equal(old.packed, s.packer.pack(text)) {
				return // nothing new
			}
			if merged, err := s.merge(old, text); err == nil {
				text, d = merged.text, merged.document
			}
			s.put(t, i, d, text, keeper)
			return
		}
	}
	if len(t.docs) >= maxDocuments || t.size > maxTrace {
		s.counts.Cut++
		t.partial, t.changed = true, true
		return
	}
	t.docs = append(t.docs, nil)
	s.put(t, len(t.docs)-1, d, text, keeper)
}

// trace returns the trace with an id, a new one if there is none.
func (s *Store) trace(id string) *trace {
	t := s.traces[id]
	if t == nil {
		s.next++
		t = &trace{id: id, seq: s.next}
		t.size = int64(len(id)) + traceCost
		s.size += t.size
		s.traces[id] = t
		s.order = append(s.order, t)
	}
	return t
}

type mergedDocument struct {
	text     []byte
	document *document
}

func (s *Store) merge(old *document, newer []byte) (mergedDocument, error) {
	before, err := unpack(old.packed)
	if err != nil {
		return mergedDocument{}, err
	}
	text, err := segment.Merge(before, newer)
	if err != nil {
		return mergedDocument{}, err
	}
	doc, text, err := segment.Decode(text, s.mask)
	if err != nil {
		return mergedDocument{}, err
	}
	return mergedDocument{text, read(doc)}, nil
}

// put puts a document into its place in a trace, and lets old traces go for it.
func (s *Store) put(t *trace, i int, d *document, text []byte, keeper Keeper) {
	d.packed = s.packer.pack(text)
	size := d.cost()
	if old := t.docs[i]; old != nil {
		size -= old.cost()
	}
	t.docs[i], t.changed = d, true
	t.size += size
	s.size += size
	if keeper != nil {
		keeper.Keep(t.id, d.key(), append([]byte(nil), text...))
	}
	for float64(s.size) > share*float64(s.limit) && s.evict(t) {
	}
}

// key tells a segment from a subsegment with the same id that was sent by itself.
func (d *document) key() uint64 {
	if d.streamed {
		return d.id ^ 1<<63
	}
	return d.id
}

// What a trace and a document cost beside their texts: headers, maps, results.
const (
	traceCost    = 600
	documentCost = 250
	callCost     = 56 + 56 + 8 // with the visits made of it
	noteCost     = 32
)

func (d *document) cost() int64 {
	n := documentCost + len(d.packed) + 8*len(d.ids) + callCost*len(d.calls)
	for _, note := range d.notes {
		n += noteCost + len(note.key.Value()) + len(note.value.Value())
	}
	if d.request != nil {
		n += 64 + len(d.request.url)
	}
	return int64(n)
}

// evict lets the oldest trace go, but never the one that is being written to.
func (s *Store) evict(except *trace) bool {
	for ; s.oldest < len(s.order); s.oldest++ {
		t := s.order[s.oldest]
		if t == nil {
			continue
		}
		if t == except {
			return false
		}
		s.remove(s.oldest)
		s.counts.Evicted++
		s.oldest++
		if s.oldest > 1024 && s.oldest > len(s.order)/2 { // the front is empty
			s.order = append([]*trace(nil), s.order[s.oldest:]...)
			s.oldest = 0
		}
		return true
	}
	return false
}

func (s *Store) remove(i int) {
	t := s.order[i]
	s.order[i] = nil
	delete(s.traces, t.id)
	s.size -= t.size
	if s.keeper != nil {
		s.keeper.Drop(t.id)
	}
}

// Clear forgets all traces.
func (s *Store) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, t := range s.order {
		if t != nil {
			s.remove(i)
		}
	}
	s.order, s.oldest = nil, 0
	s.version++
}

// Counts returns what has arrived so far.
func (s *Store) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counts
	c.Traces, c.Bytes, c.Limit = len(s.traces), s.size, s.limit
	return c
}

// Version changes with everything that arrives.
func (s *Store) Version() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.version
}

// each calls visit for the traces, the newest first, until it returns false. The lock is held.
func (s *Store) each(visit func(*trace) bool) {
	for i := len(s.order) - 1; i >= s.oldest; i-- {
		t := s.order[i]
		if t == nil {
			continue
		}
		t.update()
		if !visit(t) {
			return
		}
	}
}

// Documents returns the texts of all documents of a trace, in the order of their arrival.
func (s *Store) Documents(id string) ([][]byte, error) {
	s.mu.Lock()
	var packed [][]byte
	if t := s.traces[id]; t != nil {
		for _, d := range t.docs {
			packed = append(packed, d.packed)
		}
	}
	s.mu.Unlock()
	if packed == nil {
		return nil, ErrNotFound
	}
	texts := make([][]byte, len(packed))
	for i, p := range packed {
		var err error
		if texts[i], err = unpack(p); err != nil {
			return nil, fmt.Errorf("trace %s: %w", id, err)
		}
	}
	return texts, nil
}

// now is the time to which "the last minute" refers: that of the newest call, but not a time to come.
func now(newest float64) float64 {
	return min(newest, float64(time.Now().UnixMilli())/1000+1)
}
