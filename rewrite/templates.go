package rewrite

import (
	"bytes"
	"go/scanner"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// page is an action of a template.
type page struct {
	text string
	line int
}

// delimiters enclose the actions of templates that call methods by their name: those
// of html/template, what is usual with Delims, and those of other libraries.
var delimiters = [][2]string{{"{{", "}}"}, {"{%", "%}"}, {"<%", "%>"}, {"[[", "]]"}, {"<<", ">>"}, {"((", "))"}, {"${", "}"}}

// actions returns the actions of the templates in a file. Those in Go files stand in
// strings.
func actions(name string, src []byte) []page {
	if strings.HasSuffix(name, ".go") {
		src = stringsOf(src)
	}
	var out []page
	for _, d := range delimiters {
		for at := 0; ; {
			_, rest, ok := bytes.Cut(src[at:], []byte(d[0]))
			text, _, closed := bytes.Cut(rest, []byte(d[1]))
			if !ok || !closed {
				break
			}
			at = len(src) - len(rest)
			if bytes.IndexByte(text, '.') >= 0 {
				out = append(out, page{string(text), 1 + bytes.Count(src[:at], []byte("\n"))})
			}
			at += len(text)
		}
	}
	return out
}

// stringsOf returns what the strings of a Go file say, on the lines where they are.
func stringsOf(src []byte) []byte {
	var s scanner.Scanner
	fset := token.NewFileSet()
	file := fset.AddFile("", -1, len(src))
	s.Init(file, src, nil, 0)
	var out []byte
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			return out
		}
		if text, err := strconv.Unquote(lit); tok == token.STRING && err == nil {
			for bytes.Count(out, []byte("\n")) < file.Line(pos)-1 {
				out = append(out, '\n')
			}
			out = append(out, text...)
		}
	}
}

// called says which template calls a method of a name, or "".
func (u *unread) called(name string) string {
	if why, ok := u.calls[name]; ok {
		return why
	}
	u.read()
	field := regexp.MustCompile(`\.` + name + `\b`)
	why := ""
	for _, file := range slices.Sorted(maps.Keys(u.pages)) {
		i := slices.IndexFunc(u.pages[file], func(p page) bool { return field.MatchString(p.text) })
		if i >= 0 {
			p := u.pages[file][i]
			line := p.line + strings.Count(p.text[:field.FindStringIndex(p.text)[0]], "\n")
			why = "may be called by the template at " + u.r.relative(file) + ":" + strconv.Itoa(line) + ": give the template its result instead"
			break
		}
	}
	u.calls[name] = why
	return why
}
