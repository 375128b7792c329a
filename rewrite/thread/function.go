package thread

import (
	"go/ast"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// declarations adds the functions and interface methods of a file.
func (s *summarizer) declarations(f *find.File) {
	for _, d := range f.Syntax.Decls {
		if d, ok := d.(*ast.FuncDecl); ok {
			s.function(f, d)
		}
	}
	ast.Inspect(f.Syntax, func(n ast.Node) bool {
		if iface, ok := n.(*ast.InterfaceType); ok {
			for _, m := range iface.Methods.List {
				if _, ok := m.Type.(*ast.FuncType); ok && len(m.Names) == 1 {
					s.method(f, iface, m)
				}
			}
		}
		return true
	})
}

func (s *summarizer) function(f *find.File, d *ast.FuncDecl) {
	fn, ok := s.p.Info.Defs[d.Name].(*types.Func)
	if !ok || d.Name.Name == "_" { // nobody can call one without a name
		return
	}
	key := keyOf(fn)
	out := &Func{Key: key, Name: find.FuncName(d), Place: s.place(d.Name.Pos()), Pkg: s.p.Types.Path(), Test: isTest(f.Path), Sig: signature(fn), Calls: s.onlyCalled(d)}
	out.API, out.Plain = s.isAPI(fn), isPlain(d)
	out.Root = s.root(d, fn, f)
	switch {
	case d.Body == nil:
		out.Fixed = "has no body in Go"
	case f.Reason != "":
		out.Fixed = "stands in a file that is not edited: " + f.Reason + s.generator(f)
	}
	out.Holder, out.Lost = s.holder(d)
	out.Blank = s.blank(d.Type)
	s.out.Funcs = append(s.out.Funcs, out)
}

// holder reports whether a function has a parameter with a request's context, and
// where it replaces that.
func (s *summarizer) holder(d *ast.FuncDecl) (is bool, lost Place) {
	for _, field := range d.Type.Params.List {
		for _, id := range field.Names {
			v, ok := s.p.Info.Defs[id].(*types.Var)
			if !ok || id.Name == "_" || !s.scope.IsHolder(v) {
				continue
			}
			is = true
			if e := s.scope.Replaced(v); e != nil {
				lost = s.place(e.Pos())
			}
		}
	}
	return is, lost
}

func (s *summarizer) method(f *find.File, iface *ast.InterfaceType, m *ast.Field) {
	fn, ok := s.p.Info.Defs[m.Names[0]].(*types.Func)
	if !ok {
		return
	}
	name, api := "interface", !s.p.Main && !s.p.Internal && !s.isInBody(iface)
	if spec, ok := s.scope.Parents[iface].(*ast.TypeSpec); ok && !spec.Assign.IsValid() {
		name, api = spec.Name.Name, s.isAPI(fn) && spec.Name.IsExported()
	}
	out := &Func{Key: keyOf(fn), Name: name + "." + m.Names[0].Name, Place: s.place(m.Names[0].Pos()), Pkg: s.p.Types.Path(), Test: isTest(f.Path), Sig: signature(fn), Iface: true, API: api}
	if f.Reason != "" {
		out.Fixed = "stands in a file that is not edited: " + f.Reason + s.generator(f)
	}
	s.out.Funcs = append(s.out.Funcs, out)
}

// isInBody reports whether a node stands in the body of a function, where other
// modules have nothing to do with it.
func (s *summarizer) isInBody(n ast.Node) bool {
	for ; n != nil; n = s.scope.Parents[n] {
		if _, ok := n.(*ast.BlockStmt); ok {
			return true
		}
	}
	return false
}

func isTest(file string) bool { return strings.HasSuffix(file, "_test.go") }

// signature writes a function's type in a way that two packages agree on, without
// the names of parameters.
func signature(fn *types.Func) string {
	unnamed := func(t *types.Tuple) *types.Tuple {
		var vars []*types.Var
		for v := range t.Variables() {
			vars = append(vars, types.NewVar(token.NoPos, nil, "", v.Type()))
		}
		return types.NewTuple(vars...)
	}
	sig := fn.Signature()
	return types.TypeString(types.NewSignatureType(nil, nil, nil, unnamed(sig.Params()), unnamed(sig.Results()), sig.Variadic()), nil)
}

// isAPI reports whether other modules can call a function.
func (s *summarizer) isAPI(fn *types.Func) bool {
	if s.p.Main || s.p.Internal || !fn.Exported() {
		return false
	}
	if recv := fn.Signature().Recv(); recv != nil {
		if named := rules.Named(recv.Type()); named != nil {
			return named.Obj().Exported()
		}
	}
	return true
}

// root says why a function is where contexts begin, or "".
func (s *summarizer) root(d *ast.FuncDecl, fn *types.Func, f *find.File) string {
	switch {
	case d.Recv != nil:
	case d.Name.Name == "init":
		return "init runs before there is a request"
	case d.Name.Name == "main" && s.p.Types.Name() == "main":
		return "main runs before there is a request"
	case isTest(f.Path) && isTestName(d.Name.Name):
		return d.Name.Name + " is called by go test"
	}
	return ""
}

func isTestName(name string) bool {
	for _, prefix := range []string{"Test", "Benchmark", "Fuzz", "Example"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// generator names the command that makes a generated file, where a go:generate line
// of the package mentions the file, or else what the file says of itself.
func (s *summarizer) generator(f *find.File) string {
	if !find.IsGenerated(f.Src) {
		return ""
	}
	for _, file := range s.p.Files {
		for line := range strings.Lines(string(file.Src)) {
			if cmd, ok := strings.CutPrefix(line, "//go:generate "); ok && strings.Contains(cmd, filepath.Base(f.Path)) {
				return " (" + strings.TrimSpace(cmd) + ")"
			}
		}
	}
	for line := range strings.Lines(string(f.Src)) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), "// Code generated by "); ok {
			return " (" + strings.TrimRight(strings.TrimSuffix(strings.TrimSpace(rest), "DO NOT EDIT."), " .;") + ")"
		}
	}
	return ""
}

// isPlain reports whether a function's receiver and parameters all have names.
func isPlain(d *ast.FuncDecl) bool {
	for _, list := range []*ast.FieldList{d.Recv, d.Type.Params} {
		if list == nil {
			continue
		}
		for _, field := range list.List {
			if isBlank(field) || slices.ContainsFunc(field.Names, func(id *ast.Ident) bool { return id.Name == "_" }) {
				return false
			}
		}
	}
	return true
}
