package thread

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/go/types/typeutil"
)

// onlyCalled returns the parameters of function type that the body only calls,
// where it stands.
func (s *summarizer) onlyCalled(d *ast.FuncDecl) map[int]bool {
	out := map[int]bool{}
	i := 0
	for _, field := range d.Type.Params.List {
		names := field.Names
		if len(names) == 0 {
			i++
			continue
		}
		for _, id := range names {
			if _, ok := field.Type.(*ast.FuncType); ok && d.Body != nil && s.scope.OnlyCalled(s.p.Info.Defs[id], d.Body) {
				out[i] = true
			}
			i++
		}
	}
	return out
}

// around finds the function declaration whose parameters can be used at a node, the
// literals in between that are given to functions of the program, and otherwise why
// there is none.
func (s *summarizer) around(n ast.Node) (out Around) {
	kept := Around{Why: "it runs when the package is initialised,"}
	for ; n != nil; n = s.scope.Parents[n] {
		switch d := n.(type) {
		case *ast.FuncLit:
			if b := s.blank(d.Type); b != nil && s.fileOf(d.Pos()).Reason == "" {
				return Around{Blank: b}
			}
			later := Around{Why: "it stands in a function that is kept and called later,", At: s.place(d.Pos()), Mend: ": give that function a context", In: s.declaration(d)}
			v, ok := s.literal(d)
			if !ok {
				return later
			}
			if len(v) > 0 { // what it is given to may keep it
				kept = later
			}
			out.Via = append(out.Via, v...)
		case *ast.FuncDecl:
			out.From = s.declaration(d)
			out.In = out.From
			return out
		case *ast.ValueSpec:
			if kept.Mend == "" {
				kept.At = s.place(d.Pos())
			}
		}
	}
	return kept
}

// declaration returns the key of the function declaration around a node, or "".
func (s *summarizer) declaration(n ast.Node) string {
	for ; n != nil; n = s.scope.Parents[n] {
		if d, ok := n.(*ast.FuncDecl); ok {
			if fn, ok := s.p.Info.Defs[d.Name].(*types.Func); ok {
				return keyOf(fn)
			}
		}
	}
	return ""
}

// literal reports whether a function literal runs while the function around it
// does, or in a goroutine that this one starts; and if that depends on a function
// of the program which it is given to, on which.
func (s *summarizer) literal(lit *ast.FuncLit) ([]Via, bool) {
	e := s.scope.Parenthesized(lit)
	switch parent := s.scope.Parents[e].(type) {
	case *ast.CallExpr:
		if parent.Fun == e {
			return nil, true // called where it stands, perhaps by go or defer
		}
		fn := typeutil.Callee(s.p.Info, parent)
		f, ok := fn.(*types.Func)
		if !ok || f.Pkg() == nil {
			return nil, false
		}
		if key := s.own(f); key != "" {
			for i, a := range parent.Args {
				if a == e {
					return []Via{{To: key, Arg: i}}, true
				}
			}
		}
		return nil, callsAtOnce(f)
	case *ast.AssignStmt:
		for i, r := range parent.Rhs {
			if r == e && len(parent.Lhs) == len(parent.Rhs) {
				if id, ok := parent.Lhs[i].(*ast.Ident); ok {
					return nil, s.scope.OnlyCalled(s.p.Info.ObjectOf(id), nil)
				}
			}
		}
	}
	return nil, false
}

// callsAtOnce reports whether a function of another module is known to call the
// functions that it is given before it returns, or in goroutines of its caller.
func callsAtOnce(fn *types.Func) bool {
	switch fn.Pkg().Path() {
	case "sort", "slices", "maps", "strings", "bytes", "path/filepath", "io/fs":
		return true
	case "sync":
		return fn.Name() == "Do" || fn.Name() == "Range" || fn.Name() == "Go"
	case "testing":
		return fn.Name() == "Run"
	case "golang.org/x/sync/errgroup":
		return true
	}
	return false
}
