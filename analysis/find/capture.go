package find

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
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

// Function is a function declaration or literal.
type Function struct {
	Node ast.Node
	Type *ast.FuncType
	Body *ast.BlockStmt
	Name string // as a directive without a name calls it
}

// directive is a comment that asks for something, or what the module's file asks for
// in its words.
type directive struct {
	pos        token.Pos
	line       int // of what it stands above
	word, rest string
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
			word, rest, _ := strings.Cut(strings.ReplaceAll(c.Text, "\t", " "), " ")
			what, ok := askedBy[word]
			if !ok {
				continue
			}
			d := directive{c.Pos(), f.lineBelow(group.List[i:]), word, strings.TrimSpace(rest)}
			list = append(list, d)
			captured[d.line] = captured[d.line] || what.rule == Capture
		}
	}
	var out []*Site
	if len(list) > 0 {
		targets := f.targets(file)
		for _, d := range list {
			out = append(out, f.siteOf(file, d, targets, captured[d.line]))
		}
	}
	return append(out, f.configured(file, out)...)
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

// target is what stands below a group of directives.
type target struct {
	fn   *Function
	stmt ast.Stmt
}

// targets returns what the lines of a file begin with: functions, function literals
// that are given to a variable, and statements.
func (f *finder) targets(file *File) map[int]target {
	out := map[int]target{}
	ast.Inspect(file.Syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			out[LineOf(f.p.Fset, n.Pos())] = target{fn: functionOf(n)}
		case ast.Stmt:
			line := LineOf(f.p.Fset, n.Pos())
			if t, ok := out[line]; !ok || t.stmt == nil && t.fn == nil {
				out[line] = target{fn: f.literalOf(n), stmt: n}
			}
		case *ast.GenDecl:
			if fn := literalIn(n); fn != nil {
				if _, ok := f.parents[n].(*ast.File); ok {
					out[LineOf(f.p.Fset, n.Pos())] = target{fn: fn}
				}
			}
		}
		return true
	})
	return out
}

func functionOf(d *ast.FuncDecl) *Function {
	return &Function{d, d.Type, d.Body, strings.NewReplacer("(", "", ")", "", "*", "").Replace(FuncName(d))}
}

// literalOf returns the function literal that a statement gives to one variable, or
// nil.
func (f *finder) literalOf(s ast.Stmt) *Function {
	switch s := s.(type) {
	case *ast.AssignStmt:
		if len(s.Lhs) == 1 && len(s.Rhs) == 1 {
			return literal(s.Lhs[0], s.Rhs[0])
		}
	case *ast.DeclStmt:
		if d, ok := s.Decl.(*ast.GenDecl); ok {
			return literalIn(d)
		}
	}
	return nil
}

func literalIn(d *ast.GenDecl) *Function {
	if d.Tok != token.VAR || len(d.Specs) != 1 {
		return nil
	}
	spec := d.Specs[0].(*ast.ValueSpec)
	if len(spec.Names) != 1 || len(spec.Values) != 1 {
		return nil
	}
	return literal(spec.Names[0], spec.Values[0])
}

func literal(name, value ast.Expr) *Function {
	lit, ok := ast.Unparen(value).(*ast.FuncLit)
	if !ok {
		return nil
	}
	return &Function{lit, lit.Type, lit.Body, types.ExprString(name)}
}

// siteOf returns the site that a directive asks for. captured says that one above the
// same line captures what stands there.
func (f *finder) siteOf(file *File, d directive, targets map[int]target, captured bool) *Site {
	what := askedBy[d.word]
	a := &Asked{Rule: what.rule, Pos: d.pos}
	s := &Site{File: file, Node: file.Syntax, Pos: d.pos, Kind: what.kind, Rule: what.rule, Asked: a}
	t, ok := targets[d.line]
	switch {
	case !ok || what.rule == Capture && t.fn == nil:
		s.Status, s.Reason = Skipped, "below "+d.word+" there is no function: it stands on the line above one, or above a variable that is given a function literal"
		if what.rule != Capture {
			s.Reason = "below " + d.word + " there is neither a function nor a statement"
		}
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

// ask reads a directive for its target, and returns what is wrong with it, or "".
func (f *finder) ask(s *Site, d directive) string {
	a := s.Asked
	if a.Func != nil && a.Func.Body == nil {
		return "the function has no body in Go"
	}
	if a.Rule == Capture {
		if a.Name = d.rest; a.Name == "" {
			a.Name = a.Func.Name
		}
		return wrongName(a.Name)
	}
	key, text, ok := strings.Cut(d.rest, "=")
	a.Key = strings.TrimSpace(key)
	if !ok || a.Key == "" || strings.TrimSpace(text) == "" {
		return "write " + d.word + " key=expression"
	}
	if a.Rule == Annotate {
		for _, r := range a.Key {
			if r != '_' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)) {
				return "the key " + a.Key + " has a character that X-Ray does not allow: use letters, digits and _"
			}
		}
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
	a.Value, reason = f.valueAt(strings.TrimSpace(text), pos, a.Rule)
	return reason
}

// wrongName says what is wrong with the name of a subsegment, or "".
func wrongName(name string) string {
	if len(name) > 200 {
		return "the name is longer than the 200 characters that X-Ray keeps"
	}
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" _.:/%&#=+\\-@", r) {
			return "the name " + name + " has a character that X-Ray does not allow: " + string(r)
		}
	}
	return ""
}
