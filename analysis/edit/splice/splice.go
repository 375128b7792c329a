// Package splice applies edits to a file's bytes.
//
// The edits of one run are made independently, by sites that may stand inside
// each other: a call that is wrapped, one of whose arguments is wrapped too. They
// compose as long as no two of them replace the same bytes. Insertions at one
// offset are ordered by what they belong to: those that follow the code before
// the offset come first, narrower ones before wider ones; then those that lead
// the code behind it, wider ones before narrower ones.
//
// Nothing outside an edit is looked at: encoding, line ends and layout stay what
// they are. It imports rules/match for the edit type.
package splice

import (
	"bytes"
	"fmt"
	"sort"

	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// Apply returns src with the edits made. The order of edits does not matter.
// Edits out of bounds, and replacements that overlap, are errors.
func Apply(src []byte, edits []match.Edit) ([]byte, error) {
	sorted := Sorted(edits)
	var out bytes.Buffer
	at := 0
	for _, e := range sorted {
		if e.Start < at || e.End < e.Start || e.End > len(src) {
			return nil, fmt.Errorf("edits overlap at offset %d", e.Start)
		}
		out.Write(src[at:e.Start])
		out.WriteString(e.New)
		at = e.End
	}
	out.Write(src[at:])
	return out.Bytes(), nil
}

// Sorted returns edits in the order in which they are applied.
func Sorted(edits []match.Edit) []match.Edit {
	sorted := append([]match.Edit(nil), edits...)
	sort.SliceStable(sorted, func(i, j int) bool { return before(sorted[i], sorted[j]) })
	return sorted
}

func before(a, b match.Edit) bool {
	if a.Start != b.Start {
		return a.Start < b.Start
	}
	ca, cb := class(a), class(b)
	if ca != cb {
		return ca < cb
	}
	if ca == trailing {
		return a.Size < b.Size
	}
	return a.Size > b.Size
}

const (
	trailing = iota
	leading
	replacing
)

func class(e match.Edit) int {
	switch {
	case e.End > e.Start:
		return replacing
	case e.Lead:
		return leading
	}
	return trailing
}

// Overlap returns the indexes of two edits that cannot both be made, or false.
func Overlap(edits []match.Edit) (i, j int, ok bool) {
	index := make([]int, len(edits))
	for k := range index {
		index[k] = k
	}
	sort.SliceStable(index, func(a, b int) bool { return before(edits[index[a]], edits[index[b]]) })
	for k := 1; k < len(index); k++ {
		if edits[index[k]].Start < edits[index[k-1]].End {
			return index[k-1], index[k], true
		}
	}
	return 0, 0, false
}

// Map returns the offset in the result of an offset in the source: the first
// byte behind all that is inserted there.
func Map(edits []match.Edit, offset int) int {
	delta := 0
	for _, e := range Sorted(edits) {
		if e.Start > offset {
			break
		}
		delta += len(e.New) - (e.End - e.Start)
	}
	return offset + delta
}

// Unmap returns the offset in the source of an offset in the result: the start
// of the edit, for an offset inside one.
func Unmap(edits []match.Edit, offset int) int {
	delta := 0
	for _, e := range Sorted(edits) {
		begin := e.Start + delta
		if offset < begin {
			break
		}
		if offset < begin+len(e.New) {
			return e.Start
		}
		delta += len(e.New) - (e.End - e.Start)
	}
	return offset - delta
}
