package thread

import (
	"go/ast"
	"go/token"
	"go/types"
	"sync"
)

// asserted notes the methods of an interface that a type is asked for.
func (s *summarizer) asserted(e ast.Expr) {
	if t := s.p.Info.TypeOf(e); t != nil {
		s.assertedType(t, e.Pos())
	}
}

func (s *summarizer) assertedType(t types.Type, pos token.Pos) {
	iface, ok := t.Underlying().(*types.Interface)
	if !ok {
		return
	}
	other := sync.OnceValue(func() string { return s.implementer(iface) })
	for i := range iface.NumMethods() {
		m := iface.Method(i)
		key := s.own(m)
		s.out.Asserts = append(s.out.Asserts, Assert{Key: key, Name: m.Name(), Sig: signature(m), Place: s.place(pos)})
		if key != "" && other() != "" {
			s.out.Uses = append(s.out.Uses, Use{Key: key, Place: s.place(pos), Why: "may be asked of a value of type " + other() + ", by the type assertion at", Mend: ownMethod})
		}
	}
}

// implementer returns the name of a type of another module that has the methods of an
// interface, or "": a value of that type may be asked for them.
func (s *summarizer) implementer(iface *types.Interface) string {
	for _, t := range s.others() {
		if types.Implements(types.NewPointer(t.Type()), iface) {
			return t.Pkg().Name() + "." + t.Name()
		}
	}
	return ""
}

// others returns the types that other modules declare, as far as the package's
// imports tell.
func (s *summarizer) others() []*types.TypeName {
	if s.known != nil {
		return s.known
	}
	s.known = []*types.TypeName{}
	seen := map[*types.Package]bool{}
	var visit func(pkg *types.Package)
	visit = func(pkg *types.Package) {
		if seen[pkg] {
			return
		}
		seen[pkg] = true
		for _, imported := range pkg.Imports() {
			visit(imported)
		}
		if s.isOwn(pkg) {
			return
		}
		for _, name := range pkg.Scope().Names() {
			if t, ok := pkg.Scope().Lookup(name).(*types.TypeName); ok && !types.IsInterface(t.Type()) {
				if named, ok := t.Type().(*types.Named); ok && named.TypeParams().Len() == 0 {
					s.known = append(s.known, t)
				}
			}
		}
	}
	visit(s.p.Types)
	return s.known
}
