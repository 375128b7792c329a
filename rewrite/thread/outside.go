package thread

import (
	"go/ast"
	"go/constant"
	"go/types"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
)

// atRunTime notes what functions of other modules find at run time: methods by their
// name, and types by an interface.
func (s *summarizer) atRunTime(fn *types.Func, call *ast.CallExpr) {
	if fn.Pkg() == nil || len(call.Args) == 0 {
		return
	}
	last := call.Args[len(call.Args)-1]
	switch path := fn.Pkg().Path(); {
	case strings.HasPrefix(fn.Name(), "Register") && path != "encoding/gob":
		s.registered(fn, call)
	case path == "errors" && fn.Name() == "As":
		if ptr, ok := s.p.Info.TypeOf(last).(*types.Pointer); ok {
			s.assertedType(ptr.Elem(), call.Pos())
		}
	case path == "reflect" && (fn.Name() == "MethodByName" || fn.Name() == "Method"):
		name := ""
		if v := s.p.Info.Types[last].Value; v != nil && v.Kind() == constant.String {
			name = constant.StringVal(v)
		}
		s.out.Reflected = append(s.out.Reflected, Reflected{Name: name, Place: s.place(call.Pos())})
	}
}

// registered notes the methods of values that a library takes to serve by their
// names, as net/rpc does.
func (s *summarizer) registered(fn *types.Func, call *ast.CallExpr) {
	for i, arg := range call.Args {
		iface, ok := paramType(fn.Signature(), i).(*types.Interface)
		t := s.p.Info.TypeOf(arg)
		if !ok || !iface.Empty() || t == nil {
			continue
		}
		methods := types.NewMethodSet(t)
		for i := range methods.Len() {
			m, ok := methods.At(i).Obj().(*types.Func)
			if !ok || !m.Exported() {
				continue
			}
			if key := s.own(m); key != "" {
				s.out.Uses = append(s.out.Uses, Use{Key: key, Place: s.place(call.Pos()), Why: "may be served by " + fn.Pkg().Path() + ", as registered at", Mend: ownMethod})
			}
		}
	}
}

// pragmas notes functions that a comment binds to something outside Go.
func (s *summarizer) pragmas(f *find.File) {
	for _, group := range f.Syntax.Comments {
		for _, c := range group.List {
			for _, prefix := range []string{"//go:linkname ", "//export "} {
				rest, ok := strings.CutPrefix(c.Text, prefix)
				if !ok {
					continue
				}
				for _, name := range strings.Fields(rest) {
					why := "is named by " + strings.TrimSpace(prefix) + " at"
					if strings.Contains(name, ".") { // of another package: its path and name are the key
						s.out.Uses = append(s.out.Uses, Use{Key: name, Place: s.place(c.Pos()), Why: why})
						continue
					}
					if fn, ok := s.p.Types.Scope().Lookup(name).(*types.Func); ok {
						s.out.Uses = append(s.out.Uses, Use{Key: keyOf(fn), Place: s.place(c.Pos()), Why: why})
					}
				}
			}
		}
	}
}

// foreign notes the methods of the interfaces that imported packages declare: they
// may look for them in any value that they are given.
func (s *summarizer) foreign() {
	s.out.Foreign = map[string]string{}
	for _, pkg := range s.p.Types.Imports() {
		if s.p.Own(pkg.Path()) || !pkg.Complete() {
			continue
		}
		for _, name := range pkg.Scope().Names() {
			obj, ok := pkg.Scope().Lookup(name).(*types.TypeName)
			if !ok || !obj.Exported() {
				continue
			}
			iface, ok := obj.Type().Underlying().(*types.Interface)
			if !ok {
				continue
			}
			for i := range iface.NumMethods() {
				m := iface.Method(i)
				if key := m.Name() + " " + signature(m); s.out.Foreign[key] == "" {
					s.out.Foreign[key] = pkg.Name() + "." + name
				}
			}
		}
	}
}
