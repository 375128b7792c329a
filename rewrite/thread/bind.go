package thread

import (
	"go/ast"
	"go/types"

	"golang.org/x/tools/refactor/satisfy"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// bindings adds what interfaces bind to each other.
func (s *summarizer) bindings() {
	var files []*ast.File
	for _, f := range s.p.Files {
		files = append(files, f.Syntax)
	}
	finder := &satisfy.Finder{}
	finder.Find(s.p.Info, files)
	for c := range finder.Result {
		s.bind(c.LHS, c.RHS)
	}
	for id, inst := range s.p.Info.Instances {
		if fn, ok := s.p.Info.Uses[id].(*types.Func); ok && s.own(fn) == "" {
			for t := range inst.TypeArgs.Types() { // errors.AsType and the like look for it
				s.assertedType(t, id.Pos())
			}
		}
		params := typeParams(s.p.Info.Uses[id])
		for i := 0; params != nil && i < params.Len() && i < inst.TypeArgs.Len(); i++ {
			s.bind(params.At(i).Constraint(), inst.TypeArgs.At(i))
		}
	}
}

func typeParams(obj types.Object) *types.TypeParamList {
	switch obj := obj.(type) {
	case *types.Func:
		return obj.Signature().TypeParams()
	case *types.TypeName:
		if named, ok := obj.Type().(*types.Named); ok {
			return named.TypeParams()
		}
	}
	return nil
}

// bind binds the methods of an interface to those of a type that must have them.
func (s *summarizer) bind(lhs, rhs types.Type) {
	iface, ok := lhs.Underlying().(*types.Interface)
	if !ok {
		return
	}
	for i := range iface.NumMethods() {
		m := iface.Method(i)
		obj, _, _ := types.LookupFieldOrMethod(rhs, true, m.Pkg(), m.Name())
		fn, ok := obj.(*types.Func)
		if !ok {
			continue
		}
		to, from := s.own(fn), s.own(m)
		switch {
		case to == "" && from == "":
		case to == "":
			s.out.Uses = append(s.out.Uses, Use{Key: from, Why: "is bound to " + foreignName(fn), Mend: ownMethod})
		case from == "":
			s.out.Uses = append(s.out.Uses, Use{Key: to, Why: "implements " + ifaceName(lhs, m), Mend: ownMethod})
		case to != from:
			s.out.Binds = append(s.out.Binds, Bind{from, to})
		}
	}
}

func foreignName(fn *types.Func) string {
	if recv := fn.Signature().Recv(); recv != nil {
		if name := rules.TypeName(recv.Type()); name != "" && fn.Pkg() != nil {
			return fn.Pkg().Name() + "." + name + "." + fn.Name()
		}
	}
	return fn.FullName()
}

func ifaceName(t types.Type, m *types.Func) string {
	for _, t := range []types.Type{m.Signature().Recv().Type(), t} {
		if named := rules.Named(t); named != nil && named.Obj().Pkg() != nil {
			return named.Obj().Pkg().Name() + "." + named.Obj().Name()
		} else if named != nil {
			return named.Obj().Name() // error
		}
	}
	return "an interface without a name"
}
