package torture

import (
	"bytes"
	"fmt"
	"go/format"
	"go/scanner"
	"go/token"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
)

var mark = regexp.MustCompile(`@(\w+)\.`)

// render makes a file's text: its imports, its declarations and what is odd about how it is written.
func (g *gen) render(f *file) []byte {
	random := &gen{Rand: rand.New(rand.NewPCG(g.Uint64(), 0)), store: g.store} // the file's length counts for nothing else
	var odd []func([]byte) []byte
	for _, change := range []func([]byte) []byte{random.oddTokens, random.withComments, crlf, random.noEnd} {
		wanted := g.chance(12)
		g.keep(func() string {
			if wanted && !g.without[g.part] {
				odd = append(odd, change)
			}
			return ""
		})
	}
	src := random.tidy(f)
	for _, change := range odd {
		src = change(src)
	}
	return src
}

// tidy makes the text before it is made odd.
func (g *gen) tidy(f *file) []byte {
	g.Shuffle(len(f.decls), func(i, j int) { f.decls[i], f.decls[j] = f.decls[j], f.decls[i] })
	var used []string
	body := mark.ReplaceAllStringFunc(strings.Join(f.decls, "\n\n"), func(m string) string {
		key := m[1 : len(m)-1]
		used = append(used, key)
		if f.local[key] == "." {
			return ""
		}
		return f.local[key] + "."
	})
	slices.Sort(used)
	src := []byte(f.head + "package " + f.pack.name + "\n\n" + g.imports(f, slices.Compact(used)) + "\n" + body + "\n")
	if clean, err := format.Source(src); err == nil {
		return clean
	}
	return src
}

// imports writes the import declarations.
func (g *gen) imports(f *file, used []string) string {
	var lines []string
	for _, key := range used {
		path := g.importPath(key)
		line := fmt.Sprintf("%q", path)
		last := path[strings.LastIndex(path, "/")+1:]
		if key == "store" {
			last = g.store.name
		}
		if f.local[key] != last || path[strings.LastIndex(path, "/")+1:] != last {
			line = f.local[key] + " " + line
		}
		lines = append(lines, line)
	}
	g.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	switch form := g.IntN(4); {
	case len(lines) == 0:
		return ""
	case form == 0:
		return "import " + strings.Join(lines, "\nimport ") + "\n"
	case form == 1:
		return "import (\n" + strings.Join(lines[:len(lines)/2], "\n") + "\n)\n\nimport (\n" + strings.Join(lines[len(lines)/2:], "\n") + "\n)\n"
	case form == 2:
		return "import (\n\t// the imports\n\n" + strings.Join(lines, " // why\n\n") + "\n)\n"
	}
	return "import (\n" + strings.Join(lines, "\n") + "\n)\n"
}

func crlf(src []byte) []byte { return bytes.ReplaceAll(src, []byte("\n"), []byte("\r\n")) }

// noEnd takes the last newline away, or adds some, or a byte order mark in front.
func (g *gen) noEnd(src []byte) []byte {
	return pick(g, bytes.TrimRight(src, "\r\n"), append(slices.Clip(src), "\n\n// end"...), append([]byte("\uFEFF"), src...))
}

// oddTokens puts blanks between tokens where gofmt would have none.
func (g *gen) oddTokens(src []byte) []byte {
	return between(src, func(last token.Token) string {
		if g.chance(20) {
			return pick(g, " ", "  ", "\t")
		}
		return ""
	})
}

// withComments puts comments between tokens.
func (g *gen) withComments(src []byte) []byte {
	return between(src, func(last token.Token) string {
		switch {
		case !g.chance(6):
			return ""
		case g.chance(40) && (last == token.LPAREN || last == token.COMMA || last == token.LBRACE):
			return pick(g, " // there\n", "\n", "\n// there\n", " /* x */\n")
		}
		return pick(g, "/* c */", " /* c */ ", "/**/")
	})
}

// between writes a file with something between its tokens, behind the imports: before each token, and
// what stood there stays.
func between(src []byte, gap func(last token.Token) string) []byte {
	var out bytes.Buffer
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(src))
	var s scanner.Scanner
	s.Init(file, src, nil, 0)
	done, last, inside := 0, token.ILLEGAL, false
	for {
		pos, tok, lit := s.Scan()
		at := file.Offset(pos)
		if tok == token.EOF {
			break
		}
		if tok == token.SEMICOLON && lit == "\n" {
			continue
		}
		out.Write(src[done:at])
		done = at
		if inside = inside || tok == token.FUNC; inside && last != token.ILLEGAL {
			out.WriteString(gap(last))
		}
		last = tok
	}
	out.Write(src[done:])
	return out.Bytes()
}
