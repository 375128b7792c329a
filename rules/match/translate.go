package match

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// Edit replaces the bytes [Start, End) of a file by New.
type Edit struct {
	Start, End int
	New        string
	// Lead says that an insertion belongs to what follows it. At one offset,
	// insertions that belong to what stands before come first.
	Lead bool
	// Size is the extent of the code that the edit is about. Of two insertions
	// at one offset the wider one stands outside.
	Size int
}

// ErrForm says that a site is written in a form that its tokens do not align
// with the idiom's.
var ErrForm = errors.New("it is written in a form that cannot be edited in place: write the call without extra parentheses")

// ErrComment says that a comment stands where code would be replaced.
var ErrComment = errors.New("a comment stands inside the code that would be replaced: move it in front of the statement")

// Translate returns the edits of src, the file that m is in, that turn the
// matched side into the other one.
func (m *Match) Translate(src []byte, env Env) ([]Edit, error) {
	from, err := m.emit(nil)
	if err != nil {
		return nil, err
	}
	to, err := m.emit(env)
	if err != nil {
		return nil, err
	}
	user, comments, err := m.align(src, from)
	if err != nil {
		return nil, err
	}
	pairBrackets(from, to)
	t := &translation{src: src, from: from, to: to, user: user, comments: comments, size: m.size()}
	return t.edits()
}

// pairBrackets makes brackets align only with those of the same call or literal
// and, where the sides call different things, with those that stand in the same
// place.
func pairBrackets(from, to []itok) {
	has := func(toks []itok, pair string) bool {
		for _, t := range toks {
			if t.pair == pair {
				return true
			}
		}
		return false
	}
	for _, side := range []struct{ toks, other []itok }{{from, to}, {to, from}} {
		own := map[string]string{}
		for i, t := range side.toks {
			if t.pair == "" {
				continue
			}
			name := t.pair
			if !has(side.other, t.pair) {
				if own[t.pair] == "" {
					own[t.pair] = fmt.Sprintf("#%d", len(own))
				}
				name = own[t.pair]
			}
			side.toks[i].id = t.text + name
		}
	}
}

func (m *Match) size() int { return int(m.Node.End() - m.Node.Pos()) }

func (m *Match) offset(p token.Pos) int { return m.unit.Fset.File(p).Offset(p) }

// span is a token's or comment's place in the user's file.
type span struct{ start, end int }

// align finds the place of each token of the matched side in the user's source.
func (m *Match) align(src []byte, toks []itok) (at, comments []span, err error) {
	kept := map[int]span{}
	for _, t := range toks {
		if t.hole != nil {
			s := span{m.offset(t.hole.Pos()), m.offset(t.end.End())}
			kept[s.start] = s
		}
	}
	start, end := m.offset(m.Node.Pos()), m.offset(m.Node.End())
	i, skipTo, form := 0, -1, true
	scan(src[start:end], func(offset int, tok token.Token, lit string) {
		s := span{start + offset, start + offset + len(lit)}
		if s.start < skipTo || !form {
			return
		}
		if tok == token.COMMENT {
			comments = append(comments, s)
			return
		}
		if k, ok := kept[s.start]; ok && i < len(toks) && toks[i].hole != nil {
			at, skipTo = append(at, k), k.end
			i++
			return
		}
		switch {
		case i < len(toks) && toks[i].hole == nil && (lit == toks[i].text || toks[i].text == "" && tok == token.IDENT):
			at = append(at, s)
			i++
		case tok == token.COMMA: // a trailing one
		default:
			form = false
		}
	})
	if !form || i != len(toks) {
		return nil, nil, ErrForm
	}
	return at, comments, nil
}

// translation derives edits from two token lists.
type translation struct {
	src      []byte
	from, to []itok
	user     []span // of from's tokens
	comments []span
	size     int
}

// edits walks both lists along their longest common subsequence.
func (t *translation) edits() ([]Edit, error) {
	best := t.table()
	var out []Edit
	i, j := 0, 0
	for i < len(t.from) || j < len(t.to) {
		i0, j0 := i, j
		for !t.anchored(best, i, j) {
			if j < len(t.to) && (i == len(t.from) || best[i][j] == best[i][j+1]) {
				j++
			} else {
				i++
			}
		}
		if i > i0 || j > j0 {
			e, err := t.gap(i0, i, j0, j)
			if err != nil {
				return nil, err
			}
			out = append(out, e)
		}
		if i < len(t.from) {
			i, j = i+1, j+1
		}
	}
	return out, nil
}

// anchored reports whether tokens i and j are common to both lists, or both lists
// are at their ends.
func (t *translation) anchored(best [][]int, i, j int) bool {
	if i == len(t.from) || j == len(t.to) {
		return i == len(t.from) && j == len(t.to)
	}
	return t.from[i].id == t.to[j].id && best[i][j] == best[i+1][j+1]+weight(t.from[i])
}

// table holds, for each pair of tails, the weight of what they have in common.
func (t *translation) table() [][]int {
	best := make([][]int, len(t.from)+1)
	for i := range best {
		best[i] = make([]int, len(t.to)+1)
	}
	for i := len(t.from) - 1; i >= 0; i-- {
		for j := len(t.to) - 1; j >= 0; j-- {
			best[i][j] = max(best[i+1][j], best[i][j+1])
			if t.from[i].id == t.to[j].id {
				best[i][j] = max(best[i][j], best[i+1][j+1]+weight(t.from[i]))
			}
		}
	}
	return best
}

// weight prefers to keep the user's own text, then brackets, in place.
func weight(t itok) int {
	switch {
	case t.hole != nil:
		return 100
	case t.pair != "":
		return 3
	}
	return 1
}

// gap makes the edit that turns tokens i0..i of one list into j0..j of the other.
func (t *translation) gap(i0, i, j0, j int) (Edit, error) {
	switch {
	case i == i0:
		return t.insertion(i, t.to[j0:j], t.sepAt(t.to, j)), nil
	case j == j0:
		return t.deletion(i0, i)
	}
	return t.replacement(i0, i, j0, j)
}

func (t *translation) sepAt(toks []itok, i int) string {
	if i < len(toks) {
		return toks[i].sep
	}
	return ""
}

// leads reports whether tokens that one side has more belong to the token behind
// them: "ctx, " does, ", more" and ")" do not.
func leads(toks []itok) bool {
	first, last := toks[0], toks[len(toks)-1]
	if first.line || first.text != "" && strings.Contains(",).=", first.text) {
		return false
	}
	return last.text != ")" && last.text != "}"
}

func (t *translation) insertion(i int, toks []itok, sepAfter string) Edit {
	text := join(toks)
	switch {
	case i < len(t.user) && (i == 0 || leads(toks)):
		if space, ok := t.lineStart(t.user[i].start); ok && whole(toks) {
			sepAfter = t.newline() + space // an argument of its own, where each has its line
		}
		return Edit{t.user[i].start, t.user[i].start, text + sepAfter, true, t.size}
	case toks[0].line:
		at, indent := t.behindComments(t.user[i-1].end, t.user[i].start), t.indent(i-1)
		return Edit{at, at, t.newline() + indent + text, false, t.size}
	}
	at := t.user[i-1].end
	return Edit{at, at, toks[0].sep + text, false, t.size}
}

// lineStart returns the white space in front of offset, if that is all that its
// line has there.
func (t *translation) lineStart(offset int) (space string, ok bool) {
	begin := strings.LastIndexByte(string(t.src[:offset]), '\n') + 1
	space = string(t.src[begin:offset])
	return space, begin > 0 && strings.Trim(space, " \t") == ""
}

// whole reports whether tokens are arguments with the comma behind them.
func whole(toks []itok) bool {
	depth := 0
	for _, t := range toks {
		switch t.text {
		case "(", "{", "[":
			depth++
		case ")", "}", "]":
			depth--
		}
	}
	return depth == 0 && toks[len(toks)-1].text == ","
}

func join(toks []itok) string {
	var b strings.Builder
	for i, t := range toks {
		if i > 0 {
			b.WriteString(t.sep)
		}
		b.WriteString(t.text)
	}
	return b.String()
}

// behindComments returns the end of the last comment between two offsets, or the
// first of them.
func (t *translation) behindComments(offset, next int) int {
	for _, c := range t.comments {
		if c.start >= offset && c.end <= next {
			offset = c.end
		}
	}
	return offset
}

func (t *translation) newline() string {
	if strings.Contains(string(t.src), "\r\n") {
		return "\r\n"
	}
	return "\n"
}

// indent returns the white space before the line that the element ending with
// user token i begins on.
func (t *translation) indent(i int) string {
	at := t.user[i].start
	if i > 0 && t.from[i].id == "," {
		at = t.user[i-1].start
	}
	for k := i; k >= 0; k-- { // the element's key, where the element has several tokens
		if t.from[k].id == ":" {
			at = t.user[k-1].start
			break
		}
		if k < i && (t.from[k].id == "," || t.from[k].text == "{") {
			break
		}
	}
	begin := strings.LastIndexByte(string(t.src[:at]), '\n') + 1
	line := string(t.src[begin:at])
	space := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	if t.from[i].text == "{" {
		space += "\t"
	}
	return space
}

// deletion takes back what an insertion between the same tokens would have put.
func (t *translation) deletion(i0, i int) (Edit, error) {
	start, end := t.user[i0].start, t.user[i-1].end
	if t.comment(start, end) {
		return Edit{}, ErrComment
	}
	if i < len(t.user) && (i0 == 0 || leads(t.from[i0:i])) {
		end = t.user[i].start
		if c, ok := t.firstComment(t.user[i-1].end, end); ok {
			end = c.start
		}
	} else if i0 > 0 {
		start = t.user[i0-1].end
		for _, c := range t.comments {
			if c.start >= start && c.end <= t.user[i0].start {
				start = c.end
			}
		}
	}
	return Edit{start, end, "", false, t.size}, nil
}

func (t *translation) comment(start, end int) bool {
	_, ok := t.firstComment(start, end)
	return ok
}

func (t *translation) firstComment(start, end int) (span, bool) {
	for _, c := range t.comments {
		if c.start >= start && c.end <= end {
			return c, true
		}
	}
	return span{}, false
}

// replacement puts tokens in place of others. White space around them follows
// where it is what the idiom's own side has.
func (t *translation) replacement(i0, i, j0, j int) (Edit, error) {
	start, end := t.user[i0].start, t.user[i-1].end
	if t.comment(start, end) {
		return Edit{}, ErrComment
	}
	text := join(t.to[j0:j])
	if i0 > 0 {
		if before := t.user[i0-1].end; string(t.src[before:start]) == t.from[i0].sep {
			start, text = before, t.to[j0].sep+text
		}
	}
	if i < len(t.user) && j < len(t.to) {
		if after := t.user[i].start; string(t.src[end:after]) == t.from[i].sep {
			end, text = after, text+t.to[j].sep
		}
	}
	return Edit{start, end, text, false, t.size}, nil
}

// Text returns the tokens of a node as one line, with holes that hold calls,
// literals or functions left out: what tells two sites of a rule apart, however
// the code is laid out and whatever is traced inside them. before says what stood in the
// place of a name, or is that itself.
func (m *Match) Text(env Env, before func(ast.Expr) ast.Expr) (string, error) {
	toks, err := m.emit(env)
	if err != nil {
		return "", err
	}
	var words []string
	for _, t := range toks {
		switch {
		case t.hole == nil:
			words = append(words, t.id)
		case strings.HasPrefix(t.id, "free:"):
		default:
			words = append(words, holeText(t, before))
		}
	}
	return strings.Join(words, " "), nil
}

func holeText(t itok, before func(ast.Expr) ast.Expr) string {
	e, ok := t.hole.(ast.Expr)
	if !ok || t.hole != t.end {
		return "~"
	}
	e = before(e)
	simple := true
	ast.Inspect(e, func(n ast.Node) bool {
		switch n.(type) {
		case *ast.CallExpr, *ast.CompositeLit, *ast.FuncLit:
			simple = false
		}
		return simple
	})
	if !simple {
		return "~"
	}
	return types.ExprString(e)
}
