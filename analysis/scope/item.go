package scope

import (
	"go/ast"
	"go/types"
)

// Item is one item of background work: what a ticker, a queue or a scheduler has
// done over and over, outside of any request. It begins a segment of its own,
// whose context the calls in it carry.
type Item struct {
	Node ast.Node       // what it is known by: a loop, a clause of a select, a function
	List []ast.Stmt     // its statements, without those that wait for the next item
	Func *ast.BlockStmt // the body, where a whole function is the item
	By   []ast.Node     // the loops and clauses that do nothing but start that function
	// Message is an expression for the item itself where it is a library's message, and
	// Begin the support code that begins a segment for one; "" both otherwise.
	Message, Begin string
	// Go is the statement that starts the function, which goes on by itself then: it
	// gets a subsegment of its caller's.
	Go *ast.GoStmt
	// From is what its context is made of where there is no Base, or of a goroutine.
	From string
	Own  ast.Expr // what its own context parameter is given, or nil
	// Call is what Go calls where that is no function literal, or nil: it is put into
	// one, whose parameters are Params. Own is then what the call has for a context.
	Call   *ast.CallExpr
	Params []Param
	// Ctx names its context: that of Base where there is one, which it hides.
	Ctx  string
	Base *types.Var // the context outside of it that is used in it or in reach, or nil
	// Plain is a statement ctx := context.Background() among List, or nil.
	Plain *ast.AssignStmt
	// Refused says why it begins no segment, or is "".
	Refused string
	// Ignored says that a directive refuses it.
	Ignored bool
	Late    bool // it was refused for what is traced in it
}

// Param is a parameter of the function literal that a call is put into: what the go
// statement evaluates before the goroutine starts.
type Param struct {
	Name string
	Type types.Type
	Expr ast.Expr // what stands for it in the call; nil for a context that the call has none for
}

// Work tells the package's items of work, so that what stands in them has a
// context in reach.
func (p *Package) Work(items []*Item) {
	p.items, p.started = map[ast.Stmt]*Item{}, map[*ast.CallExpr]*Item{}
	for _, it := range items {
		if it.Call != nil {
			p.started[it.Call] = it
			continue
		}
		for _, s := range it.List {
			p.items[s] = it
		}
	}
}

// ItemAround returns the item of work that a node stands in, or nil; one that
// begins no segment counts as none.
func (p *Package) ItemAround(n ast.Node) *Item {
	if len(p.items)+len(p.started) == 0 {
		return nil
	}
	for from := n; n != nil; from, n = n, p.Parents[n] {
		if call, ok := n.(*ast.CallExpr); ok && (from == n || from == ast.Node(call.Fun)) { // what a call is given is evaluated before
			if it := p.started[call]; it != nil && it.Refused == "" {
				return it
			}
		}
		if s, ok := n.(ast.Stmt); ok && p.items[s] != nil && p.items[s].Refused == "" {
			return p.items[s]
		}
	}
	return nil
}

// ofItem returns the context that n carries as part of an item, given the one in
// reach without it: a variable of the item's own comes first.
func (p *Package) ofItem(it *Item, n ast.Node, c Context) Context {
	if c.Var != nil && it.Holds(c.Var) {
		if it.From != "" && it.Plain != nil && p.Info.Defs[it.Plain.Lhs[0].(*ast.Ident)] == c.Var {
			c.Item = it // the item's context takes its place
		}
		return c
	}
	if c.Var != nil && p.IsWork(c.Var.Type()) {
		c.Var = nil
	}
	out := Context{Text: it.Ctx, Var: c.Var, Detach: c.Detach, Item: it}
	if c.Var == nil || it.Go != nil && it.Base == nil {
		_, why := p.runsLater(n, func(m ast.Node) bool { return m == it.Node })
		out.Detach = why != nil
	}
	return out
}

// Holds reports whether a variable is declared in the item.
func (it *Item) Holds(v *types.Var) bool {
	if it.Func != nil {
		return it.Func.Pos() <= v.Pos() && v.Pos() < it.Func.End()
	}
	for _, s := range it.List {
		if s.Pos() <= v.Pos() && v.Pos() < s.End() {
			return true
		}
	}
	return false
}

// OfWork reports whether a context variable holds the context of a segment that the
// program begins by itself, or one derived from it.
func (p *Package) OfWork(v *types.Var) bool { return p.ofWork(v, map[*types.Var]bool{}) }

func (p *Package) ofWork(v *types.Var, seen map[*types.Var]bool) bool {
	if seen[v] || p.Begins == nil {
		return false
	}
	seen[v] = true
	for _, e := range p.values()[v] {
		call, ok := ast.Unparen(e).(*ast.CallExpr)
		if !ok {
			continue
		}
		if p.Begins(call) {
			return true
		}
		for _, a := range call.Args {
			if from, ok := p.Info.Uses[IdentOf(a)].(*types.Var); ok && p.ofWork(from, seen) {
				return true
			}
		}
	}
	return false
}

// MadeOf reports whether a variable is base, or is assigned what is made of it.
func (p *Package) MadeOf(v, base *types.Var) bool { return p.madeOf(v, base, map[*types.Var]bool{}) }

func (p *Package) madeOf(v, base *types.Var, seen map[*types.Var]bool) bool {
	if v == base || seen[v] {
		return v == base
	}
	seen[v] = true
	found := false
	for _, e := range p.values()[v] {
		ast.Inspect(e, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && !found {
				from, ok := p.Info.Uses[id].(*types.Var)
				found = ok && p.madeOf(from, base, seen)
			}
			return !found
		})
	}
	return found
}
