package find

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// ignoreDirective begins a comment that leaves a site alone:
//
//	//xray:ignore RULE reason
//
// on the line above the site or above its statement. RULE is a rule's or a
// kind's name.
const ignoreDirective = "//xray:ignore"

// directiveSet holds a file's ignore directives by line.
type directiveSet struct {
	byLine map[int][]directive
}

type directive struct{ rule, reason string }

func directives(fset *token.FileSet, file *File) *directiveSet {
	set := &directiveSet{byLine: map[int][]directive{}}
	for _, group := range file.Syntax.Comments {
		for _, c := range group.List {
			rest, ok := strings.CutPrefix(c.Text, ignoreDirective+" ")
			if !ok {
				continue
			}
			rule, reason, _ := strings.Cut(strings.TrimSpace(rest), " ")
			line := lineOf(fset, c.Pos())
			set.byLine[line] = append(set.byLine[line], directive{rule, strings.TrimSpace(reason)})
		}
	}
	return set
}

// Complaints returns a line, as file:line: text, for each ignore directive that
// cannot be followed: one without a reason, or with a rule that known does not
// accept.
func Complaints(p *Package, known func(string) bool) []string {
	var lines []string
	for _, file := range p.Files {
		for _, group := range file.Syntax.Comments {
			for _, c := range group.List {
				rest, ok := strings.CutPrefix(c.Text, ignoreDirective)
				if !ok || rest != "" && rest[0] != ' ' && rest[0] != '\t' {
					continue
				}
				rule, reason, _ := strings.Cut(strings.TrimSpace(rest), " ")
				text := ""
				switch {
				case rule == "" || strings.TrimSpace(reason) == "":
					text = "//xray:ignore needs a rule and a reason; it is not followed"
				case !known(rule):
					text = "//xray:ignore: no rule or kind is called " + rule + "; it is not followed"
				default:
					continue
				}
				lines = append(lines, fmt.Sprintf("%s:%d: %s", file.Path, lineOf(p.Fset, c.Pos()), text))
			}
		}
	}
	return lines
}

// lineOf returns the line of the file itself, whatever line directives say.
func lineOf(fset *token.FileSet, pos token.Pos) int { return fset.PositionFor(pos, false).Line }

// ignored returns the reason for which a site is to be left alone. A directive
// without a reason does not count.
func (d *directiveSet) ignored(fset *token.FileSet, parents map[ast.Node]ast.Node, s *Site) (string, bool) {
	if len(d.byLine) == 0 {
		return "", false
	}
	lines := []int{lineOf(fset, s.Pos), lineOf(fset, s.Node.Pos())}
	for n := s.Node; n != nil; n = parents[n] {
		if isStatement(n) {
			lines = append(lines, lineOf(fset, n.Pos()))
			break
		}
	}
	for _, line := range lines {
		for _, dir := range d.byLine[line-1] {
			if dir.reason != "" && (dir.rule == s.Rule || dir.rule == string(s.Kind)) {
				return dir.reason, true
			}
		}
	}
	return "", false
}

func isStatement(n ast.Node) bool {
	switch n.(type) {
	case ast.Stmt, *ast.GenDecl:
		return true
	}
	return false
}
