package find

import (
	"go/ast"
	"go/token"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules"
	"golang.org/x/tools/go/ast/astutil"
)

// ignoreDirective begins a comment that leaves a site alone:
//
//	//xray:ignore RULE reason
//
// on the line above the site or above its statement. RULE is a rule's or a
// kind's name.
const ignoreDirective = "//xray:ignore"

// Directive is an ignore comment of a file.
type Directive struct {
	File         *File
	Pos, End     token.Pos
	Rule, Reason string // either may be missing
	Used         bool   // it silences something
	wrong        string // what is wrong with its spelling, or ""
}

// Problem returns what keeps a directive from being followed, or "". known
// accepts the names of rules and kinds.
func (d *Directive) Problem(known func(string) bool) string {
	switch {
	case d.wrong != "":
		return d.wrong
	case d.Rule == "" || d.Reason == "":
		return "//xray:ignore needs a rule and a reason; it is not followed"
	case !known(d.Rule):
		return "//xray:ignore: no rule or kind is called " + d.Rule + "; it is not followed"
	}
	return ""
}

// directiveSet holds a file's ignore directives.
type directiveSet struct {
	all    []*Directive
	byLine map[int][]*Directive
}

func directives(fset *token.FileSet, file *File) *directiveSet {
	set := &directiveSet{byLine: map[int][]*Directive{}}
	for _, group := range file.Syntax.Comments {
		for _, c := range group.List {
			read, ok := readDirective(c.Text)
			if !ok || read.word != ignoreDirective {
				continue
			}
			d := &Directive{File: file, Pos: c.Pos(), End: c.End(), wrong: read.wrong}
			if words := strings.Fields(read.rest); len(words) > 0 {
				d.Rule, d.Reason = words[0], strings.Join(words[1:], " ")
			}
			line := LineOf(fset, c.Pos())
			set.all = append(set.all, d)
			set.byLine[line] = append(set.byLine[line], d)
		}
	}
	return set
}

// LineOf returns the line of the file itself, whatever line directives say.
func LineOf(fset *token.FileSet, pos token.Pos) int { return fset.PositionFor(pos, false).Line }

// ignored returns the reason for which a site is to be left alone. A directive
// without a reason does not count.
func (d *directiveSet) ignored(fset *token.FileSet, parents map[ast.Node]ast.Node, s *Site) (string, bool) {
	if len(d.byLine) == 0 {
		return "", false
	}
	lines := []int{LineOf(fset, s.Pos), LineOf(fset, s.Node.Pos())}
	for n := s.Node; n != nil; n = parents[n] {
		if isStatement(n) {
			lines = append(lines, LineOf(fset, n.Pos()))
			break
		}
	}
	for _, line := range lines {
		for _, dir := range d.byLine[line-1] {
			if dir.Reason != "" && (dir.Rule == s.Rule || dir.Rule == string(s.Kind)) {
				dir.Used = true
				return dir.Reason, true
			}
		}
	}
	return "", false
}

// Silenced reports whether a directive above the line of a position, or of the
// statement around it, names a rule or kind, and notes that it is used.
func Silenced(p *Package, all []*Directive, file *File, pos token.Pos, rule string, kind rules.Kind) bool {
	lines := map[int]bool{LineOf(p.Fset, pos): true}
	path, _ := astutil.PathEnclosingInterval(file.Syntax, pos, pos)
	for _, n := range path {
		if isStatement(n) {
			lines[LineOf(p.Fset, n.Pos())] = true
			break
		}
	}
	for _, d := range all {
		if d.File == file && d.Reason != "" && (d.Rule == rule || d.Rule == string(kind)) && lines[LineOf(p.Fset, d.Pos)+1] {
			d.Used = true
			return true
		}
	}
	return false
}

func isStatement(n ast.Node) bool {
	switch n.(type) {
	case ast.Stmt, *ast.GenDecl:
		return true
	}
	return false
}
