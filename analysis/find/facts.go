package find

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"sort"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// Facts are what the packages that import a package must know of its functions:
// which of them merely forward. They are small, hold no syntax, and encode to the
// same bytes each time.
type Facts struct {
	Funcs []Forward // by key
	// Reaches are the keys of functions that carry a context to a traced call.
	Reaches []string
}

// Forward is a function that does little more than make one call: it returns what
// a function of the X-Ray SDK has traced, or it makes a call that takes no context
// and has none to give.
type Forward struct {
	Func string // its key, see rules.KeyOf
	SDK  string // the SDK's function, or ""
	// The untraced call otherwise, and where it is, as file:line.
	Kind rules.Kind
	Rule string
	At   string
}

// IsEmpty reports whether there is nothing to know.
func (f *Facts) IsEmpty() bool { return f == nil || len(f.Funcs)+len(f.Reaches) == 0 }

// Names returns the names of the functions, without packages and receivers: a
// file that mentions none of them calls none.
func (f *Facts) Names() []string {
	if f == nil {
		return nil
	}
	names := make([]string, 0, len(f.Funcs))
	for _, fn := range f.Funcs {
		names = append(names, fn.Func[strings.LastIndexByte(fn.Func, '.')+1:])
	}
	return names
}

func (f *Facts) search(key string) (int, bool) {
	return slices.BinarySearchFunc(f.Funcs, key, func(fn Forward, key string) int { return strings.Compare(fn.Func, key) })
}

// reaches notes that a function carries a context to a traced call, once.
func (f *Facts) reaches(key string) bool {
	i, ok := slices.BinarySearch(f.Reaches, key)
	if ok || key == "" {
		return false
	}
	f.Reaches = slices.Insert(f.Reaches, i, key)
	return true
}

// hasReach reports whether a function carries a context to a traced call.
func (f *Facts) hasReach(key string) bool {
	if f == nil {
		return false
	}
	_, ok := slices.BinarySearch(f.Reaches, key)
	return ok
}

// of returns what is known of a function, or nil.
func (f *Facts) of(key string) *Forward {
	if f == nil {
		return nil
	}
	if i, ok := f.search(key); ok {
		return &f.Funcs[i]
	}
	return nil
}

// exported returns the facts of functions that another package can call.
func (f *Facts) exported() *Facts {
	out := &Facts{}
	for _, fn := range f.Funcs {
		if token.IsExported(fn.Func[strings.LastIndexByte(fn.Func, '.')+1:]) {
			out.Funcs = append(out.Funcs, fn)
		}
	}
	for _, key := range f.Reaches {
		if token.IsExported(key[strings.LastIndexByte(key, '.')+1:]) {
			out.Reaches = append(out.Reaches, key)
		}
	}
	return out
}

// add notes a function, once.
func (f *Facts) add(fn Forward) bool {
	i, ok := f.search(fn.Func)
	if ok || fn.Func == "" {
		return false
	}
	f.Funcs = slices.Insert(f.Funcs, i, fn)
	return true
}

// forwarded are the SDK's functions whose results are traced, by which a helper
// that returns one is known.
var forwarded = []string{"Handler", "HandlerWithContext", "Client", "RoundTripper", "SQLConnector"}

// Forwarders returns the facts of a package that is not the program's own: it is
// never edited, but what its functions return may be traced.
func Forwarders(m *match.Matcher, p *Package, view View) *Facts {
	f := newFinder(m, p, view)
	f.tracedWrappers()
	return f.facts
}

// forward returns what is known of a function, or nil.
func (f *finder) forward(fn *types.Func) *Forward {
	facts := f.facts
	if fn.Pkg() != f.p.Types {
		if fn.Pkg() == nil || f.view.Facts == nil {
			return nil
		}
		facts = f.view.Facts(fn.Pkg())
	}
	if facts.IsEmpty() {
		return nil
	}
	return facts.of(rules.KeyOf(fn, nil))
}

// wrappers finds the package's forwarding functions, and then the calls of those
// that are untraced, its own and imported ones, from where a context is in
// reach: there the trace breaks off.
func (f *finder) wrappers() {
	f.tracedWrappers()
	sites := map[ast.Node]*Forward{}
	for _, s := range f.sites {
		if s.Status == Skipped && s.Reason == NoContext {
			sites[s.Node] = &Forward{Kind: s.Kind, Rule: s.Rule, At: f.place(s.Node)}
		}
	}
	for grown := true; grown; {
		grown = false
		f.eachFunc(func(d *ast.FuncDecl, fn *types.Func) {
			if to := f.forwarding(d, sites); to != nil && !takesContext(fn) {
				grown = f.facts.add(Forward{Func: rules.KeyOf(fn, nil), Kind: to.Kind, Rule: to.Rule, At: to.At}) || grown
			}
		})
	}
	f.wrapperCalls()
}

// tracedWrappers notes the functions that return what the SDK has traced.
func (f *finder) tracedWrappers() {
	f.eachFunc(func(d *ast.FuncDecl, fn *types.Func) {
		if !fn.Exported() {
			return // the flow of values within the package sees through it
		}
		for _, result := range f.flow.Results(fn) {
			for _, name := range forwarded {
				if f.isSDK(ast.Unparen(result), name) && !f.isOwnSupport(result) {
					f.facts.add(Forward{Func: rules.KeyOf(fn, nil), SDK: name})
				}
			}
		}
	})
}

// isOwnSupport reports whether a call is one of the package's support code.
func (f *finder) isOwnSupport(e ast.Expr) bool {
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return true
	}
	fn := calleeOf(f.p.Info, call)
	return fn == nil || fn.Pkg() == f.p.Types
}

// eachFunc calls do with the package's functions that have a body.
func (f *finder) eachFunc(do func(*ast.FuncDecl, *types.Func)) {
	for _, file := range f.p.Files {
		if file == f.p.Support {
			continue
		}
		for _, d := range file.Syntax.Decls {
			if d, ok := d.(*ast.FuncDecl); ok && d.Body != nil {
				if fn, ok := f.p.Info.Defs[d.Name].(*types.Func); ok {
					do(d, fn)
				}
			}
		}
	}
}

// takesContext reports whether a function has a context parameter, named or not.
func takesContext(fn *types.Func) bool {
	for v := range fn.Signature().Params().Variables() {
		if match.IsContext(v.Type()) {
			return true
		}
	}
	return false
}

// forwarding returns the untraced call that a function without a context merely
// forwards to: its body is that call's statement, and perhaps a return of what
// it gave.
func (f *finder) forwarding(d *ast.FuncDecl, sites map[ast.Node]*Forward) *Forward {
	if n := len(d.Body.List); n == 0 || n > 2 || n == 2 && !isPlainReturn(d.Body.List[1]) {
		return nil
	}
	switch d.Body.List[0].(type) {
	case *ast.ReturnStmt, *ast.ExprStmt, *ast.AssignStmt:
	default:
		return nil
	}
	var to *Forward
	ast.Inspect(d.Body.List[0], func(n ast.Node) bool {
		if _, ok := n.(*ast.FuncLit); ok || to != nil {
			return false
		}
		to = sites[n]
		if call, ok := n.(*ast.CallExpr); ok && to == nil {
			if _, has := f.scope.At(call); !has {
				to = f.untraced(call)
			}
		}
		return to == nil
	})
	return to
}

// isPlainReturn reports whether a statement returns names and constants alone.
func isPlainReturn(s ast.Stmt) bool {
	ret, ok := s.(*ast.ReturnStmt)
	if !ok {
		return false
	}
	for _, r := range ret.Results {
		switch ast.Unparen(r).(type) {
		case *ast.Ident, *ast.BasicLit:
		default:
			return false
		}
	}
	return true
}

// untraced returns what the function that a call names forwards to without a
// context, or nil.
func (f *finder) untraced(call *ast.CallExpr) *Forward {
	fn := calleeOf(f.p.Info, call)
	if fn == nil {
		return nil
	}
	if to := f.forward(fn); to != nil && to.SDK == "" {
		return to
	}
	return nil
}

// wrapperCalls adds the calls of untraced helpers that have a context in reach, but
// for those that are sites by a rule about the helper itself.
func (f *finder) wrapperCalls() {
	known := map[ast.Node]bool{}
	for _, s := range f.sites {
		known[s.Node] = true
	}
	for _, file := range f.p.Files {
		if file == f.p.Support {
			continue
		}
		ast.Inspect(file.Syntax, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			if to := f.untraced(call); to != nil && !known[call] {
				if _, has := f.scope.At(call); has {
					f.add(&Site{File: file, Node: call, Pos: namePos(call), Kind: to.Kind, Rule: to.Rule, Forwards: to.Func, Status: Skipped,
						Reason: "it forwards to the call at " + to.At + " and takes no context: give it one to pass on"})
				}
			}
			return true
		})
	}
	f.sort()
}

// sort puts the sites in source order.
func (f *finder) sort() {
	order := map[*File]int{}
	for i, file := range f.p.Files {
		order[file] = i
	}
	sort.SliceStable(f.sites, func(i, j int) bool {
		a, b := f.sites[i], f.sites[j]
		if a.File != b.File {
			return order[a.File] < order[b.File]
		}
		return a.Node.Pos() < b.Node.Pos()
	})
}
