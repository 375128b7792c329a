package splice

import (
	"bytes"
	"go/format"
)

// Clean reports whether a file is as gofmt prints it.
func Clean(src []byte) bool {
	out, err := format.Source(src)
	return err == nil && bytes.Equal(out, src)
}

// Layout returns edited, laid out as gofmt does if src, which it was made from,
// was: an insertion can move the columns that its neighbours are aligned to. A
// file that was not laid out so keeps every byte.
func Layout(src, edited []byte) []byte {
	if !Clean(src) {
		return edited
	}
	if out, err := format.Source(edited); err == nil {
		return out
	}
	return edited
}
