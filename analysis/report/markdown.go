package report

import (
	"regexp"
	"strings"
	"sync"
)

// link matches [text](address).
var link = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\[([^\]]*)\]\(([^)\s]*)\)`) })

// plainText takes the marks of headings, code, emphasis and links out of the
// Markdown of a rule's help, for readers that show plain text only. Lines stay
// lines, and code between fences stays as it is.
func plainText(markdown string) string {
	var out []string
	code := false
	for line := range strings.Lines(markdown) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "```"):
			code = !code
		case code:
			out = append(out, line)
		default:
			out = append(out, plainLine(line))
		}
	}
	return strings.TrimSpace(strings.Join(out, "\n"))
}

func plainLine(line string) string {
	if trimmed := strings.TrimLeft(line, "#"); strings.HasPrefix(trimmed, " ") && trimmed != line {
		line = trimmed[1:]
	}
	line = link().ReplaceAllString(line, "$1 ($2)")
	return strings.NewReplacer("`", "", "**", "").Replace(line)
}

// summary returns the first paragraph below the headings, as plain text.
func summary(markdown string) string {
	for paragraph := range strings.SplitSeq(markdown, "\n\n") {
		if !strings.HasPrefix(paragraph, "#") {
			return plainText(paragraph)
		}
	}
	return ""
}
