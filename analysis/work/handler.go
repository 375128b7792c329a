package work

import (
	"go/ast"
	"slices"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
)

// A loop may start a function for each of its items:
//
//	for job := range jobs {
//		go w.handle(ctx, job)
//	}
//
// A function that is started by such loops alone is the item itself.

// withHandlers puts such functions in the place of the items that do nothing but start them.
func (f *finder) withHandlers(items []*scope.Item) []*scope.Item {
	var out []*scope.Item
	handlers := map[*ast.FuncDecl]*scope.Item{}
	for _, it := range items {
		s, ok := f.onlyStart(it).(*ast.GoStmt)
		d := (*ast.FuncDecl)(nil)
		if ok {
			d = f.handler(s, items)
		}
		if d == nil {
			out = append(out, it)
			continue
		}
		f.gos = slices.DeleteFunc(f.gos, func(g *scope.Item) bool { return g.Go == s })
		if handlers[d] == nil {
			handlers[d] = &scope.Item{Node: d, List: d.Body.List, Func: d.Body}
			f.message(handlers[d])
			out = append(out, handlers[d])
		}
		handlers[d].By = append(handlers[d].By, it.Node)
	}
	return out
}

// handler returns the function that a go statement starts, if that is only ever started by
// items that do nothing else, as far as can be told from its package, and has no items of its own.
func (f *finder) handler(s *ast.GoStmt, items []*scope.Item) *ast.FuncDecl {
	fn := f.callee(s.Call)
	if fn == nil || fn.Exported() && f.p.Types.Name() != "main" {
		return nil
	}
	d := f.decls[fn.Origin()]
	if d == nil || d.Body == nil || len(d.Body.List) == 0 || f.inRequest(d) || slices.ContainsFunc(items, func(it *scope.Item) bool { return d.Pos() <= it.Node.Pos() && it.Node.Pos() < d.End() }) {
		return nil
	}
	for _, id := range f.p.Uses(fn.Origin()) {
		started := slices.ContainsFunc(items, func(it *scope.Item) bool {
			g, ok := f.onlyStart(it).(*ast.GoStmt)
			return ok && scope.NameOf(ast.Unparen(g.Call.Fun)) == id
		})
		if !started {
			return nil
		}
	}
	return d
}
