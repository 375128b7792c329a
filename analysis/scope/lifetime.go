package scope

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/types/typeutil"
)

// outlives reports whether a call at n may run when the function that declares v
// has returned, or runs to clean up behind it: in a goroutine that nobody waits
// for, in a deferred call, in a function literal that is stored or handed out.
func (p *Package) outlives(n ast.Node, v *types.Var) bool {
	top, later := p.runsLater(n, func(m ast.Node) bool { return p.declares(m, v) })
	return later || p.startedWith(top)
}

// runsLater returns the node around n that is the top, and whether n may run when that
// has ended.
func (p *Package) runsLater(n ast.Node, isTop func(ast.Node) bool) (top ast.Node, later bool) {
	start, literal := n, false // what go and defer are given is evaluated at once, unless it is a function literal
	for n != nil && !isTop(n) {
		parent := p.Parents[n]
		switch s := parent.(type) {
		case *ast.GoStmt:
			if (literal || n == start) && !p.waitsAfter(s) {
				return nil, true
			}
		case *ast.DeferStmt:
			if literal || n == start {
				return nil, true
			}
		}
		if lit, ok := n.(*ast.FuncLit); ok {
			if p.livesOn(lit) {
				return nil, true
			}
			literal = true
		}
		n = parent
	}
	return n, false
}

// Waited reports whether the function around a go statement waits behind it for what
// it starts.
func (p *Package) Waited(s *ast.GoStmt) bool { return p.waitsAfter(s) }

// startedWith reports whether n is a function literal that a go statement calls,
// with nobody waiting for it: its parameters live longer than the caller.
func (p *Package) startedWith(n ast.Node) bool {
	lit, ok := n.(*ast.FuncLit)
	if !ok {
		return false
	}
	call, ok := p.Parents[lit].(*ast.CallExpr)
	if !ok || call.Fun != ast.Expr(lit) {
		return false
	}
	s, ok := p.Parents[call].(*ast.GoStmt)
	return ok && !p.waitsAfter(s)
}

// Outlives reports whether n may run when the function that declares v has
// returned.
func (p *Package) Outlives(n ast.Node, v *types.Var) bool { return p.outlives(n, v) }

// Awaits reports whether a function asks for the end of v, so that what it does
// afterwards must not carry v's cancellation.
func (p *Package) Awaits(v *types.Var) bool {
	for _, id := range p.Uses(v) {
		if sel, ok := p.Parents[id].(*ast.SelectorExpr); ok && (sel.Sel.Name == "Done" || sel.Sel.Name == "Err") {
			return true
		}
	}
	return false
}

// declares reports whether n is the function that v is declared in.
func (p *Package) declares(n ast.Node, v *types.Var) bool {
	switch n.(type) {
	case *ast.FuncDecl:
		return true
	case *ast.FuncLit:
		return n.Pos() <= v.Pos() && v.Pos() < n.End()
	}
	return false
}

// livesOn reports whether a function literal may run after the function around
// it has returned.
func (p *Package) livesOn(lit *ast.FuncLit) bool {
	switch parent := p.Parents[lit].(type) {
	case *ast.CallExpr:
		if parent.Fun == ast.Expr(lit) {
			return false // called where it stands; go and defer are the caller's to see
		}
		return p.startsLater(parent) && !p.waitsAfter(parent) || p.IsOnce(parent)
	case *ast.AssignStmt:
		for i, r := range parent.Rhs {
			if r == ast.Expr(lit) && len(parent.Lhs) == len(parent.Rhs) {
				return !p.onlyCalled(parent.Lhs[i])
			}
		}
	}
	return true
}

// IsOnce reports whether a call is one of (*sync.Once).Do, or of what does the same
// later: what runs in it must not end with the request that happens to be the first.
func (p *Package) IsOnce(call *ast.CallExpr) bool {
	fn, ok := typeutil.Callee(p.Info, call).(*types.Func)
	if !ok {
		return false
	}
	switch fn.FullName() {
	case "(*sync.Once).Do", "sync.OnceFunc", "sync.OnceValue", "sync.OnceValues":
		return true
	}
	return false
}

// startsLater reports whether a call hands a function to something that runs it
// on its own: a timer, a group, a scheduler. Other callees run it before they
// return, as far as their names tell.
func (p *Package) startsLater(call *ast.CallExpr) bool {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	switch sel.Sel.Name {
	case "AfterFunc", "AddFunc", "Go", "TryGo", "Submit", "Schedule", "Every", "OnShutdown", "RegisterOnShutdown", "Cleanup":
		return true
	}
	return false
}

// onlyCalled reports whether a function variable is only ever called, and not by
// go or defer.
func (p *Package) onlyCalled(l ast.Expr) bool {
	id, ok := l.(*ast.Ident)
	return ok && p.OnlyCalled(p.Info.ObjectOf(id), nil)
}

// OnlyCalled reports whether a local variable of function type is only ever called,
// and not by defer or by a go that nobody waits for. Within, if it is not nil, is
// where all its uses must be, outside of function literals.
func (p *Package) OnlyCalled(obj types.Object, within ast.Node) bool {
	if obj == nil || obj.Parent() == p.Types.Scope() {
		return false
	}
	for _, use := range p.Uses(obj) {
		if as, ok := p.Parents[use].(*ast.AssignStmt); ok && contains(as.Lhs, use) {
			continue
		}
		call, ok := p.Parents[use].(*ast.CallExpr)
		if !ok || call.Fun != ast.Expr(use) || within != nil && p.bodyAround(call) != within {
			return false
		}
		switch s := p.Parents[call].(type) {
		case *ast.DeferStmt:
			return false
		case *ast.GoStmt:
			if !p.waitsAfter(s) {
				return false
			}
		}
	}
	return true
}

func contains(list []ast.Expr, id *ast.Ident) bool {
	for _, e := range list {
		if e == ast.Expr(id) {
			return true
		}
	}
	return false
}

// waitsAfter reports whether, behind n, the function around n calls Wait on a
// wait group or group, or receives from a channel that n mentions.
func (p *Package) waitsAfter(n ast.Node) bool {
	body := p.bodyAround(n)
	if body == nil {
		return false
	}
	used := p.variables(n)
	found := false
	ast.Inspect(body, func(m ast.Node) bool {
		if m == nil || found || m.End() <= n.Pos() && !isLoop(m) {
			return !found && m != nil
		}
		if m == n {
			return false
		}
		if m.Pos() < n.Pos() {
			return true
		}
		switch m := m.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			if sel, ok := m.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Wait" && used[p.Info.Uses[NameOf(sel.X)]] {
				found = true
			}
		case *ast.UnaryExpr:
			if id := rootIdent(m.X); m.Op == token.ARROW && id != nil && used[p.Info.Uses[id]] {
				found = true
			}
		case *ast.RangeStmt:
			if id := rootIdent(m.X); id != nil && isChan(p.Info.TypeOf(m.X)) && used[p.Info.Uses[id]] {
				found = true
			}
		}
		return true
	})
	return found
}

// NameOf returns the identifier that names what e is: x of x, f of x.f; or nil.
func NameOf(e ast.Expr) *ast.Ident {
	switch e := e.(type) {
	case *ast.Ident:
		return e
	case *ast.SelectorExpr:
		return e.Sel
	}
	return nil
}

func isLoop(n ast.Node) bool {
	switch n.(type) {
	case *ast.ForStmt, *ast.RangeStmt:
		return true
	}
	return false
}

func isChan(t types.Type) bool {
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Chan)
	return ok
}

// variables returns the objects that n mentions.
func (p *Package) variables(n ast.Node) map[types.Object]bool {
	used := map[types.Object]bool{}
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && p.Info.Uses[id] != nil {
			used[p.Info.Uses[id]] = true
		}
		return true
	})
	return used
}

// Parenthesized returns the outermost parentheses around an expression, or that itself.
func (p *Package) Parenthesized(e ast.Expr) ast.Expr {
	for {
		paren, ok := p.Parents[e].(*ast.ParenExpr)
		if !ok {
			return e
		}
		e = paren
	}
}

// Statements returns the statements of a block, or of a clause of switch or select.
func Statements(n ast.Node) []ast.Stmt {
	switch n := n.(type) {
	case *ast.BlockStmt:
		return n.List
	case *ast.CaseClause:
		return n.Body
	case *ast.CommClause:
		return n.Body
	}
	return nil
}

// bodyAround returns the body of the function around n.
func (p *Package) bodyAround(n ast.Node) *ast.BlockStmt {
	for n = p.Parents[n]; n != nil; n = p.Parents[n] {
		switch f := n.(type) {
		case *ast.FuncLit:
			return f.Body
		case *ast.FuncDecl:
			return f.Body
		}
	}
	return nil
}

// escapes reports whether the result of a call at n is returned while v is ended
// by a cancel function of its own: rows read after that would be cut off.
func (p *Package) escapes(n ast.Node, v *types.Var) bool {
	if !p.ended(v) {
		return false
	}
	var results []types.Object
	for m := n; m != nil; m = p.Parents[m] {
		switch s := m.(type) {
		case *ast.ReturnStmt:
			return !p.isPlain(n)
		case *ast.AssignStmt:
			for _, l := range s.Lhs {
				if id, ok := l.(*ast.Ident); ok && p.Info.ObjectOf(id) != nil && isOpen(p.Info.ObjectOf(id).Type(), 0) {
					results = append(results, p.Info.ObjectOf(id))
				}
			}
			return p.returned(p.bodyAround(s), results)
		case ast.Stmt:
			return false
		}
	}
	return false
}

// isPlain reports whether the result of a call is read to its end when the call
// returns: it holds neither rows nor a body nor anything else that is to be closed.
func (p *Package) isPlain(n ast.Node) bool {
	e, ok := n.(ast.Expr)
	if !ok {
		return false
	}
	switch t := p.Info.TypeOf(e).(type) {
	case nil:
		return false
	case *types.Tuple:
		for v := range t.Variables() {
			if isOpen(v.Type(), 0) {
				return false
			}
		}
		return true
	default:
		return !isOpen(t, 0)
	}
}

// isOpen reports whether a value of a type may depend on its context after the call
// that made it: it can be closed, scanned or read, or holds something that can.
func isOpen(t types.Type, depth int) bool {
	if isError(t) || depth > 3 {
		return false
	}
	methods := types.NewMethodSet(t)
	if _, isPointer := t.Underlying().(*types.Pointer); !isPointer && !types.IsInterface(t) {
		methods = types.NewMethodSet(types.NewPointer(t))
	}
	for _, name := range []string{"Close", "Scan", "Next", "Read", "Rollback", "Recv", "Wait"} {
		if methods.Lookup(nil, name) != nil {
			return true
		}
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return isOpen(u.Elem(), depth)
	case *types.Slice:
		return isOpen(u.Elem(), depth+1)
	case *types.Array:
		return isOpen(u.Elem(), depth+1)
	case *types.Map:
		return isOpen(u.Elem(), depth+1)
	case *types.Struct:
		for v := range u.Fields() {
			if isOpen(v.Type(), depth+1) {
				return true
			}
		}
		return false
	case *types.Chan, *types.Signature, *types.Interface:
		return true
	}
	return false
}

// ended reports whether v comes from WithTimeout or its kin.
func (p *Package) ended(v *types.Var) bool {
	for _, e := range p.values()[v] {
		call, ok := ast.Unparen(e).(*ast.CallExpr)
		if !ok {
			continue
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
			fn, ok := p.Info.Uses[sel.Sel].(*types.Func)
			if ok && fn.Pkg() != nil && fn.Pkg().Path() == "context" && fn.Signature().Results().Len() == 2 {
				return true
			}
		}
	}
	return false
}

func isError(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }

func (p *Package) returned(body *ast.BlockStmt, objs []types.Object) bool {
	found := false
	ast.Inspect(body, func(n ast.Node) bool {
		if r, ok := n.(*ast.ReturnStmt); ok {
			for _, e := range r.Results {
				for _, o := range objs {
					found = found || p.holds(e, o)
				}
			}
		}
		return !found
	})
	return found
}

// holds reports whether e is obj or is built around it; what a call makes of it
// does not count.
func (p *Package) holds(e ast.Expr, obj types.Object) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			return false
		case *ast.Ident:
			found = found || p.Info.Uses[n] == obj
		}
		return !found
	})
	return found
}

// spent reports whether a derived context has been ended by hand where n stands:
// its cancel function was called, or its group was waited for.
func (p *Package) spent(v *types.Var, n ast.Node) bool {
	as := p.definition(v)
	if as == nil || len(as.Lhs) != 2 {
		return false
	}
	body := p.bodyAround(n)
	if body == nil {
		return false
	}
	other := p.Info.ObjectOf(IdentOf(as.Lhs[0]))
	if other == types.Object(v) {
		other = p.Info.ObjectOf(IdentOf(as.Lhs[1]))
	}
	ended := false
	ast.Inspect(body, func(m ast.Node) bool {
		switch m := m.(type) {
		case *ast.DeferStmt, *ast.FuncLit, *ast.GoStmt:
			return m.Pos() <= n.Pos() && n.Pos() < m.End()
		case *ast.CallExpr:
			if m.End() <= n.Pos() && m.Pos() > as.Pos() && other != nil && p.ends(m, other) && p.onTheWay(m, n) {
				ended = true
			}
		}
		return true
	})
	return ended
}

// ends reports whether a call ends what obj stands for: cancel(), g.Wait().
func (p *Package) ends(call *ast.CallExpr, obj types.Object) bool {
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		return p.Info.Uses[fun] == obj
	case *ast.SelectorExpr:
		return fun.Sel.Name == "Wait" && p.Info.Uses[IdentOf(fun.X)] == obj
	}
	return false
}

// onTheWay reports whether the block of a statement that stands before n also
// holds n, so that one runs after the other.
func (p *Package) onTheWay(m, n ast.Node) bool {
	for b := p.Parents[m]; b != nil; b = p.Parents[b] {
		switch b.(type) {
		case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
			return b.Pos() <= n.Pos() && n.Pos() < b.End()
		}
	}
	return false
}

// definition returns the assignment that gives v its one value, or nil.
func (p *Package) definition(v *types.Var) *ast.AssignStmt {
	values := p.values()[v]
	if len(values) != 1 {
		return nil
	}
	as, _ := p.Parents[values[0]].(*ast.AssignStmt)
	return as
}

// IdentOf returns the identifier that e is, or nil.
func IdentOf(e ast.Expr) *ast.Ident {
	id, _ := e.(*ast.Ident)
	return id
}

// RunsLater reports whether a call hands functions to something that runs them on its
// own, and that nobody waits for.
func (p *Package) RunsLater(call *ast.CallExpr) bool {
	return p.startsLater(call) && !p.waitsAfter(call)
}

// IsConstant reports whether a local variable keeps the value that it begins with.
func (p *Package) IsConstant(v *types.Var) bool {
	n := len(p.values()[v])
	if n > 1 || n > 0 && p.isParam(v) {
		return false
	}
	for _, id := range p.Uses(v) {
		switch parent := p.Parents[id].(type) {
		case *ast.UnaryExpr:
			if parent.Op == token.AND {
				return false
			}
		case *ast.RangeStmt:
			if parent.Key == ast.Expr(id) || parent.Value == ast.Expr(id) {
				return false
			}
		case *ast.AssignStmt:
			if n == 0 && contains(parent.Lhs, id) {
				return false
			}
		}
	}
	return true
}
