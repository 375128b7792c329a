package scope

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// param is which parameter of a function, or of a variable that holds a function, one is.
type param struct {
	of    types.Object
	index int
}

// givenLater reports whether some call in the package gives a parameter the context of
// a request, or what carries one, that may be over by then: in a goroutine that nobody
// waits for, or in a function whose own parameter is given such a one.
//
// The calls of other packages are not typed here: Elsewhere knows their names. A call that
// runs in a defer statement counts as in time, for a server ends the request's context
// after the handler has returned.
func (p *Package) givenLater(v *types.Var) bool {
	later, known := p.later[v]
	if !known {
		if p.later == nil {
			p.later = map[*types.Var]bool{}
		}
		later = p.endsBefore(v, map[*types.Var]bool{})
		p.later[v] = later
	}
	return later
}

// endsBefore is givenLater; seen are the variables that are being looked at.
func (p *Package) endsBefore(v *types.Var, seen map[*types.Var]bool) bool {
	if seen[v] {
		return false // where functions call each other, the calls from outside decide
	}
	seen[v] = true
	at, ok := p.paramOf(v)
	if !ok {
		return !p.isParam(v) && slices.ContainsFunc(p.values()[v], func(e ast.Expr) bool {
			return slices.ContainsFunc(p.sourcesOf(e), func(from *types.Var) bool { return p.isLate(e, from, seen) })
		})
	}
	for _, id := range p.mayName(at.of) {
		call := p.callOf(id)
		if call == nil || at.index >= len(call.Args) {
			continue
		}
		for _, from := range p.sourcesOf(call.Args[at.index]) {
			if p.isLate(call, from, seen) {
				return true
			}
		}
	}
	// A method may be called by way of an interface.
	fn, ok := at.of.(*types.Func)
	return (at.of.Exported() || ok && fn.Signature().Recv() != nil) && p.Elsewhere != nil && p.Elsewhere(at.of.Name())
}

// isLate reports whether a context that n uses may have ended by the time that n runs.
func (p *Package) isLate(n ast.Node, from *types.Var, seen map[*types.Var]bool) bool {
	top, why := p.runsBehind(n, func(m ast.Node) bool { return p.declares(m, from) })
	return why != nil || p.mayEnd(top, from) || p.endsBefore(from, seen)
}

// mayName returns the uses of a function or variable, and for a method those of the
// interfaces' methods of its name.
func (p *Package) mayName(of types.Object) []*ast.Ident {
	ids := p.Uses(of)
	fn, ok := of.(*types.Func)
	if !ok || fn.Signature().Recv() == nil {
		return ids
	}
	for other, uses := range p.uses {
		m, ok := other.(*types.Func)
		if ok && m.Name() == fn.Name() && m.Signature().Recv() != nil && types.IsInterface(m.Signature().Recv().Type()) {
			ids = append(slices.Clip(ids), uses...)
		}
	}
	return ids
}

// runsBehind is runsLater for what a request's context is to be there for: a call that is
// deferred is in time, unless what defers it runs later.
func (p *Package) runsBehind(n ast.Node, isTop func(ast.Node) bool) (top, why ast.Node) {
	for {
		top, why = p.runsLater(n, isTop)
		deferred, ok := why.(*ast.DeferStmt)
		if !ok {
			return top, why
		}
		n = deferred
	}
}

// mayEnd reports whether a parameter of a function literal that a go statement calls is
// given a context that ends.
func (p *Package) mayEnd(lit ast.Node, v *types.Var) bool {
	s := p.startedWith(lit)
	if s == nil {
		return false
	}
	i := 0
	for _, field := range lit.(*ast.FuncLit).Type.Params.List {
		for _, name := range field.Names {
			if p.Info.Defs[name] == v {
				return i < len(s.Call.Args) && len(p.sourcesOf(s.Call.Args[i])) > 0
			}
			i++
		}
	}
	return false
}

// sourcesOf returns the variables with a request's context that a value may end with.
func (p *Package) sourcesOf(e ast.Expr) []*types.Var {
	var vars []*types.Var
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			if fn, ok := p.Info.Uses[NameOf(n.Fun)].(*types.Func); ok && fn.FullName() == "context.WithoutCancel" {
				return false
			}
		case *ast.Ident:
			if v, ok := p.Info.Uses[n].(*types.Var); ok && v.Parent() != p.Types.Scope() && (match.IsContext(v.Type()) && p.Carries(v) || p.carrier(v) != nil) {
				vars = append(vars, v)
			}
		}
		return true
	})
	return vars
}

// callOf returns the call of the function or variable that an identifier names, or nil.
func (p *Package) callOf(id *ast.Ident) *ast.CallExpr {
	var fun ast.Expr = id
	for {
		switch parent := p.Parents[fun].(type) {
		case *ast.SelectorExpr:
			if parent.Sel != fun {
				return nil
			}
			fun = parent
		case *ast.IndexExpr:
			fun = parent
		case *ast.IndexListExpr:
			fun = parent
		case *ast.ParenExpr:
			fun = parent
		case *ast.CallExpr:
			if parent.Fun == fun {
				return parent
			}
			return nil
		default:
			return nil
		}
	}
}

// paramOf returns the function or variable of the package that a variable is a parameter
// of.
func (p *Package) paramOf(v *types.Var) (param, bool) {
	if p.params == nil {
		p.params = map[*types.Var]param{}
		for n := range p.Parents {
			switch n := n.(type) {
			case *ast.FuncDecl:
				p.addParams(p.Info.Defs[n.Name], n.Name)
			case *ast.FuncLit:
				p.addParams(p.heldBy(n), n)
			}
		}
	}
	at, ok := p.params[v]
	return at, ok
}

// addParams notes the parameters of what e is, which an object stands for.
func (p *Package) addParams(of types.Object, e ast.Expr) {
	sig, ok := p.Info.TypeOf(e).(*types.Signature)
	if of == nil || !ok {
		return
	}
	for i := range sig.Params().Len() {
		p.params[sig.Params().At(i)] = param{of, i}
	}
}

// heldBy returns the variable or field that a function literal is assigned to, or nil.
func (p *Package) heldBy(lit *ast.FuncLit) types.Object {
	switch s := p.Parents[lit].(type) {
	case *ast.ValueSpec:
		for i, v := range s.Values {
			if v == lit {
				return p.Info.Defs[s.Names[i]]
			}
		}
	case *ast.AssignStmt:
		for i, v := range s.Rhs {
			if v == lit && len(s.Lhs) == len(s.Rhs) {
				return p.Info.ObjectOf(NameOf(s.Lhs[i]))
			}
		}
	case *ast.KeyValueExpr:
		if field, ok := p.Info.Uses[IdentOf(s.Key)].(*types.Var); ok && field.IsField() && s.Value == lit {
			return field
		}
	}
	return nil
}
