package find

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/seed-4257438c/xray-instrument/analysis/work"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// The rules of the directives that ask for what only the program's author knows:
//
//	//xray:capture [name]          a function's body is a subsegment
//	//xray:annotate key=expression an annotation of that, or of the request's segment
//	//xray:metadata key=expression metadata likewise
//
// They are no idioms of the catalog: what they add are statements.
const (
	Capture  = "Capture"
	Annotate = "Annotate"
	Metadata = "Metadata"
)

// askedBy are the directives, by the word that they begin with.
var askedBy = map[string]struct {
	rule string
	kind rules.Kind
}{
	"//xray:capture":  {Capture, rules.Capture},
	"//xray:annotate": {Annotate, rules.Annotation},
	"//xray:metadata": {Metadata, rules.Annotation},
}

// Asked is what a directive or the module's file asks for.
type Asked struct {
	Rule string
	Pos  token.Pos // of the directive, or of the function's name
	Func *Function // whose body is captured, or on whose entry there is an annotation
	Stmt ast.Stmt  // behind which there is an annotation, or nil

	Name  string // of the subsegment
	Key   string // of the annotation
	Value string // the expression for it, converted

	// Done is the statement that an earlier run made of it, with the call in it; Same
	// says that the two agree.
	Done ast.Stmt
	Call *ast.CallExpr
	Same bool

	Text string // the context that it is given
	// What a captured function begins with: the names of the subsegment's context and
	// of what ends it, the statement that passes the context on or "", and its results.
	Ctx, End, Onward string
	Results          *Results

	Prologue []ast.Stmt // what the function begins with by request of directives
	Lead     *Asked     // the first directive of the function, whose edits include this one's
	Led      []*Asked
	Behind   ast.Stmt // of an annotation of a statement: what it stands behind
	Refused  error    // of a first directive: why its edits cannot be made
}

// asked adds the sites that a file's directives ask for.
func (f *finder) asked(file *File) {
	sites := f.askedOf(file)
	if len(sites) == 0 {
		return
	}
	for _, s := range sites {
		s.Decl = f.declaration(s.Node)
		if reason, ok := f.ignores[file].ignored(f.p.Fset, f.parents, s); ok {
			s.Status, s.Reason, s.Ignored = Skipped, "ignored: "+reason, true
		}
		if s.Status == "" && file.Reason != "" {
			s.Status, s.Reason = Skipped, file.Reason
		}
		if s.Status == "" {
			f.decideAsked(s)
		}
	}
	f.together(sites)
	f.sites = append(f.sites, sites...)
	slices.SortStableFunc(f.sites, func(a, b *Site) int {
		if a.File != b.File {
			return 0
		}
		return int(a.Pos - b.Pos)
	})
}

// askedOf returns the sites that a file's directives ask for, and the module's file.
func (f *finder) askedOf(file *File) []*Site {
	var list []directive
	captured := map[int]bool{} // lines that a capture directive stands above
	for _, group := range file.Syntax.Comments {
		for i, c := range group.List {
			d, ok := readDirective(c.Text)
			if !ok || d.word == ignoreDirective {
				continue
			}
			d.pos, d.line = c.Pos(), f.lineBelow(group.List[i:])
			if d.wrong == "" && !f.isOwnLine(file, c.Pos()) {
				d.wrong = "it stands behind code: put it on a line of its own, above what it is about"
			}
			list = append(list, d)
			captured[d.line] = captured[d.line] || askedBy[d.word].rule == Capture && d.wrong == ""
		}
	}
	var out []*Site
	if len(list) > 0 {
		targets := f.targets(file)
		for _, d := range list {
			s := f.siteOf(file, d, targets, captured[d.line])
			f.refuseTwice(s, out)
			out = append(out, s)
		}
	}
	return append(out, f.configured(file, out)...)
}

// refuseTwice refuses what a directive before asks for already.
func (f *finder) refuseTwice(s *Site, before []*Site) {
	if s.Status != "" {
		return
	}
	for _, b := range before {
		if b.Status == "" && b.Rule == s.Rule && b.Node == s.Node && b.Asked.Key == s.Asked.Key {
			s.Status, s.Reason = Skipped, "the directive in line "+strconv.Itoa(LineOf(f.p.Fset, b.Pos))+" asks for it already"
			return
		}
	}
}

// lineBelow returns the line below a line comment and those that follow it line by
// line.
func (f *finder) lineBelow(comments []*ast.Comment) int {
	line := LineOf(f.p.Fset, comments[0].Pos()) + 1
	for _, c := range comments[1:] {
		if LineOf(f.p.Fset, c.Pos()) != line || !strings.HasPrefix(c.Text, "//") {
			break
		}
		line++
	}
	return line
}

// siteOf returns the site that a directive asks for. captured says that one above the
// same line captures what stands there.
func (f *finder) siteOf(file *File, d directive, targets map[int]target, captured bool) *Site {
	what := askedBy[d.word]
	a := &Asked{Rule: what.rule, Pos: d.pos}
	s := &Site{File: file, Node: file.Syntax, Pos: d.pos, Kind: what.kind, Rule: what.rule, Asked: a}
	t := targets[d.line]
	switch {
	case d.wrong != "":
		s.Status, s.Reason = Skipped, d.wrong
		return s
	case t.fn == nil && (t.stmt == nil || what.rule == Capture):
		s.Status, s.Reason = Skipped, noTarget(d.word, what.rule, t)
		return s
	case t.fn != nil && (t.stmt == nil || captured):
		a.Func = t.fn
		if t.fn.Body != nil {
			s.Node = t.fn.Body
		}
	default:
		a.Stmt, s.Node = t.stmt, t.stmt
	}
	if reason := f.ask(s, d); reason != "" {
		s.Status, s.Reason = Skipped, reason
	}
	return s
}

// noTarget says what a directive has to stand above.
func noTarget(word, rule string, t target) string {
	switch {
	case t.none != "":
		return "below " + word + " there is " + t.none + ", which has no body: put it above functions and methods that have one"
	case rule == Capture:
		return "below " + word + " there is no function: it stands on the line above one, or above a variable that is given a function literal"
	}
	return "below " + word + " there is neither a function nor a statement"
}

// ask reads a directive for its target, and returns what is wrong with it, or "".
func (f *finder) ask(s *Site, d directive) string {
	a := s.Asked
	if a.Func != nil && a.Func.Body == nil {
		return "the function has no body in Go"
	}
	if a.Rule == Capture {
		if a.Name = nameIn(d.rest); a.Name == "" {
			a.Name = a.Func.Name
		}
		return wrongName(a.Name)
	}
	key, text, ok := strings.Cut(d.rest, "=")
	a.Key = strings.TrimSpace(key)
	if !ok || a.Key == "" || strings.TrimSpace(text) == "" {
		return "write " + d.word + " key=expression"
	}
	if reason := wrongKey(a.Key, a.Rule); reason != "" {
		return reason
	}
	pos := token.NoPos
	if a.Func != nil {
		pos = a.Func.Body.Lbrace + 1
	} else {
		var rest []ast.Stmt
		_, jumps := a.Stmt.(*ast.BranchStmt) // fallthrough as well
		if a.Behind, rest = f.behind(a.Stmt); a.Behind == nil || jumps || work.Ends(a.Stmt) {
			return "behind the statement there is no place for another"
		}
		if pos = a.Behind.End(); len(rest) == 0 {
			pos-- // behind it is outside of its clause
		}
	}
	var reason string
	a.Value, reason = f.valueAt(a, strings.TrimSpace(text), pos)
	return reason
}

// nameIn returns the name in a directive's words: a comment may follow it.
func nameIn(words string) string {
	name, _, _ := strings.Cut(" "+words, " //")
	return strings.TrimSpace(name)
}

// wrongName says what is wrong with the name of a subsegment, or "".
func wrongName(name string) string {
	if len(name) > 200 {
		return "the name is longer than the 200 bytes that the SDK keeps"
	}
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" _.:/%&#=+\\-@", r) {
			return "the name " + name + " has a character that X-Ray does not allow: " + string(r)
		}
	}
	return ""
}

// wrongKey says what is wrong with the key of an annotation or metadata, or "".
func wrongKey(key, rule string) string {
	if len(key) > 500 {
		return "the key is longer than the 500 characters that X-Ray keeps"
	}
	for _, r := range key {
		if rule == Annotate && r != '_' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)) {
			return "the key " + key + " has a character that X-Ray does not allow: use letters, digits and _"
		}
	}
	return ""
}
