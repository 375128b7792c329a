package edit

import (
	"go/ast"
	"strconv"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// goroutine returns the edits that give a goroutine its subsegment, which begins
// before it starts and ends with it:
//
//	go func(ctx context.Context, id string) {
//		defer xrayDone(ctx)
//		s.notify(ctx, id)
//	}(xrayGo(ctx, "notify"), id)
//
// Where the literal has a context of its own already, what it is given is wrapped.
func (p *Package) goroutine(f *File, e *Env, s *find.Site) ([]match.Edit, error) {
	it, l := s.Work.Item, lines{f}
	begin, name := e.Support(find.GoSupport)+"(", ", "+strconv.Quote(s.Work.Name)+")"
	pkg, err := e.Package("context", "context")
	if err != nil {
		return nil, err
	}
	if pkg != "" {
		pkg += "."
	}
	if it.Call != nil {
		return p.goCall(f, e, it, pkg, begin, name), nil
	}
	lit, deferred := it.Node.(*ast.FuncLit), deferDone(e, it)
	edits := []match.Edit{l.before(it.List[0], deferred)}
	if l.isOneLine(it.Func) {
		if edits, err = l.open(it.Func, deferred); err != nil {
			return nil, err
		}
	}
	if it.From == "" {
		arg := it.Own
		size := int(arg.End() - arg.Pos())
		start, end := f.Offset(arg.Pos()), f.Offset(arg.End())
		return append(edits, match.Edit{Start: start, End: start, New: begin, Lead: true, Size: size}, match.Edit{Start: end, End: end, New: name, Size: size}), nil
	}
	from := it.From
	if it.Base == nil {
		from = pkg + from
	}
	param, arg := it.Ctx+" "+pkg+"Context", begin+from+name
	for _, place := range []struct {
		at   int
		text string
		more bool
	}{
		{f.Offset(lit.Type.Params.Opening) + 1, param, len(lit.Type.Params.List) > 0},
		{f.Offset(it.Go.Call.Lparen) + 1, arg, len(it.Go.Call.Args) > 0},
	} {
		if place.more {
			place.text += ", "
		}
		edits = append(edits, match.Edit{Start: place.at, End: place.at, New: place.text, Lead: true, Size: int(it.Go.End() - it.Go.Pos())})
	}
	return edits, nil
}

// EndGo returns the edits that take a goroutine's subsegment out again. old is what the
// record says of it, see Marks.
func (f *File) EndGo(b *find.Started, old string) ([]match.Edit, error) {
	if b.File.Reason != "" {
		return nil, errOdd
	}
	if strings.HasPrefix(old, Call) {
		if edits, ok := f.withoutLiteral(b, old); ok {
			return edits, nil
		}
		old = OwnContext // it was changed by hand since: the literal stays
	}
	l := lines{f}
	edits := []match.Edit{l.without(b.Done)}
	if old == OneLine || old == OneLine+OwnContext {
		edits = l.join(b.Lit.Body, []ast.Stmt{b.Done})
	}
	if old == OwnContext || old == OneLine+OwnContext {
		from := b.Call.Args[0]
		return append(edits,
			match.Edit{Start: f.Offset(b.Call.Pos()), End: f.Offset(from.Pos())},
			match.Edit{Start: f.Offset(from.End()), End: f.Offset(b.Call.End())}), nil
	}
	drop := func(start, end ast.Node, next ast.Node) match.Edit {
		to := f.Offset(end.End())
		if next != nil {
			to = f.Offset(next.Pos())
		}
		return match.Edit{Start: f.Offset(start.Pos()), End: to}
	}
	params, args := b.Lit.Type.Params.List, b.Stmt.Call.Args
	var nextParam, nextArg ast.Node
	if len(params) > 1 {
		nextParam = params[1]
	}
	if len(args) > 1 {
		nextArg = args[1]
	}
	return append(edits, drop(params[0], params[0], nextParam), drop(args[0], args[0], nextArg)), nil
}

// The marks of the record.
const (
	OneLine    = "{" // of a function: its body had one line
	OwnContext = "=" // of a goroutine: its context was its own
)

// Marks returns what the record says of a goroutine before its edits.
func (f *File) Marks(w *find.Work) string {
	if w.Item.Call != nil {
		return f.markOfCall(w.Item)
	}
	text := ""
	if f.IsOneLine(w.Item.Func) {
		text = OneLine
	}
	if w.Item.From == "" {
		text += OwnContext
	}
	return text
}
