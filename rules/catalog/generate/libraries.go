package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
	"text/template"

	"golang.org/x/tools/go/packages"

	"github.com/seed-4257438c/xray-instrument/rules"
)

//go:embed libraries.md.tmpl
var librariesPage string

// library is what the table says of one library: a record that begins with an
// idiom:library directive in a file of the plain dialect.
type library struct {
	Paths    []string
	Traced   []string
	Untraced []string
	Idioms   []*rules.Idiom // of the record's file

	at string // where the record stands
}

// kind returns the kind of the library's first idiom, by which the table is ordered.
func (l *library) kind() rules.Kind { return l.Idioms[0].Kind }

// libraries returns the documentation of what is traced of each library as Markdown.
func libraries(plain *packages.Package, c *rules.Catalog) ([]byte, error) {
	var all []*library
	for _, f := range plain.Syntax {
		list, err := librariesOf(plain, f)
		if err != nil {
			return nil, err
		}
		if err := assign(plain, f, list, c); err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	slices.SortStableFunc(all, func(a, b *library) int {
		if d := rank(a.kind()) - rank(b.kind()); d != 0 {
			return d
		}
		return strings.Compare(a.Paths[0], b.Paths[0])
	})
	t, err := template.New("libraries").Funcs(template.FuncMap{"anchor": strings.ToLower}).Parse(librariesPage)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, all); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// rank returns the place of a kind on the pages.
func rank(k rules.Kind) int {
	if i := slices.Index(order, k); i >= 0 {
		return i
	}
	return len(order)
}

// librariesOf reads the records of a file.
func librariesOf(pkg *packages.Package, f *ast.File) ([]*library, error) {
	var list []*library
	for _, group := range f.Comments {
		for _, c := range group.List {
			word, rest, _ := strings.Cut(c.Text, " ")
			rest = strings.TrimSpace(rest)
			at := pkg.Fset.Position(c.Pos()).String()
			if word != "//idiom:library" && word != "//idiom:traces" && word != "//idiom:untraced" {
				continue
			}
			if rest == "" {
				return nil, fmt.Errorf("%s: %s says nothing", at, word)
			}
			if word == "//idiom:library" {
				list = append(list, &library{Paths: strings.Fields(rest), at: at})
				continue
			}
			if len(list) == 0 {
				return nil, fmt.Errorf("%s: %s stands before any //idiom:library", at, word)
			}
			last := list[len(list)-1]
			if word == "//idiom:untraced" {
				last.Untraced = append(last.Untraced, rest)
				continue
			}
			what, as, ok := strings.Cut(rest, " -> ")
			if !ok {
				return nil, fmt.Errorf("%s: write //idiom:traces WHAT -> segment or subsegment NAME", at)
			}
			last.Traced = append(last.Traced, what+" → "+as)
		}
	}
	return list, nil
}

// assign gives each idiom of a file to the library that it is about.
func assign(pkg *packages.Package, f *ast.File, list []*library, c *rules.Catalog) error {
	for _, idiom := range c.Idioms {
		if idiom.Of != "" {
			continue
		}
		at := pkg.Types.Scope().Lookup(idiom.Name).Pos()
		if at < f.FileStart || at >= f.FileEnd {
			continue
		}
		l := libraryOf(list, idiom)
		if l == nil {
			return fmt.Errorf("%s: no //idiom:library of this file covers idiom %s: see rules/catalog/README.md", pkg.Fset.Position(at), idiom.Name)
		}
		l.Idioms = append(l.Idioms, idiom)
	}
	for _, l := range list {
		switch {
		case len(l.Idioms) == 0:
			return fmt.Errorf("%s: no idiom of this file is about %s", l.at, l.Paths[0])
		case len(l.Traced) == 0:
			return fmt.Errorf("%s: no //idiom:traces says what is traced of %s", l.at, l.Paths[0])
		}
	}
	return nil
}

// libraryOf returns the library that an idiom is about: the only one of its file,
// or the one whose path is the longest that the plain side is below.
func libraryOf(list []*library, idiom *rules.Idiom) *library {
	if len(list) == 1 {
		return list[0]
	}
	var best *library
	longest := 0
	for _, l := range list {
		for _, p := range l.Paths {
			if len(p) > longest && isAbout(idiom, p) {
				best, longest = l, len(p)
			}
		}
	}
	return best
}

// isAbout reports whether the plain side of an idiom names an object at or below a
// path.
func isAbout(idiom *rules.Idiom, p string) bool {
	for _, ref := range idiom.Plain.Refs {
		rest, ok := strings.CutPrefix(ref.Object, p)
		if ok && (rest[0] == '.' && !strings.Contains(rest, "/") || rest[0] == '/') {
			return true
		}
	}
	return false
}

// Title returns the library's paths, with links to their documentation.
func (l *library) Title() string {
	var parts []string
	for _, p := range l.Paths {
		parts = append(parts, fmt.Sprintf("[%s](https://pkg.go.dev/%s)", p, path.Clean(p)))
	}
	return strings.Join(parts, "<br>")
}

// Cell returns facts as one cell of a table.
func (l *library) Cell(facts []string) string {
	return strings.ReplaceAll(strings.Join(facts, "<br>"), "|", `\|`)
}
