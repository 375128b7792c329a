package find

import (
	"bytes"
	"go/token"
	"regexp"
	"slices"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules/config"
)

// directive is a comment that asks for something, or what the module's file asks for
// in its words.
type directive struct {
	pos        token.Pos
	line       int    // of what it stands above
	word, rest string // word is the one that was meant if wrong is not ""
	wrong      string // with its spelling or its place, or ""
}

// prefix is what all directives begin with.
const prefix = "//xray:"

// names are those of the directives.
var names = []string{"annotate", "capture", "ignore", "metadata"}

// meantBy is how a comment begins that is a directive, or was meant to be one.
var meantBy = regexp.MustCompile(`^(//|/\*)[ \t]*[xX]-?(?:ray|Ray|RAY):([a-zA-Z_-]*)`)

// readDirective reads a comment. It is false for one that no directive was meant by:
// the words of a sentence may begin like one. A comment behind a directive is none of
// its words.
func readDirective(text string) (d directive, ok bool) {
	word, rest := text, ""
	if i := strings.IndexAny(text, " \t"); i >= 0 {
		word, rest = text[:i], text[i:]
	}
	if name, is := strings.CutPrefix(word, prefix); is && slices.Contains(names, name) {
		return directive{word: word, rest: strings.TrimSpace(rest)}, true
	}
	m := meantBy.FindStringSubmatch(text)
	if m == nil {
		return d, false
	}
	switch near := config.Nearest(m[2], names); {
	case near != "":
		return directive{word: prefix + near, wrong: wordOf(text) + " is no directive: did you mean " + prefix + near + "?"}, true
	case strings.HasPrefix(text, prefix):
		return directive{word: prefix + "capture", wrong: "there is no directive " + word + ": there are " + prefix + strings.Join(names, ", "+prefix)}, true
	}
	return d, false
}

// wordOf returns what a comment that was meant to be a directive begins with, as it is
// written.
func wordOf(text string) string {
	end := len(meantBy.FindString(text))
	for end < len(text) && text[end] != ' ' && text[end] != '\t' && text[end] != '*' {
		end++
	}
	return text[:end]
}

// HasDirective reports whether a file may hold a directive, or what was meant to be one.
func HasDirective(src []byte) bool {
	return bytes.Contains(src, []byte("ray:")) || bytes.Contains(src, []byte("Ray:")) || bytes.Contains(src, []byte("RAY:"))
}

// maybeDirective finds what may be a directive in a text that is not parsed.
var maybeDirective = regexp.MustCompile(`/[/*][ \t]*[xX]-?(?:ray|Ray|RAY):`)

// Asks reports whether a file may hold a directive that asks for something, or was
// meant to.
func Asks(src []byte) bool {
	if !HasDirective(src) {
		return false
	}
	for _, at := range maybeDirective.FindAllIndex(src, -1) {
		line, _, _ := bytes.Cut(src[at[0]:], []byte("\n"))
		if d, ok := readDirective(strings.TrimRight(string(line), "\r")); ok && d.word != ignoreDirective {
			return true
		}
	}
	return false
}

// isOwnLine reports whether nothing stands before a position on its line.
func (f *finder) isOwnLine(file *File, pos token.Pos) bool {
	before := file.Src[:pos-file.Syntax.FileStart]
	return len(bytes.TrimSpace(before[bytes.LastIndexByte(before, '\n')+1:])) == 0
}
