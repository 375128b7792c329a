package gomod

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
)

// editSum returns the edits that turn the lines of one go.sum into those of another, leaving
// what both have in its place. Lines are added in the order of the go command where src is in it, and
// at the end where it is not.
func editSum(src, want []byte) []edit {
	old, wanted := sumLines(src), sumLines(want)
	var edits []edit
	keep := texts(wanted)
	for _, l := range old {
		if !keep[l.text] {
			edits = append(edits, edit{Off: l.off, Del: l.size})
		}
	}
	nl := newline(src)
	sorted := slices.IsSortedFunc(old, compareSums)
	have := texts(old)
	slices.SortStableFunc(wanted, compareSums)
	for _, l := range wanted {
		if have[l.text] {
			continue
		}
		have[l.text] = true
		i := len(old)
		if sorted {
			i, _ = slices.BinarySearchFunc(old, l, compareSums)
		}
		edits = append(edits, insertLine(src, old, i, l.text, nl))
	}
	return edits
}

func texts(lines []sumLine) map[string]bool {
	set := map[string]bool{}
	for _, l := range lines {
		set[l.text] = true
	}
	return set
}

// insertLine puts a line before the i-th one, or at the end.
func insertLine(src []byte, old []sumLine, i int, text, nl string) edit {
	switch {
	case i < len(old):
		return edit{Off: old[i].off, Text: text + nl}
	case len(src) > 0 && src[len(src)-1] != '\n':
		return edit{Off: len(src), Text: nl + text}
	}
	return edit{Off: len(src), Text: text + nl}
}

// sumLine is a line of a go.sum file: a module, a version that may end in /go.mod, and a hash.
type sumLine struct {
	text          string
	path, version string
	off, size     int // its place, with the line end
}

// sumLines splits a go.sum file; empty lines are not listed.
func sumLines(src []byte) []sumLine {
	var list []sumLine
	off := 0
	for line := range bytes.Lines(src) {
		text := strings.TrimSpace(string(line))
		if f := strings.Fields(text); len(f) >= 2 {
			list = append(list, sumLine{text: text, path: f[0], version: f[1], off: off, size: len(line)})
		}
		off += len(line)
	}
	return list
}

// compareSums is the order of the go command: path, version, file.
func compareSums(a, b sumLine) int {
	av, af, _ := strings.Cut(a.version, "/")
	bv, bf, _ := strings.Cut(b.version, "/")
	return cmp.Or(cmp.Compare(a.path, b.path), semver.Compare(av, bv), cmp.Compare(av, bv), cmp.Compare(af, bf))
}

// newline returns the line end that a file uses.
func newline(src []byte) string {
	if i := bytes.IndexByte(src, '\n'); i > 0 && src[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}
