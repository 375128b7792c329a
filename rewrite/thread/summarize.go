package thread

import (
	"fmt"
	"go/token"
	"go/types"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/analysis/scope"
)

// Package is a type-checked package to be summarized.
type Package struct {
	*find.Package
	Main     bool
	Internal bool                   // other modules cannot import it
	Skip     func(file string) bool // files whose content another summary has
	Own      func(path string) bool // packages of the program
	Scope    *scope.Package
	Sites    []*find.Site
}

type summarizer struct {
	p     *Package
	scope *scope.Package
	out   *Summary
	files map[*token.File]*find.File
	known []*types.TypeName // of other modules; lazily, see others
}

// Summarize reduces a package. It must be well-typed.
func Summarize(p *Package) (sum *Summary, err error) {
	defer func() { // package satisfy panics on what it does not expect
		if e := recover(); e != nil {
			err = fmt.Errorf("summarizing %s: %v", p.Types.Path(), e)
		}
	}()
	s := &summarizer{p: p, out: &Summary{}, scope: p.Scope}
	for _, f := range p.Files {
		if f == p.Support || p.Skip != nil && p.Skip(f.Path) {
			continue
		}
		s.declarations(f)
		s.references(f)
		s.pragmas(f)
	}
	for _, site := range p.Sites {
		if site.Status == find.Skipped && site.Reason == find.NoContext {
			s.out.Sinks = append(s.out.Sinks, Sink{
				Around: s.around(site.Node), Place: s.place(site.Pos), Hidden: s.hidden(site.Node, s.declaration(site.Node)),
				Polls: find.IsPoll(s.p.Info, site.Node),
			})
		}
	}
	s.bindings()
	s.foreign()
	s.boxed()
	return s.out, nil
}

func (s *summarizer) place(pos token.Pos) Place {
	f := s.p.Fset.File(pos)
	if at := s.p.Fset.Position(pos); strings.HasPrefix(s.fileOf(pos).Reason, "the file uses cgo") { // its generated form points to its source
		return Place{File: at.Filename, Offset: at.Offset, Line: at.Line}
	}
	return Place{File: f.Name(), Offset: f.Offset(pos), Line: f.PositionFor(pos, false).Line}
}

// isOwn reports whether a package is the program's, or holds tests of one.
func (s *summarizer) isOwn(pkg *types.Package) bool {
	return pkg != nil && s.p.Own(strings.TrimSuffix(pkg.Path(), "_test"))
}

// own returns the key of a function that the program declares, or "".
func (s *summarizer) own(fn *types.Func) string {
	if fn == nil || !s.isOwn(fn.Pkg()) {
		return ""
	}
	return keyOf(fn)
}
