package find

import (
	"go/ast"
	"go/types"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
)

// untracedAWS: no AWS client or configuration of the program is instrumented by
// hand. A configuration that is instrumented twice makes every call fail.
func untracedAWS(f *finder, s *Site) (Status, string) {
	if hands := f.survey().AWS; len(hands) > 0 {
		return Already, "AWS calls are instrumented by hand at " + hands[0]
	}
	if h := s.Match.Holes["opts"]; h != nil && len(f.survey().Options) > 0 && len(h.Exprs) > 0 && (h.Spread || f.mentionsOptions(h.Exprs)) {
		return Skipped, "its options may take over the API options of a traced configuration, as at " + f.survey().Options[0] + ": instrument one of them by hand"
	}
	return Traceable, ""
}

// mentionsOptions reports whether option arguments name the API options of
// something, or are not plain to see.
func (f *finder) mentionsOptions(args []ast.Expr) bool {
	found := false
	for _, a := range args {
		ast.Inspect(a, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			found = found || ok && sel.Sel.Name == "APIOptions"
			return true
		})
		if id := scope.IdentOf(a); id != nil {
			if _, isVar := f.p.Info.Uses[id].(*types.Var); isVar {
				found = true
			}
		}
	}
	return found
}

// freshOptions: the options are a literal of their own, with no API options
// taken over from a configuration that may be traced already.
func freshOptions(f *finder, s *Site) (Status, string) {
	fresh := false
	complete := f.flow.Origins(s.Match.Holes["o"].Exprs[0], func(e ast.Expr) bool {
		lit, ok := e.(*ast.CompositeLit)
		if ok {
			fresh = true
			for _, elt := range lit.Elts {
				if kv, ok := elt.(*ast.KeyValueExpr); ok {
					if id, ok := kv.Key.(*ast.Ident); ok && id.Name == "APIOptions" {
						fresh = false
					}
				}
			}
		}
		return ok
	})
	if !complete || !fresh || f.takesOver() {
		return Skipped, "its options may come from a traced configuration: instrument that, or use NewFromConfig"
	}
	return Traceable, ""
}

// takesOver reports whether the package assigns API options by hand.
func (f *finder) takesOver() bool {
	for sel := range f.p.Info.Selections {
		if as, ok := f.parents[sel].(*ast.AssignStmt); ok && sel.Sel.Name == "APIOptions" && as.Lhs[0] == ast.Expr(sel) {
			return true
		}
	}
	return false
}

// mockedInterface: the receiver is a client, or an interface that no type of the
// program implements with the plain method alone; such a test double would be
// called past.
func mockedInterface(f *finder, s *Site) (Status, string) {
	call := s.Node.(*ast.CallExpr)
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !types.IsInterface(f.p.Info.TypeOf(sel.X)) {
		return Traceable, ""
	}
	methods := f.survey().Methods
	if at := methods[sel.Sel.Name]; at != "" && methods[sel.Sel.Name+"WithContext"] == "" {
		return Skipped, "the method " + sel.Sel.Name + " at " + at + " implements the interface without " + sel.Sel.Name + "WithContext: add it there"
	}
	return Traceable, ""
}
