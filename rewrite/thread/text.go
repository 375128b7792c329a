package thread

import (
	"github.com/seed-4257438c/xray-instrument/analysis/edit/splice"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// File is a file's edits.
type File struct {
	Path   string
	Before []byte
	Edits  []match.Edit
	Keys   []string // the function that each edit is made for; "" for import lines
}

// Text returns the file after its edits, laid out as before.
func (f *File) Text() ([]byte, error) {
	after, err := f.raw()
	if err != nil {
		return nil, err
	}
	return splice.Layout(f.Before, after), nil
}

// raw returns the text that offsets of further edits refer to.
func (f *File) raw() ([]byte, error) { return splice.Apply(f.Before, f.Edits) }

// Files are the edits of files, by path.
type Files map[string]*File

// Raw returns the texts with the edits made and nothing laid out anew.
func (fs Files) Raw() (map[string][]byte, error) {
	out := map[string][]byte{}
	for path, f := range fs {
		text, err := f.raw()
		if err != nil {
			return nil, err
		}
		out[path] = text
	}
	return out, nil
}

// Origin returns the offset, before the edits, of an offset in the file's text after
// them. Laying out moves white space alone, so that what is counted is the rest.
func (f *File) Origin(text []byte, offset int) int {
	raw, err := f.raw()
	if err != nil {
		return min(offset, len(f.Before))
	}
	solid := 0
	for _, c := range text[:offset] {
		if !isSpace(c) {
			solid++
		}
	}
	at := 0
	for ; at < len(raw); at++ {
		if isSpace(raw[at]) {
			continue
		}
		if solid == 0 {
			break
		}
		solid--
	}
	return splice.Unmap(f.Edits, at)
}

// isSpace reports whether laying out may add or take away a byte: white space, and
// the semicolons that stand for line ends.
func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ';' }

// Blame returns the function whose edit is nearest to an offset of a file's new
// text, or "".
func (f *File) Blame(offset int) string {
	at := splice.Unmap(f.Edits, offset)
	best, distance := "", -1
	for i, e := range f.Edits {
		if f.Keys[i] == "" {
			continue
		}
		if d := max(e.Start-at, at-e.End); distance < 0 || d < distance {
			best, distance = f.Keys[i], d
		}
	}
	return best
}
