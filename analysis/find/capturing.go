package find

import (
	"go/ast"
	"go/types"

	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// decideAsked completes the site of a directive whose target and words are right: it
// looks for what an earlier run made of it, and for the context.
func (f *finder) decideAsked(s *Site) {
	a := s.Asked
	if a.Func != nil {
		a.Prologue = f.prologueOf(a.Func.Body)
	}
	f.earlier(a)
	switch {
	case a.Same:
		s.Status = Already
		return
	case a.Done != nil: // with other words: it is made anew, with the context that it has
		s.Status = Traceable
		return
	}
	at := ast.Node(a.Stmt)
	if a.Func != nil {
		if at = a.Func.Body; len(a.Func.Body.List) == 0 {
			s.Status, s.Reason = Skipped, "the function does nothing"
			return
		}
	}
	c, ok := f.scope.Reach(at)
	if !ok {
		s.Status, s.Reason = Skipped, f.noContext(at)
		return
	}
	s.Context, s.Status = c, Traceable
	a.Text = c.Text
	if a.Rule == Capture {
		f.capture(s)
	}
}

// together joins the directives of one function that have statements to add: they
// stand in one place.
func (f *finder) together(sites []*Site) {
	leads := map[*ast.BlockStmt]*Asked{}
	for _, rule := range []string{Capture, Annotate, Metadata} {
		for _, s := range sites {
			a := s.Asked
			if a.Rule != rule || a.Func == nil || s.Status != Traceable || a.Done != nil {
				continue
			}
			lead := leads[a.Func.Body]
			if lead == nil {
				leads[a.Func.Body] = a
				continue
			}
			a.Lead = lead
			lead.Led = append(lead.Led, a)
			if lead.Rule == Capture {
				if lead.Ctx == "_" {
					lead.Ctx = s.Context.Var.Name()
				}
				a.Text = lead.Ctx
			}
		}
	}
}

// capture plans what a captured function begins with.
func (f *finder) capture(s *Site) {
	a, v := s.Asked, s.Context.Var
	a.Results = f.resultsOf(a.Func)
	a.End = freshIn(a.Func.Node, "end", "endCapture")
	switch own := a.Func.Node.Pos() <= v.Pos() && v.Pos() < a.Func.Node.End(); {
	case match.IsContext(v.Type()) && (own || f.mentions(a.Func.Body, v)):
		a.Ctx = v.Name()
	case match.IsContext(v.Type()):
		a.Ctx = "_"
	case isHTTPRequest(v.Type()):
		a.Ctx = freshIn(a.Func.Node, "ctx", "reqCtx")
		a.Onward = v.Name() + " = " + v.Name() + ".WithContext(" + a.Ctx + ")"
	default:
		s.Status, s.Reason = Skipped, "its context is "+s.Context.Text+": capture a function that takes a context.Context"
	}
}

func isHTTPRequest(t types.Type) bool {
	ptr, ok := types.Unalias(t).(*types.Pointer)
	if !ok {
		return false
	}
	named := rules.Named(ptr)
	return named != nil && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "net/http" && named.Obj().Name() == "Request"
}
