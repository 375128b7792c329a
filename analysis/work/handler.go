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
	starts, started := make([]*ast.GoStmt, len(items)), map[*ast.Ident]bool{}
	for i, it := range items {
		if s, ok := f.onlyStart(it).(*ast.GoStmt); ok {
			starts[i] = s
			started[scope.NameOf(ast.Unparen(s.Call.Fun))] = true
		}
	}
	var out []*scope.Item
	handlers := map[*ast.FuncDecl]*scope.Item{}
	for i, it := range items {
		d := f.handler(starts[i], started)
		if d == nil || hasItem(d, items) {
			out = append(out, it)
			continue
		}
		f.gos = slices.DeleteFunc(f.gos, func(g *scope.Item) bool { return g.Go == starts[i] })
		if handlers[d] == nil {
			handlers[d] = &scope.Item{Node: d, List: d.Body.List, Func: d.Body}
			f.message(handlers[d])
			out = append(out, handlers[d])
		}
		handlers[d].By = append(handlers[d].By, it.Node)
	}
	return out
}

// handler returns the function that a go statement of an item starts, if all that names it are such
// statements, as far as can be told from its package; or nil.
func (f *finder) handler(s *ast.GoStmt, started map[*ast.Ident]bool) *ast.FuncDecl {
	if s == nil {
		return nil
	}
	fn := f.callee(s.Call)
	if fn == nil || fn.Exported() && f.p.Types.Name() != "main" {
		return nil
	}
	d := f.decls[fn.Origin()]
	if d == nil || d.Body == nil || len(d.Body.List) == 0 || f.inRequest(d) {
		return nil
	}
	if slices.ContainsFunc(f.p.Uses(fn.Origin()), func(id *ast.Ident) bool { return !started[id] }) {
		return nil
	}
	return d
}

// hasItem reports whether a function has items of its own.
func hasItem(d *ast.FuncDecl, items []*scope.Item) bool {
	return slices.ContainsFunc(items, func(it *scope.Item) bool { return d.Pos() <= it.Node.Pos() && it.Node.Pos() < d.End() })
}
