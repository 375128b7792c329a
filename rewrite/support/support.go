// Package support writes the file of support code that a package gets beside
// its edits: the unexported declarations that its traced code uses, and the
// record of what the run did.
//
// The declarations are the catalog's own text. Only three things change on the
// way: the major of the X-Ray SDK in import paths, and names, of imports or of
// the declarations, that the package uses for something else, and the values of
// constants that are settings.
//
// It imports rules, rewrite/load for the header, and rewrite/record.
package support

import (
	"bytes"
	"fmt"
	"go/format"
	"go/scanner"
	"go/token"
	"maps"
	"path"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/record"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// FileName is the base name of the support file, unless the package has a file
// of that name already.
const FileName = "xray_instrument.go"

// File describes a support file.
type File struct {
	Package    string
	Constraint string            // a build constraint, or ""
	SDK        string            // module path of the X-Ray SDK to import
	Names      map[string]string // of declarations, by the catalog's name
	Values     map[string]string // of constants that the catalog leaves empty, by its names
	Taken      func(name string) bool
	Record     *record.Record
}

// Imports returns the import paths of declarations, sorted.
func Imports(c *rules.Catalog, names []string, sdk string) []string {
	seen := map[string]bool{}
	for _, n := range names {
		for _, ref := range c.Support[n].Refs {
			if ref.Path != "" {
				seen[rules.SDKPath(ref.Path, sdk)] = true
			}
		}
	}
	out := make([]string, 0, len(seen))
	for p := range seen {
		out = append(out, p)
	}
	sort.Strings(out)
	return out
}

// Source returns the text of a support file with the named declarations.
func (f *File) Source(c *rules.Catalog, names []string) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(find.SupportHeader + "\n//\n// Support code of this package's X-Ray instrumentation. xray-instrument -remove takes it out again.\n\n")
	if text := f.Record.Format(); text != "" {
		b.WriteString(text + "\n")
	}
	if f.Constraint != "" {
		b.WriteString("//go:build " + f.Constraint + "\n\n")
	}
	fmt.Fprintf(&b, "package %s\n\n", f.Package)
	local := f.importNames(c, names)
	f.writeImports(&b, local)
	for _, n := range names {
		text := f.declaration(c.Support[n], local)
		if value, ok := f.Values[n]; ok {
			text = strings.TrimSuffix(text, `""`) + strconv.Quote(value)
		}
		b.WriteString(text + "\n\n")
	}
	return format.Source(b.Bytes())
}

// importNames chooses the name of each import: its own unless the package declares
// that, with a number where two majors of a library have the same.
func (f *File) importNames(c *rules.Catalog, names []string) map[string]string {
	own := map[string]string{}
	for _, n := range names {
		s := c.Support[n]
		for _, ref := range s.Refs {
			if ref.Path != "" {
				own[rules.SDKPath(ref.Path, f.SDK)] = identAt(s.Source, ref.Pos)
			}
		}
	}
	local, used := map[string]string{}, map[string]bool{}
	for _, path := range slices.Sorted(maps.Keys(own)) {
		name := own[path]
		for f.Taken != nil && f.Taken(name) {
			name = "aws" + name
		}
		free := name
		for i := 2; used[free]; i++ {
			free = name + strconv.Itoa(i)
		}
		local[path], used[free] = free, true
	}
	return local
}

func identAt(src string, pos int) string {
	end := pos
	for end < len(src) && (src[end] == '_' || src[end] >= '0' && src[end] <= '9' || src[end] >= 'a' && src[end] <= 'z' || src[end] >= 'A' && src[end] <= 'Z') {
		end++
	}
	return src[pos:end]
}

func (f *File) writeImports(b *bytes.Buffer, local map[string]string) {
	if len(local) == 0 {
		return
	}
	var std, other []string
	for p, name := range local {
		line := "\t" + strconv.Quote(p)
		if name != path.Base(p) {
			line = "\t" + name + " " + strconv.Quote(p)
		}
		if host, _, _ := strings.Cut(p, "/"); strings.Contains(host, ".") {
			other = append(other, line)
		} else {
			std = append(std, line)
		}
	}
	b.WriteString("import (\n")
	for i, group := range [][]string{std, other} {
		sort.Slice(group, func(a, b int) bool { return quoted(group[a]) < quoted(group[b]) })
		if i == 1 && len(std) > 0 && len(other) > 0 {
			b.WriteString("\n")
		}
		for _, line := range group {
			b.WriteString(line + "\n")
		}
	}
	b.WriteString(")\n\n")
}

func quoted(line string) string { return line[strings.IndexByte(line, '"'):] }

// declaration returns a declaration's text under the names of this package.
func (f *File) declaration(s *rules.Support, local map[string]string) string {
	qualifier := map[int]string{}
	for _, ref := range s.Refs {
		if ref.Path != "" {
			qualifier[ref.Pos] = local[rules.SDKPath(ref.Path, f.SDK)]
		}
	}
	var out strings.Builder
	at := 0
	var sc scanner.Scanner
	file := token.NewFileSet().AddFile("", -1, len(s.Source))
	sc.Init(file, []byte(s.Source), nil, scanner.ScanComments)
	for {
		pos, tok, lit := sc.Scan()
		if tok == token.EOF {
			break
		}
		offset := file.Offset(pos)
		name := lit
		if q, ok := qualifier[offset]; ok {
			name = q
		} else if own, ok := f.Names[lit]; ok && tok == token.IDENT {
			name = own
		}
		if tok == token.IDENT && name != lit {
			out.WriteString(s.Source[at:offset] + name)
			at = offset + len(lit)
		}
	}
	out.WriteString(s.Source[at:])
	return out.String()
}
