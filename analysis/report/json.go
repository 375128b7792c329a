package report

import (
	"cmp"
	"encoding/json"
	"go/token"
	"io"
	"path/filepath"
)

// analyzerName is the key under which the diagnostics of a package stand. It is
// the name of the analyzer that go vet runs, so that both outputs read alike.
const analyzerName = "xray"

// The types below repeat the form of go vet -json, which x/tools keeps in an
// internal package (internal/analysis/driverutil) and the go command repeats in
// cmd/go/internal/vet. It has no place for a diagnostic's URL.
type (
	// jsonTree maps a package to its analyzers, and these to their diagnostics.
	jsonTree map[string]map[string][]jsonDiagnostic

	jsonDiagnostic struct {
		Category       string    `json:"category,omitempty"`
		Posn           string    `json:"posn"`
		End            string    `json:"end"`
		Message        string    `json:"message"`
		SuggestedFixes []jsonFix `json:"suggested_fixes,omitempty"`
	}

	jsonFix struct {
		Message string     `json:"message"`
		Edits   []jsonEdit `json:"edits"`
	}

	jsonEdit struct {
		Filename string `json:"filename"`
		Start    int    `json:"start"`
		End      int    `json:"end"`
		New      string `json:"new"`
	}
)

// JSON writes the diagnostics in the form of go vet -json, one tree for all
// packages. File names are absolute: root is the folder to which they are
// relative.
func JSON(w io.Writer, ds []Diagnostic, root string) error {
	tree := jsonTree{}
	for _, d := range inOrder(ds) {
		if tree[d.Package] == nil {
			tree[d.Package] = map[string][]jsonDiagnostic{}
		}
		list := tree[d.Package][analyzerName]
		tree[d.Package][analyzerName] = append(list, toJSON(&d, root))
	}
	data, err := json.MarshalIndent(tree, "", "\t")
	if err != nil {
		return err
	}
	_, err = w.Write(append(data, '\n'))
	return err
}

func toJSON(d *Diagnostic, root string) jsonDiagnostic {
	file := absolute(root, d.File)
	j := jsonDiagnostic{
		Category: d.Category(),
		Posn:     position(file, d.Line, d.Column),
		// Without an end, the end is the beginning, as in go vet.
		End:     position(file, cmp.Or(d.EndLine, d.Line), cmp.Or(d.EndColumn, d.Column)),
		Message: d.text(),
	}
	if d.Fix != nil {
		fix := jsonFix{Message: d.Fix.Title}
		for _, e := range d.Fix.Edits {
			fix.Edits = append(fix.Edits, jsonEdit{absolute(root, e.File), e.Start, e.End, e.New})
		}
		j.SuggestedFixes = []jsonFix{fix}
	}
	return j
}

func absolute(root, file string) string { return filepath.Join(root, filepath.FromSlash(file)) }

// position writes file:line:col as package go/token does, which leaves out what is
// unknown.
func position(file string, line, column int) string {
	return token.Position{Filename: file, Line: line, Column: column}.String()
}
