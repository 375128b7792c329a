package thread

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/types/typeutil"
	"golang.org/x/tools/refactor/satisfy"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// Package is a type-checked package to be summarized.
type Package struct {
	*find.Package
	Main     bool
	Internal bool                   // other modules cannot import it
	Skip     func(file string) bool // files whose content another summary has
	Own      func(path string) bool // packages of the program
	Sites    []*find.Site
}

type summarizer struct {
	p     *Package
	scope *scope.Package
	out   *Summary
	files map[*token.File]*find.File
}

// Summarize reduces a package. It must be well-typed.
func Summarize(p *Package) (sum *Summary, err error) {
	defer func() { // package satisfy panics on what it does not expect
		if e := recover(); e != nil {
			err = fmt.Errorf("summarizing %s: %v", p.Types.Path(), e)
		}
	}()
	s := &summarizer{p: p, out: &Summary{}, scope: &scope.Package{Types: p.Types, Info: p.Info, Parents: find.Parents(p.Package)}}
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
			from, via, why := s.around(site.Node)
			s.out.Sinks = append(s.out.Sinks, Sink{From: from, Via: via, Why: why, Place: s.place(site.Pos)})
		}
	}
	s.bindings()
	s.foreign()
	return s.out, nil
}

func (s *summarizer) place(pos token.Pos) Place {
	f := s.p.Fset.File(pos)
	if at := s.p.Fset.Position(pos); strings.HasPrefix(s.fileOf(pos).Reason, "the file uses cgo") { // its generated form points to its source
		return Place{File: at.Filename, Offset: at.Offset, Line: at.Line}
	}
	return Place{File: f.Name(), Offset: f.Offset(pos), Line: f.PositionFor(pos, false).Line}
}

// keyOf names a function of the program across packages, or "" for one that has no
// name: a method of an interface without one.
func keyOf(fn *types.Func) string { return rules.KeyOf(fn.Origin(), nil) }

// own returns the key of a function that the program declares, or "".
func (s *summarizer) own(fn *types.Func) string {
	if fn == nil || fn.Pkg() == nil || !s.p.Own(strings.TrimSuffix(fn.Pkg().Path(), "_test")) {
		return ""
	}
	return keyOf(fn)
}

// declarations adds the functions and interface methods of a file.
func (s *summarizer) declarations(f *find.File) {
	for _, d := range f.Syntax.Decls {
		if d, ok := d.(*ast.FuncDecl); ok {
			s.function(f, d)
		}
	}
	ast.Inspect(f.Syntax, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if iface, ok := spec.Type.(*ast.InterfaceType); ok {
			for _, m := range iface.Methods.List {
				if _, ok := m.Type.(*ast.FuncType); ok && len(m.Names) == 1 {
					s.method(f, spec, m)
				}
			}
		}
		return true
	})
}

func (s *summarizer) function(f *find.File, d *ast.FuncDecl) {
	fn, ok := s.p.Info.Defs[d.Name].(*types.Func)
	if !ok {
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
	if p := contextParam(s.p.Info, d.Type); p != nil && isBlank(p) {
		out.Named = true
	}
	s.out.Funcs = append(s.out.Funcs, out)
}

func (s *summarizer) method(f *find.File, spec *ast.TypeSpec, m *ast.Field) {
	fn, ok := s.p.Info.Defs[m.Names[0]].(*types.Func)
	if !ok {
		return
	}
	out := &Func{Key: keyOf(fn), Name: spec.Name.Name + "." + m.Names[0].Name, Place: s.place(m.Names[0].Pos()), Pkg: s.p.Types.Path(), Test: isTest(f.Path), Sig: signature(fn), Iface: true}
	out.API = s.isAPI(fn) && spec.Name.IsExported()
	if f.Reason != "" {
		out.Fixed = "stands in a file that is not edited: " + f.Reason + s.generator(f)
	}
	s.out.Funcs = append(s.out.Funcs, out)
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

// contextParam returns the field of a function's first parameter of type
// context.Context, or nil.
func contextParam(info *types.Info, t *ast.FuncType) *ast.Field {
	for _, field := range t.Params.List {
		if tt := info.TypeOf(field.Type); tt != nil && match.IsContext(tt) {
			return field
		}
	}
	return nil
}

// isBlank reports whether a parameter has no name that could be used.
func isBlank(field *ast.Field) bool {
	return len(field.Names) == 0 || len(field.Names) == 1 && field.Names[0].Name == "_"
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

// references adds the calls of the program's functions, and other uses of them.
func (s *summarizer) references(f *find.File) {
	called := map[*ast.Ident]bool{}
	ast.Inspect(f.Syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			s.call(n, called)
		case *ast.TypeAssertExpr:
			if n.Type != nil {
				s.asserted(n.Type)
			}
		case *ast.TypeSwitchStmt:
			for _, c := range n.Body.List {
				for _, t := range c.(*ast.CaseClause).List {
					s.asserted(t)
				}
			}
		case *ast.Ident:
			s.use(n, called)
		}
		return true
	})
}

// call adds a call, unless it names a method by its type: T.M(x).
func (s *summarizer) call(call *ast.CallExpr, called map[*ast.Ident]bool) {
	id := calleeIdent(call.Fun)
	fn, ok := s.p.Info.Uses[id].(*types.Func)
	if !ok || id == nil {
		return
	}
	key := s.own(fn)
	if key == "" {
		s.atRunTime(fn, call)
		return
	}
	if sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
		if selection := s.p.Info.Selections[sel]; selection != nil && selection.Kind() == types.MethodExpr {
			return
		}
	}
	called[id] = true
	if reason := s.fileOf(call.Pos()).Reason; reason != "" {
		s.out.Uses = append(s.out.Uses, Use{Key: key, Place: s.place(id.Pos()), Why: "is called in a file that is not edited (" + reason + "), at", Mend: "change that call first"})
	}
	c := Call{To: key, Place: s.place(id.Pos())}
	c.From, c.Via, _ = s.around(call)
	_, c.Has = s.scope.At(call)
	if len(call.Args) == 1 {
		_, c.Multi = s.p.Info.TypeOf(call.Args[0]).(*types.Tuple)
	}
	s.out.Calls = append(s.out.Calls, c)
}

// atRunTime notes what functions of other modules find at run time: methods by their
// name, and types by an interface.
func (s *summarizer) atRunTime(fn *types.Func, call *ast.CallExpr) {
	if fn.Pkg() == nil || len(call.Args) == 0 {
		return
	}
	last := call.Args[len(call.Args)-1]
	switch path := fn.Pkg().Path(); {
	case path == "net/rpc" && strings.HasPrefix(fn.Name(), "Register"):
		methods := types.NewMethodSet(s.p.Info.TypeOf(last))
		for i := range methods.Len() {
			if m, ok := methods.At(i).Obj().(*types.Func); ok && m.Exported() {
				s.out.Uses = append(s.out.Uses, Use{Key: s.own(m), Place: s.place(call.Pos()), Why: "is served by net/rpc, as registered at"})
			}
		}
	case path == "errors" && fn.Name() == "As":
		if ptr, ok := s.p.Info.TypeOf(last).(*types.Pointer); ok {
			s.assertedType(ptr.Elem(), call.Pos())
		}
	case path == "reflect" && fn.Name() == "MethodByName":
		name := ""
		if v := s.p.Info.Types[last].Value; v != nil && v.Kind() == constant.String {
			name = constant.StringVal(v)
		}
		s.out.Reflected = append(s.out.Reflected, Reflected{Name: name, Place: s.place(call.Pos())})
	}
}

// fileOf returns the file that a position lies in.
func (s *summarizer) fileOf(pos token.Pos) *find.File {
	if s.files == nil {
		s.files = map[*token.File]*find.File{}
		for _, f := range s.p.Files {
			s.files[s.p.Fset.File(f.Syntax.FileStart)] = f
		}
	}
	return s.files[s.p.Fset.File(pos)]
}

// calleeIdent returns the identifier that a call names its function by, or nil.
func calleeIdent(fun ast.Expr) *ast.Ident {
	switch fun := ast.Unparen(fun).(type) {
	case *ast.Ident:
		return fun
	case *ast.SelectorExpr:
		return fun.Sel
	case *ast.IndexExpr:
		return calleeIdent(fun.X)
	case *ast.IndexListExpr:
		return calleeIdent(fun.X)
	}
	return nil
}

// use notes a function that is mentioned and not called: its type must stay.
func (s *summarizer) use(id *ast.Ident, called map[*ast.Ident]bool) {
	if called[id] {
		return
	}
	fn, ok := s.p.Info.Uses[id].(*types.Func)
	if !ok {
		return
	}
	if key := s.own(fn); key != "" {
		s.out.Uses = append(s.out.Uses, Use{Key: key, Place: s.place(id.Pos()), Why: "is used as a value at", Mend: "call it there in a function literal that has a context"})
	}
}

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
	for i := range iface.NumMethods() {
		m := iface.Method(i)
		s.out.Asserts = append(s.out.Asserts, Assert{Key: s.own(m), Name: m.Name(), Sig: signature(m), Place: s.place(pos)})
	}
}

// around returns the key of the function declaration whose parameters can be used
// at a node, the literals in between that are given to functions of the program,
// and otherwise why there is none.
func (s *summarizer) around(n ast.Node) (key string, via []Via, why string) {
	for ; n != nil; n = s.scope.Parents[n] {
		switch d := n.(type) {
		case *ast.FuncLit:
			v, ok := s.literal(d)
			if !ok {
				return "", nil, "it stands in a function that is kept and called later"
			}
			via = append(via, v...)
		case *ast.FuncDecl:
			if fn, ok := s.p.Info.Defs[d.Name].(*types.Func); ok {
				return keyOf(fn), via, ""
			}
			return "", nil, ""
		}
	}
	return "", nil, "it runs when the package is initialised"
}

// literal reports whether a function literal runs while the function around it
// does, or in a goroutine that this one starts; and if that depends on a function
// of the program which it is given to, on which.
func (s *summarizer) literal(lit *ast.FuncLit) ([]Via, bool) {
	var e ast.Node = lit
	for {
		paren, ok := s.scope.Parents[e].(*ast.ParenExpr)
		if !ok {
			break
		}
		e = paren
	}
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
			s.out.Uses = append(s.out.Uses, Use{Key: from, Why: "is bound to " + foreignName(fn)})
		case from == "":
			s.out.Uses = append(s.out.Uses, Use{Key: to, Why: "implements " + ifaceName(lhs, m), Mend: "let it call a method of its own that takes a context"})
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
	if named := rules.Named(t); named != nil && named.Obj().Pkg() != nil {
		return named.Obj().Pkg().Name() + "." + named.Obj().Name()
	}
	if m.Pkg() != nil {
		if recv := rules.Named(m.Signature().Recv().Type()); recv != nil {
			return m.Pkg().Name() + "." + recv.Obj().Name()
		}
	}
	return "an interface without a name"
}
