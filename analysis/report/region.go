package report

import (
	"bytes"
	"sort"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/owenrumney/go-sarif/v2/sarif"
)

// texts holds the files that regions were asked for.
type texts struct {
	source func(file string) ([]byte, error)
	read   map[string]*text
}

// text is a file and where its lines begin.
type text struct {
	data   []byte
	starts []int
}

// region returns the place of a diagnostic: the line alone where the file is not
// known or does not have the column.
func (t *texts) region(d *Diagnostic) *sarif.Region {
	if d.Line < 1 {
		return nil
	}
	r := &sarif.Region{StartLine: &d.Line}
	if d.EndLine >= d.Line {
		r.EndLine = &d.EndLine
	}
	text := t.of(d.File)
	if start, ok := text.column(d.Line, d.Column); ok {
		r.StartColumn = &start
		if end, ok := text.column(d.EndLine, d.EndColumn); ok {
			r.EndColumn = &end
		}
	}
	return r
}

// span returns what an edit replaces, or nil where the file is not known or is
// shorter. An insertion is a region that ends where it begins.
func (t *texts) span(e Edit) *sarif.Region {
	text := t.of(e.File)
	if text == nil || e.Start < 0 || e.Start > e.End || e.End > len(text.data) {
		return nil
	}
	startLine, startColumn := text.place(e.Start)
	endLine, endColumn := text.place(e.End)
	return &sarif.Region{
		StartLine: &startLine, StartColumn: &startColumn,
		EndLine: &endLine, EndColumn: &endColumn,
	}
}

// of returns nil for a file that can't be read.
func (t *texts) of(file string) *text {
	if t.source == nil {
		return nil
	}
	known, ok := t.read[file]
	if ok {
		return known
	}
	if data, err := t.source(file); err == nil {
		known = newText(data)
	}
	if t.read == nil {
		t.read = map[string]*text{}
	}
	t.read[file] = known
	return known
}

func newText(data []byte) *text {
	t := &text{data: data, starts: []int{0}}
	for i, c := range data {
		if c == '\n' {
			t.starts = append(t.starts, i+1)
		}
	}
	return t
}

// column turns a column in bytes into one in UTF-16 code units.
func (t *text) column(line, column int) (int, bool) {
	if t == nil || line < 1 || line > len(t.starts) || column < 1 {
		return 0, false
	}
	end := len(t.data)
	if line < len(t.starts) {
		end = t.starts[line] - 1 // the line feed
	}
	offset := t.starts[line-1] + column - 1
	if offset > end {
		return 0, false
	}
	return t.units(line, offset), true
}

// place returns the line and the column, in UTF-16 code units, of an offset
// within the file.
func (t *text) place(offset int) (line, column int) {
	line = sort.SearchInts(t.starts, offset+1)
	return line, t.units(line, offset)
}

// units is the column, in UTF-16 code units, of an offset in a line. A byte order
// mark is no part of a text's first line.
func (t *text) units(line, offset int) int {
	before := t.data[t.starts[line-1]:offset]
	if line == 1 {
		before = bytes.TrimPrefix(before, []byte("\ufeff"))
	}
	column := 1
	for len(before) > 0 {
		r, size := utf8.DecodeRune(before)
		column += utf16.RuneLen(r)
		before = before[size:]
	}
	return column
}
