package report

import (
	"bytes"
	"fmt"
	"io"
)

// Text writes a line for each diagnostic, as editors and go vet's readers expect
// it:
//
//	file:line:col: Rule: message
//
// The lines are sorted by file, line, column and rule. path turns a Diagnostic's
// File into the name to show.
func Text(w io.Writer, ds []Diagnostic, path func(file string) string) error {
	var lines bytes.Buffer
	for _, d := range inOrder(ds) {
		fmt.Fprintf(&lines, "%s: %s\n", position(path(d.File), d.Line, d.Column), d.text())
	}
	_, err := w.Write(lines.Bytes())
	return err
}
