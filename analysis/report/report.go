// Package report writes what the gate found: as lines for people, as JSON in the
// form of go vet, and as SARIF for code scanning; and it keeps the baseline of
// what a team has accepted.
//
// It knows diagnostics as plain data, so that every form says the same and none
// of them needs syntax or types. All output is sorted and depends on nothing but
// the diagnostics: the same findings give the same bytes.
//
// It deliberately does not drop what was found twice, as a file is in a package and
// in the package's test variant, and it does not choose what to report or with which
// status to exit.
//
// It imports nothing of the project.
package report

import (
	"cmp"
	"slices"
)

// Diagnostic is one finding of the gate.
type Diagnostic struct {
	Package string // import path
	// File is relative to the module's or workspace's folder, with slashes. Lines
	// and columns count from 1, columns in bytes; the end is exclusive.
	File               string
	Line, Column       int
	EndLine, EndColumn int
	Kind, Rule         string
	Message, URL       string
	Func               string // the declaration around it, as (*T).M, T.M or F
	Call               string // what is called, made or set there, as the source spells it
	Fix                *Fix   // nil: there is none that the package's own files suffice for
}

// Category is the diagnostic's kind and rule in one word.
func (d *Diagnostic) Category() string { return d.Kind + "/" + d.Rule }

// inOrder returns the diagnostics sorted by place, then by rule. What else tells
// two of them apart follows, so that no output depends on the order of discovery.
func inOrder(ds []Diagnostic) []Diagnostic {
	sorted := slices.Clone(ds)
	slices.SortStableFunc(sorted, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File),
			cmp.Compare(a.Line, b.Line),
			cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Rule, b.Rule),
			cmp.Compare(a.EndLine, b.EndLine),
			cmp.Compare(a.EndColumn, b.EndColumn),
			cmp.Compare(a.Package, b.Package),
			cmp.Compare(a.Message, b.Message),
		)
	})
	return sorted
}

// text is the line that people read: the rule, and what it says.
func (d *Diagnostic) text() string { return d.Rule + ": " + d.Message }

// Fix is a change that mends a finding.
type Fix struct {
	Title string
	Edits []Edit // in order, without overlaps
}

// Edit replaces the bytes from Start to End of a file by New.
type Edit struct {
	File       string // as Diagnostic.File
	Start, End int
	New        string
}

// Rule describes a rule for forms that carry their own help.
type Rule struct {
	Name, Kind, URL string
	Short           string // one sentence
	Help            string // markdown: what is lost, before and after
}
