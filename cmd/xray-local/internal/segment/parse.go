package segment

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"
)

// MaxSize is the size of the largest datagram that is read. UDP has none larger.
const MaxSize = 64 << 10

// The limits of a document. X-Ray's own are lower.
const (
	maxDepth       = 100
	maxSubsegments = 5000
	maxName        = 200
	maxTime        = 1 << 40 // seconds; a time in milliseconds is above it
)

// The reasons for which a datagram is refused.
var (
	ErrOversized = errors.New("larger than 64 KB")
	ErrUTF8      = errors.New("not UTF-8")
	ErrHeader    = errors.New("no header line")
	ErrJSON      = errors.New("not JSON")
	ErrTrace     = errors.New("no trace id")
	ErrID        = errors.New("no id")
	ErrTime      = errors.New("no start time")
	ErrDeep      = errors.New("nested too deeply")
	ErrMany      = errors.New("too many subsegments")
)

// Reasons are all of them, in the order in which they are looked for.
var Reasons = []error{ErrOversized, ErrUTF8, ErrHeader, ErrJSON, ErrDeep, ErrMany, ErrTrace, ErrID, ErrTime}

// Parse returns the document of a datagram, and its text without what must not be kept:
// credentials, and the literals of SQL if mask says so. The text may be part of the
// datagram. Subsegments that stand in it more than once are there once.
func Parse(datagram []byte, mask bool) (*Document, []byte, error) {
	text, err := body(datagram)
	if err != nil {
		return nil, nil, err
	}
	return Decode(text, mask)
}

// body returns the document of a datagram as text.
func body(datagram []byte) ([]byte, error) {
	switch {
	case len(datagram) > MaxSize:
		return nil, ErrOversized
	case !utf8.Valid(datagram):
		return nil, ErrUTF8
	}
	line, text, found := bytes.Cut(datagram, []byte("\n"))
	var header struct {
		Format  string
		Version int
	}
	if !found || json.Unmarshal(line, &header) != nil || header.Format != "json" || header.Version != 1 {
		return nil, ErrHeader
	}
	return text, nil
}

// Decode is Parse for a document without a header line.
func Decode(text []byte, mask bool) (*Document, []byte, error) {
	if depth(text) > 3*maxDepth { // before anything recurses; a level of subsegments has two of JSON
		return nil, nil, ErrDeep
	}
	doc := &Document{}
	if err := json.Unmarshal(text, doc); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrJSON, err)
	}
	if again := doubled(doc); again || mask && hasSQL(doc) || hasSecret(doc) {
		var err error
		if text, err = rewrite(text, mask); err != nil {
			return nil, nil, fmt.Errorf("%w: %w", ErrJSON, err)
		}
		doc = &Document{}
		if err := json.Unmarshal(text, doc); err != nil {
			return nil, nil, fmt.Errorf("%w: %w", ErrJSON, err)
		}
	}
	return doc, text, check(doc)
}

// depth returns how deeply the brackets of a text of JSON are nested.
func depth(text []byte) int {
	deepest, now, quoted := 0, 0, false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			now++
			deepest = max(deepest, now)
		case c == '}' || c == ']':
			now--
		}
	}
	return deepest
}

// check fails for a document that can't be placed in a trace, and mends what can be mended.
func check(doc *Document) error {
	if !validTrace(doc.TraceID) {
		return ErrTrace
	}
	n := 0
	return checkTree(doc, 0, &n)
}

func checkTree(doc *Document, depth int, n *int) error {
	*n++
	switch {
	case depth > maxDepth:
		return ErrDeep
	case *n > maxSubsegments:
		return ErrMany
	}
	if _, ok := Number(doc.ID); !ok {
		return ErrID
	}
	if !(doc.Start > 0 && doc.Start < maxTime) {
		return ErrTime
	}
	if doc.End < doc.Start || doc.End > maxTime || math.IsNaN(doc.End) {
		doc.End = 0
	}
	doc.Name = Cut(doc.Name, maxName)
	kept := doc.Subsegments[:0]
	for _, sub := range doc.Subsegments {
		if sub == nil { // "null"
			continue
		}
		if err := checkTree(sub, depth+1, n); err != nil {
			return err
		}
		kept = append(kept, sub)
	}
	doc.Subsegments = kept
	return nil
}

// Cut shortens a text to n bytes at most, at the end of a character.
func Cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// validTrace says whether an id is of the form 1-5759e988-bd862e3fe1be46a994272793.
func validTrace(id string) bool {
	return len(id) == 35 && id[:2] == "1-" && id[10] == '-' && hexadecimal(id[2:10]) && hexadecimal(id[11:])
}

func hexadecimal(text string) bool {
	for _, c := range []byte(text) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && (c < 'A' || c > 'F') {
			return false
		}
	}
	return text != ""
}

// Number returns the number that an id stands for: 16 hexadecimal digits, not all of them zero.
func Number(id string) (uint64, bool) {
	if len(id) != 16 || !hexadecimal(id) {
		return 0, false
	}
	n, err := strconv.ParseUint(id, 16, 64)
	return n, err == nil && n != 0
}

// Walk calls visit for a document and everything in it, each with what it stands in.
func Walk(doc *Document, visit func(doc, parent *Document)) { walk(doc, nil, visit) }

func walk(doc, parent *Document, visit func(doc, parent *Document)) {
	visit(doc, parent)
	for _, sub := range doc.Subsegments {
		if sub != nil {
			walk(sub, doc, visit)
		}
	}
}

// doubled says whether an id stands in the document twice.
func doubled(doc *Document) bool {
	seen := map[string]bool{}
	again := false
	Walk(doc, func(doc, _ *Document) {
		again = again || seen[doc.ID]
		seen[doc.ID] = true
	})
	return again
}

func hasSQL(doc *Document) bool {
	found := false
	Walk(doc, func(doc, _ *Document) { found = found || doc.SQL != nil })
	return found
}
