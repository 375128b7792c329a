package edit

import (
	"errors"
	"go/ast"
	"strconv"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// work returns the edits that give an item of background work its segment. In a
// function it ends with that:
//
//	c.AddFunc("@hourly", func() {
//		ctx, end := xrayWork(context.Background(), "orders-report")
//		defer end()
//		s.report(ctx)
//	})
//
// and in a loop where its last traced call is done, or control leaves before:
//
//	for range ticker.C {
//		ctx, end := xrayWork(ctx, "orders-sweep")
//		if err := s.sweep(ctx); err != nil {
//			end()
//			return err
//		}
//		end()
//	}
func (p *Package) work(f *File, e *Env, s *find.Site) ([]match.Edit, error) {
	if s.Work.Item.Go != nil {
		return p.goroutine(f, e, s)
	}
	begin, err := p.begin(e, s.Work)
	if err != nil {
		return nil, err
	}
	w, l := s.Work, lines{f}
	ends := w.End + "()"
	if w.Item.Func != nil {
		deferred := "defer " + ends
		switch {
		case w.Item.Plain != nil:
			return []match.Edit{l.replace(w.Item.Plain, begin), l.behind(w.Item.Plain, deferred)}, nil
		case l.isOneLine(w.Item.Func):
			return l.open(w.Item.Func, begin, deferred)
		}
		return []match.Edit{l.before(w.First, begin, deferred)}, nil
	}
	first := l.before(w.First, begin)
	if w.Item.Plain != nil {
		first = l.replace(w.Item.Plain, begin)
	}
	edits := []match.Edit{first}
	for _, out := range w.Outs {
		edits = append(edits, l.before(out, ends))
	}
	if !w.Ends() {
		edits = append(edits, l.behind(w.Last, ends))
	}
	return edits, nil
}

// begin returns the statement that begins an item's segment.
func (p *Package) begin(e *Env, w *find.Work) (string, error) {
	base, code, message := w.Item.Ctx, find.WorkPrefix, ""
	if w.Item.Begin != "" {
		code, message = w.Item.Begin, ", "+w.Item.Message
	}
	switch {
	case w.Item.Base != nil:
	case w.Item.From != "":
		base = w.Item.From
	default:
		name, err := e.Package("context", "context")
		if err != nil {
			return "", err
		}
		if base = "Background()"; name != "" {
			base = name + "." + base
		}
	}
	return w.Item.Ctx + ", " + w.End + " := " + e.Support(code) + "(" + base + ", " + strconv.Quote(WorkName(p.Service, w)) + message + ")", nil
}

// WorkName returns the name of an item's segments, or of a goroutine's subsegments.
func WorkName(service string, w *find.Work) string {
	if w.Item.Go != nil {
		return w.Name
	}
	return service + "-" + w.Name
}

// errOdd refuses to take out a segment whose code was changed by hand.
var errOdd = errors.New("what ends its segment is used for something else")

// EndWork returns the edits that take an item's segment out again. old is what stood
// in its place: a statement, OneLine, or nothing. Where that is not
// recorded, a root context stays in its variable.
func (f *File) EndWork(b *find.Begun, e *Env, old string, recorded bool) ([]match.Edit, error) {
	if b.Odd || b.File.Reason != "" {
		return nil, errOdd
	}
	l := lines{f}
	if old == OneLine && b.Func != nil {
		return l.join(b.Func, append([]ast.Stmt{b.Stmt}, b.Ends...)), nil
	}
	if !recorded && b.Root {
		call := b.Stmt.Rhs[0].(*ast.CallExpr)
		root := call.Args[0]
		old = b.Stmt.Lhs[0].(*ast.Ident).Name + " := " + string(l.src()[l.Offset(root.Pos()):l.Offset(root.End())])
	}
	var edits []match.Edit
	if old == "" || old == OneLine {
		edits = append(edits, l.without(b.Stmt))
	} else {
		if _, err := e.Package("context", "context"); err != nil {
			return nil, err
		}
		edits = append(edits, l.replace(b.Stmt, old))
	}
	for _, s := range b.Ends {
		edits = append(edits, l.without(s))
	}
	return edits, nil
}
