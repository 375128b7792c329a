// Package record is the memory of what a run has put into a package: which sites
// it translated and which import lines it added or took away.
//
// The problem: traced code does not always tell who wrote it. A QueryContext
// that a run made reads as one that was there before, and -remove must take back
// the one and leave the other. The record says which is which. It stands as a
// comment in the package's support file, so that it is versioned and moved with
// the code, and names sites by what does not change when lines move: file,
// declaration, rule and a digest of the site's plain form.
//
// It deliberately holds no offsets. A site that was edited by hand since then has
// another digest; it is the user's own from then on, and stays.
//
// It imports analysis/edit/imports for what becomes of import lines.
package record

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/edit/imports"
)

// Site is a site that a run translated.
type Site struct {
	File   string // base name
	Decl   string
	Rule   string
	Digest string
	Index  int    // which of the sites of the same file, declaration, rule and digest, from 0
	Old    string // what stood in place of the context, where the traced form does not tell
}

// Record is what runs have put into one package.
type Record struct {
	Sites   []Site
	Imports []imports.Change
	Module  string // what requiring the SDK changed in the module's go.mod, see package gomod
}

// Digest returns a short name of a site's plain form.
func Digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:4])
}

const (
	begin  = "// Sites and imports that -remove takes back:"
	indent = "//\t"
)

// Format returns the record as the lines of a comment, sorted.
func (r *Record) Format() string {
	var lines []string
	for _, s := range r.Sites {
		line := fmt.Sprintf("%s %s %s %s %d", quote(s.File), quote(s.Decl), s.Rule, s.Digest, s.Index)
		if s.Old != "" {
			line += " " + strconv.Quote(s.Old)
		}
		lines = append(lines, line)
	}
	sort.Strings(lines)
	var imports []string
	for _, i := range r.Imports {
		switch {
		case i.Added != "":
			imports = append(imports, fmt.Sprintf("%s %s %s", quote(i.File), sign(i), strconv.Quote(i.Added)))
		case i.Blanked != "":
			imports = append(imports, fmt.Sprintf("%s _ %s %s", quote(i.File), strconv.Quote(i.Blanked), strconv.Quote(i.Name)))
		default:
			imports = append(imports, fmt.Sprintf("%s - %s %d %s", quote(i.File), strconv.Quote(i.After), i.Lines, strconv.Quote(i.Dropped)))
		}
	}
	sort.Strings(imports)
	lines = append(lines, imports...)
	if r.Module != "" {
		lines = append(lines, "module "+strconv.Quote(r.Module))
	}
	if len(lines) == 0 {
		return ""
	}
	return begin + "\n//\n" + indent + strings.Join(lines, "\n"+indent) + "\n"
}

// sign returns the mark of a line that was added.
func sign(i imports.Change) string {
	switch {
	case i.Single:
		return "+()"
	case i.Apart:
		return "+^"
	}
	return "+"
}

// quote quotes words that hold blanks.
func quote(s string) string {
	if s == "" || strings.ContainsAny(s, " \t\"\\") || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' }) {
		return strconv.Quote(s)
	}
	return s
}

// Parse returns the record in a support file. Lines that it does not understand,
// as after a merge gone wrong, are passed over.
func Parse(src []byte) *Record {
	r := &Record{}
	s := bufio.NewScanner(bytes.NewReader(src))
	s.Buffer(nil, len(src)+1)
	in := false
	for s.Scan() {
		line := strings.TrimRight(s.Text(), "\r")
		switch {
		case line == begin:
			in = true
		case in && strings.HasPrefix(line, indent):
			r.parse(words(strings.TrimPrefix(line, indent)))
		case in && line != "//":
			return r
		}
	}
	return r
}

func (r *Record) parse(w []string) {
	switch {
	case len(w) >= 3 && len(w) <= 4 && w[2] == "":
		return // an import without a path
	case len(w) == 2 && w[0] == "module":
		r.Module = w[1]
	case len(w) == 3 && (w[1] == "+" || w[1] == "+()" || w[1] == "+^"):
		r.Imports = append(r.Imports, imports.Change{File: w[0], Added: w[2], Single: w[1] == "+()", Apart: w[1] == "+^"})
	case len(w) == 4 && w[1] == "_":
		r.Imports = append(r.Imports, imports.Change{File: w[0], Blanked: w[2], Name: w[3]})
	case len(w) == 5 && w[1] == "-":
		if n, err := strconv.Atoi(w[3]); err == nil {
			r.Imports = append(r.Imports, imports.Change{File: w[0], After: w[2], Lines: n, Dropped: w[4]})
		}
	case len(w) == 5 || len(w) == 6:
		n, err := strconv.Atoi(w[4])
		if err != nil {
			return
		}
		site := Site{File: w[0], Decl: w[1], Rule: w[2], Digest: w[3], Index: n}
		if len(w) == 6 {
			site.Old = w[5]
		}
		r.Sites = append(r.Sites, site)
	}
}

// words splits a line at blanks outside quotes.
func words(line string) []string {
	var out []string
	for line = strings.TrimLeft(line, " "); line != ""; line = strings.TrimLeft(line, " ") {
		if line[0] == '"' {
			q, err := strconv.QuotedPrefix(line)
			if err != nil {
				return nil
			}
			s, err := strconv.Unquote(q)
			if err != nil {
				return nil
			}
			out, line = append(out, s), line[len(q):]
			continue
		}
		word, rest, _ := strings.Cut(line, " ")
		out, line = append(out, word), rest
	}
	return out
}
