package find

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// Begun is a segment that the support code begins for an item of work:
//
//	ctx, end := xrayWork(context.Background(), "orders-sweep")
//	...
//	end()
type Begun struct {
	File *File
	Stmt *ast.AssignStmt
	Name string // of the segment
	Decl string // the declaration around it
	Root bool   // it is made from a root context
	// Func is the body whose end it has, or nil; List the statements among which it is.
	Func *ast.BlockStmt
	Ends []ast.Stmt // end() and defer end()
	Odd  bool       // end is used for something else too
}

// BegunIn returns the segments that a package's support code begins for work, in
// source order.
func BegunIn(p *Package) []*Begun {
	if p.Support == nil {
		return nil
	}
	return (&finder{p: p, parents: Parents(p)}).allBegun()
}

func (f *finder) allBegun() []*Begun {
	var out []*Begun
	f.eachOwn(func(file *File, n ast.Node) {
		if as, ok := n.(*ast.AssignStmt); ok {
			if b := f.begun(as); b != nil {
				b.File, b.Decl = file, f.declaration(as)
				f.endsOf(b)
				out = append(out, b)
			}
		}
	})
	return out
}

// eachOwn calls do with the nodes of the package's files, but for the support file's.
func (f *finder) eachOwn(do func(*File, ast.Node)) {
	for _, file := range f.p.Files {
		if file == f.p.Support {
			continue
		}
		ast.Inspect(file.Syntax, func(n ast.Node) bool {
			if n != nil {
				do(file, n)
			}
			return true
		})
	}
}

// The support code of goroutines.
const (
	GoSupport   = "xrayGo"
	DoneSupport = "xrayDone"
)

// Started is a goroutine with a subsegment of the support code's.
type Started struct {
	File *File
	Stmt *ast.GoStmt
	Lit  *ast.FuncLit
	Call *ast.CallExpr // of xrayGo, among the arguments
	Done ast.Stmt      // the deferred call of xrayDone
	Name string
	Decl string
}

// StartedIn returns the goroutines of a package that have subsegments of the support
// code, in source order.
func StartedIn(p *Package) []*Started {
	if p.Support == nil {
		return nil
	}
	return (&finder{p: p, parents: Parents(p)}).allStarted()
}

func (f *finder) allStarted() []*Started {
	var out []*Started
	f.eachOwn(func(file *File, n ast.Node) {
		if s, ok := n.(*ast.GoStmt); ok {
			if b := f.started(s); b != nil {
				b.File, b.Decl = file, f.declaration(s)
				out = append(out, b)
			}
		}
	})
	return out
}

// earlierWork adds the segments and subsegments of earlier runs that are no sites yet:
// their loop or goroutine may be no item any more, or what is traced in it be seen as such
// no more.
func (f *finder) earlierWork() {
	if f.p.Support == nil {
		return
	}
	known := map[ast.Node]bool{}
	for _, s := range f.sites {
		known[s.Node] = known[s.Node] || s.Rule == WorkItem || s.Rule == Goroutine
	}
	add := func(file *File, n ast.Node, rule, decl string) {
		if !known[n] {
			f.sites = append(f.sites, &Site{File: file, Node: n, Pos: n.Pos(), Kind: rules.Capture, Rule: rule, Decl: decl, Status: Already})
		}
	}
	for _, b := range f.allBegun() {
		add(b.File, f.itemOf(b.Stmt), WorkItem, b.Decl)
	}
	for _, b := range f.allStarted() {
		add(b.File, b.Lit, Goroutine, b.Decl)
	}
}

// itemOf returns the loop, case or function whose item a statement begins the segment of.
func (f *finder) itemOf(begins ast.Stmt) ast.Node {
	n := f.parents[begins]
	if _, ok := n.(*ast.BlockStmt); ok {
		n = f.parents[n]
	}
	return n
}

func (f *finder) started(s *ast.GoStmt) *Started {
	lit, ok := ast.Unparen(s.Call.Fun).(*ast.FuncLit)
	if !ok || len(lit.Body.List) == 0 {
		return nil
	}
	done, ok := lit.Body.List[0].(*ast.DeferStmt)
	if !ok || !f.isSupport(done.Call, DoneSupport) {
		return nil
	}
	for _, a := range s.Call.Args {
		call, ok := a.(*ast.CallExpr)
		if !ok || !f.isSupport(call, GoSupport) || len(call.Args) != 2 {
			continue
		}
		b := &Started{Stmt: s, Lit: lit, Call: call, Done: done}
		if name, ok := call.Args[1].(*ast.BasicLit); ok {
			b.Name, _ = strconv.Unquote(name.Value)
		}
		return b
	}
	return nil
}

// isSupport reports whether a call is one of support code of a name.
func (f *finder) isSupport(call *ast.CallExpr, name string) bool {
	fn := calleeOf(f.p.Info, call)
	if fn == nil {
		return false
	}
	own, ok := f.p.SupportName(fn)
	return ok && own == name
}

func (f *finder) begun(as *ast.AssignStmt) *Begun {
	if as.Tok != token.DEFINE || len(as.Lhs) != 2 || len(as.Rhs) != 1 {
		return nil
	}
	call, ok := as.Rhs[0].(*ast.CallExpr)
	if !ok || len(call.Args) < 2 {
		return nil
	}
	fn := calleeOf(f.p.Info, call)
	if fn == nil {
		return nil
	}
	if name, ok := f.p.SupportName(fn); !ok || !strings.HasPrefix(name, WorkPrefix) {
		return nil
	}
	b := &Begun{Stmt: as, Root: f.root(call.Args[0]) != nil}
	if lit, ok := call.Args[1].(*ast.BasicLit); ok {
		b.Name, _ = strconv.Unquote(lit.Value)
	}
	return b
}

// endsOf finds the uses of what ends a segment.
func (f *finder) endsOf(b *Begun) {
	id, _ := b.Stmt.Lhs[1].(*ast.Ident)
	var obj types.Object
	if id != nil {
		obj = f.p.Info.Defs[id]
	}
	b.Odd = obj == nil
	ast.Inspect(b.File.Syntax, func(n ast.Node) bool {
		use, ok := n.(*ast.Ident)
		if !ok || obj == nil || f.p.Info.Uses[use] != obj {
			return true
		}
		call, ok := f.parents[use].(*ast.CallExpr)
		if !ok || call.Fun != ast.Expr(use) {
			b.Odd = true
			return true
		}
		switch s := f.parents[call].(type) {
		case *ast.ExprStmt:
			b.Ends = append(b.Ends, s)
		case *ast.DeferStmt:
			b.Ends = append(b.Ends, s)
			b.Func, _ = f.parents[s].(*ast.BlockStmt)
		default:
			b.Odd = true
		}
		return true
	})
}
