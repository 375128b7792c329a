// Package traces keeps the traces that have arrived in memory, bounded, and answers questions
// about them: which there are, what happened in one, which service called which.
//
// It imports segment alone.
package traces

import (
	"regexp"
	"unique"

	"github.com/seed-4257438c/xray-instrument/cmd/xray-local/internal/segment"
)

// text is a text that stands in memory once, however often it is used.
type text = unique.Handle[string]

// Outcome says how a request went.
type Outcome uint8

// The outcomes are bits: a trace has those of all that is in it.
const (
	Fault Outcome = 1 << iota
	Error
	Throttle
)

// The kinds of nodes on the map.
const (
	KindClient   = "client" // who sends requests without a trace
	KindService  = "service"
	KindDatabase = "database"
	KindAWS      = "aws"
	KindRemote   = "remote"
)

// client is the key of the node from which requests come that nobody traced before.
var client = unique.Make(KindClient + ":")

// trace is all documents with one trace id.
type trace struct {
	id      string
	seq     uint64 // when its first document came, as a number
	docs    []*document
	size    int64
	partial bool // too large: what came later is missing
	changed bool // the fields below are not up to date

	summary Summary
	notes   []annotation
	visits  []visit
}

// document is one segment, or one subsegment that was sent by itself.
type document struct {
	id, parent uint64
	packed     []byte
	streamed   bool
	calls      []call
	ids        []uint64 // of everything in it
	notes      []annotation
	request    *request
}

// request is the HTTP request that a segment served.
type request struct {
	method, url string
	status      int
}

// annotation is a key with a value, as text.
type annotation struct{ key, value text }

// call is a segment, or a subsegment that leaves the process.
type call struct {
	id       uint64
	target   text // key of a node
	start    float64
	took     float32 // seconds; negative for what has not ended
	outcome  Outcome
	segment  bool
	incoming uint64 // for a segment: its parent
}

// visit is a call whose ends are known. From is the zero text for the work of a service,
// whoever asked for it.
type visit struct {
	from, to text
	start    float64
	took     float32
	outcome  Outcome
	id       uint64
}

// own says whether it is the work of the service itself.
func (v visit) own() bool { return v.from == text{} }

// read fills a document from what was parsed.
func read(doc *segment.Document) *document {
	d := &document{streamed: doc.Streamed()}
	d.id, _ = segment.Number(doc.ID)
	d.parent, _ = segment.Number(doc.ParentID)
	if doc.HTTP != nil && !d.streamed {
		r := doc.HTTP
		d.request = &request{r.Request.Method, segment.Cut(r.Request.URL, 500), r.Response.Status}
	}
	d.add(doc, "")
	return d
}

// add looks at a document and at what is in it. Around is the namespace of the nearest
// subsegment around it that leaves the process: AWS SDKs make some more within one call.
func (d *document) add(doc *segment.Document, around string) {
	id, _ := segment.Number(doc.ID)
	d.ids = append(d.ids, id)
	for key, value := range doc.Annotation {
		d.notes = append(d.notes, annotation{unique.Make(segment.Cut(key, 100)), unique.Make(segment.Cut(plain(value), 500))})
	}
	isSegment := !doc.Streamed() && len(d.ids) == 1
	kind := KindOf(doc, isSegment)
	leaves := kind != "" && !isSegment
	if isSegment || kind != "" && kind != around && !doc.Connects() {
		d.calls = append(d.calls, newCall(doc, id, kind, isSegment, d.parent))
	}
	if leaves {
		around = kind
	}
	for _, sub := range doc.Subsegments {
		d.add(sub, around)
	}
}

func newCall(doc *segment.Document, id uint64, kind string, isSegment bool, parent uint64) call {
	c := call{id: id, target: unique.Make(Key(doc, kind)), start: doc.Start, took: -1, segment: isSegment, outcome: outcome(doc)}
	if isSegment {
		c.incoming = parent
	}
	if doc.Done() {
		c.took = float32(doc.End - doc.Start)
	}
	return c
}

// KindOf returns the kind of the node that a document is a call of, or nothing for work within a process.
func KindOf(doc *segment.Document, isSegment bool) string {
	switch {
	case isSegment:
		return KindService
	case doc.SQL != nil:
		return KindDatabase
	case doc.Namespace == "aws":
		return KindAWS
	case doc.Namespace == "remote":
		return KindRemote
	}
	return ""
}

// Key returns the key of the node that a document is a call of.
func Key(doc *segment.Document, kind string) string {
	key := kind + ":" + doc.Name
	if resource := doc.Resource(); kind == KindAWS && resource != "" {
		key += "/" + segment.Cut(resource, 100)
	}
	return key
}

func outcome(doc *segment.Document) Outcome {
	var o Outcome
	if doc.Fault {
		o |= Fault
	}
	if doc.Error {
		o |= Error
	}
	if doc.Throttle || o != 0 && doc.Namespace == "aws" && throttling.Match(doc.Cause) {
		o |= Throttle
	}
	return o
}

// throttling finds the names of AWS's errors for too many requests. The SDK goes by the status alone,
// and DynamoDB's is 400.
var throttling = regexp.MustCompile(`"type":\s*"[^"]*(?:Throttl|TooManyRequests|ThroughputExceeded|RequestLimitExceeded|SlowDown)|"message":\s*"[^"]*(?:Throttl|TooManyRequests|ThroughputExceeded|RequestLimitExceeded|SlowDown)`)

// update brings what is told of the trace as a whole up to date.
func (t *trace) update() {
	if !t.changed {
		return
	}
	t.changed = false
	r := resolve(t.docs)
	t.visits, t.notes = r.visits, nil
	for _, d := range t.docs {
		t.notes = append(t.notes, d.notes...)
	}
	t.summary = r.summary
	t.summary.ID, t.summary.Seq = t.id, t.seq
}
