package thread

import (
	"go/ast"
	"regexp"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/edit"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// twinDoc makes a function's doc comment its twin's: it begins with that name, and
// what is deprecated is the function that stays. It returns that paragraph, as lines
// of the wrapper's comment.
func twinDoc(file *edit.File, d *ast.FuncDecl) (edits []match.Edit, deprecated string) {
	if d.Doc == nil {
		return nil, ""
	}
	first := d.Doc.List[0].Text
	begin := regexp.MustCompile(`^(//|/\*)\s*(\*\s+)?` + d.Name.Name + `\b`)
	if at := begin.FindStringIndex(first); at != nil {
		end := file.Offset(d.Doc.Pos()) + at[1]
		edits = append(edits, match.Edit{Start: end, End: end, New: twinSuffix})
	}
	for i, c := range d.Doc.List {
		if strings.HasPrefix(c.Text, "/*") {
			if at := oldInBlock.FindStringSubmatchIndex(c.Text); at != nil {
				start := file.Offset(c.Pos())
				edits = append(edits, match.Edit{Start: start + at[0], End: start + at[3]})
				return edits, commented(strings.Split(c.Text[at[2]:at[3]], "\n"))
			}
			continue
		}
		if strings.HasPrefix(words(c), "Deprecated:") {
			cut, lines := oldLines(file, d, i)
			return append(edits, cut), commented(lines)
		}
	}
	return edits, ""
}

// oldInBlock finds the deprecation in a block comment: a paragraph of its own.
var oldInBlock = regexp.MustCompile(`(?s)\s*\n[ \t*]*(Deprecated:.*?)(\r?\n[ \t*]*\r?\n|\s*\*/)`)

// words returns what a line comment says; directives say nothing.
func words(c *ast.Comment) string {
	text := strings.TrimPrefix(c.Text, "//")
	if text != "" && text[0] != ' ' && text[0] != '\t' {
		return ""
	}
	return strings.TrimSpace(text)
}

// oldLines cuts the paragraph that begins with a line of a function's comment.
func oldLines(file *edit.File, d *ast.FuncDecl, i int) (match.Edit, []string) {
	list := d.Doc.List
	var lines []string
	end := i
	for ; end < len(list) && words(list[end]) != ""; end++ {
		lines = append(lines, words(list[end]))
	}
	before := i
	for before > 0 && words(list[before-1]) == "" && list[before-1].Text == "//" {
		before--
	}
	if before > 0 {
		return match.Edit{Start: file.Offset(list[before-1].End()), End: file.Offset(list[end-1].End())}, lines
	}
	for end < len(list) && list[end].Text == "//" {
		end++
	}
	to := file.Offset(d.Pos())
	if end < len(list) {
		to = file.Offset(list[end].Pos())
	}
	return match.Edit{Start: file.Offset(d.Doc.Pos()), End: to}, lines
}

// commented writes a paragraph as part of a comment.
func commented(lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString("// " + strings.Trim(line, " \t\r*") + "\n")
	}
	return b.String() + "//\n"
}
