package find

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// Survey is what the decisions about one package need to know of the whole
// program. It is read from syntax alone, so that no package is type-checked for
// it; where names could mislead, they mislead towards leaving a site alone.
type Survey struct {
	Handlers []string                // places that give requests segments by hand, file:line
	AWS      []string                // places that instrument AWS clients or configurations by hand
	Methods  map[string]string       // methods of test doubles: name to file:line
	Asserts  []string                // places that look behind a client's Transport
	Drivers  []string                // places that look behind a database's driver
	Defaults []string                // places that change http.DefaultClient
	Served   []string                // places that look behind a server's Handler
	Options  []string                // places that mention the API options of an AWS configuration or client
	Hooks    map[rules.Kind][]string // places that trace a library by hand
	Values   []string                // places that ask a context for a value whose key may be a string, or for its type
	Started  map[string]bool         // functions that goroutines hand a request or its context, by name
	Counts   map[string]string       // tests that count goroutines, by their folder
	Bare     []Bare                  // tests that make a framework's context without a request
	Makers   []Maker                 // functions that do, and return it
}

// byHand maps the SDK's functions to the list that notes their use.
var byHand = map[string]string{
	"UnaryServerInterceptor": "grpc",
	"Handler":                "handler", "HandlerWithContext": "handler", "HttpTrace": "handler", "NewFastHTTPInstrumentor": "handler", "NewSegmentFromHeader": "handler",
	"BeginSegment": "router", "BeginSegmentWithSampling": "router",
	"AWSV2Instrumentor": "aws", "AppendMiddlewares": "aws", "AWS": "aws", "AWSSession": "aws", "AWSWithWhitelist": "aws", "AWSSessionWithWhitelist": "aws",
}

// Merge adds what another survey says, of files that come later.
func (s *Survey) Merge(o *Survey) {
	s.Handlers = append(s.Handlers, o.Handlers...)
	s.AWS = append(s.AWS, o.AWS...)
	s.Asserts = append(s.Asserts, o.Asserts...)
	s.Drivers = append(s.Drivers, o.Drivers...)
	s.Defaults = append(s.Defaults, o.Defaults...)
	s.Served = append(s.Served, o.Served...)
	s.Options = append(s.Options, o.Options...)
	s.Values = append(s.Values, o.Values...)
	s.Bare = append(s.Bare, o.Bare...)
	s.Makers = append(s.Makers, o.Makers...)
	for kind, places := range o.Hooks {
		put(&s.Hooks, kind, append(s.Hooks[kind], places...))
	}
	for name, at := range o.Methods {
		if s.Methods[name] == "" {
			put(&s.Methods, name, at)
		}
	}
	for name := range o.Started {
		put(&s.Started, name, true)
	}
	for dir, at := range o.Counts {
		put(&s.Counts, dir, at)
	}
}

func put[K comparable, V any](m *map[K]V, key K, value V) {
	if *m == nil {
		*m = map[K]V{}
	}
	(*m)[key] = value
}

// Add reads one file of the program, which may be a test. name is what places
// are called by. A file that the tool itself made must not be added.
func (s *Survey) Add(name string, src []byte) {
	text := string(src)
	isTest := strings.HasSuffix(name, "_test.go")
	interesting := strings.Contains(text, rules.SDKv1) || strings.Contains(text, ".APIOptions") || strings.Contains(text, ".Transport") || strings.Contains(text, ".Handler") || strings.Contains(text, "http.Client{") || strings.Contains(text, "DefaultClient") || strings.Contains(text, ".Raw(") ||
		strings.Contains(text, ".Driver()") || strings.Contains(text, "stdlib.AcquireConn") || strings.Contains(text, "pgdriver.") || strings.Contains(text, "iface") || strings.Contains(text, restyPath) || mayMakeBare(text) || mayAsk(text) || !isTest && mayStart(text) || strings.Contains(text, "xray") || isTest && (strings.Contains(text, "aws-sdk-go/service") || mayCount(text))
	if !interesting {
		return
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, src, parser.SkipObjectResolution)
	if err != nil {
		return
	}
	at := func(n ast.Node) string {
		return filepath.ToSlash(name) + ":" + strconv.Itoa(fset.PositionFor(n.Pos(), false).Line)
	}
	if mayAsk(text) {
		s.asked(f, at)
	}
	if mayMakeBare(text) {
		s.bares(filepath.ToSlash(name), f, at)
	}
	if !isTest && mayStart(text) {
		s.started(f)
	}
	if isTest {
		s.counts(filepath.ToSlash(name), f, at)
	}
	doubles := strings.Contains(text, "iface") || strings.Contains(text, "aws-sdk-go/service")
	resty := importsPath(f, restyPath)
	s.routed(f, isTest, at)
	sdk, plainSQL := sdkNames(f), importsPath(f, "database/sql") && !strings.Contains(text, "gorm.io/")
	broker := len(sdk) > 0 && usesBroker(f)
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if doubles {
				s.method(n, at)
			}
			if resty {
				s.lateTransports(n, at)
			}
			if len(sdk) > 0 && !isTest {
				s.hookMethod(n, at)
			}
			if !isTest {
				s.serverInterceptors(n.Type, n.Body, sdk, at)
			}
		case *ast.FuncLit:
			if !isTest {
				s.serverInterceptors(n.Type, n.Body, sdk, at)
			}
		case *ast.CallExpr:
			if !isTest {
				s.handCall(n, sdk, isRouted(f), at)
			}
			if len(sdk) > 0 && !isTest {
				s.hookCall(n, at)
			}
			s.looksBehind(n, plainSQL, at)
			s.compared(n, at)
		case *ast.CompositeLit:
			if len(sdk) > 0 && !isTest {
				s.hookLiteral(n, at)
			}
		case *ast.AssignStmt:
			s.changed(n, at)
		case *ast.TypeAssertExpr:
			s.asserted(n.X, at)
		case *ast.SelectorExpr:
			if broker && !isTest {
				s.hookHeader(n, at)
			}
			if n.Sel.Name == "APIOptions" && !isTest {
				s.Options = append(s.Options, at(n))
			}
		}
		return true
	})
}

// sdkNames returns the names under which a file imports the SDK's packages.
func sdkNames(f *ast.File) map[string]bool {
	names := map[string]bool{}
	for _, spec := range f.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil || !rules.IsSDK(path) {
			continue
		}
		name := path[strings.LastIndexByte(path, '/')+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = true
	}
	return names
}

func (s *Survey) handCall(call *ast.CallExpr, sdk map[string]bool, routed bool, at func(ast.Node) string) {
	switch kind := byHand[sdkCall(call, sdk)]; {
	case kind == "handler", kind == "router" && routed:
		s.Handlers = append(s.Handlers, at(call))
	case kind == "aws":
		s.AWS = append(s.AWS, at(call))
	case kind == "grpc":
		s.hook(rules.GRPCServer, at(call))
	}
}

// sdkCall returns the name of the SDK's function that a call names, or "". sdk are
// the names of the SDK's packages.
func sdkCall(call *ast.CallExpr, sdk map[string]bool) string {
	switch fun := call.Fun.(type) {
	case *ast.SelectorExpr:
		if id, ok := fun.X.(*ast.Ident); ok && sdk[id.Name] {
			return fun.Sel.Name
		}
	case *ast.Ident:
		if sdk["."] {
			return fun.Name
		}
	}
	return ""
}

// method notes a method that a test double may override.
func (s *Survey) method(fn *ast.FuncDecl, at func(ast.Node) string) {
	if fn.Recv == nil {
		return
	}
	if s.Methods == nil {
		s.Methods = map[string]string{}
	}
	if s.Methods[fn.Name.Name] == "" {
		s.Methods[fn.Name.Name] = at(fn)
	}
}

// asserted notes a place that looks at what a client's Transport or a server's
// Handler is.
func (s *Survey) asserted(e ast.Expr, at func(ast.Node) string) {
	sel, ok := e.(*ast.SelectorExpr)
	switch {
	case !ok:
	case sel.Sel.Name == "Transport":
		s.Asserts = append(s.Asserts, at(e))
	case sel.Sel.Name == "Handler":
		s.Served = append(s.Served, at(e))
	}
}

// compared notes comparisons, as tests make them, of a whole client or of a
// Transport or Handler with what is expected.
func (s *Survey) compared(call *ast.CallExpr, at func(ast.Node) string) {
	id := scope.NameOf(ast.Unparen(call.Fun))
	if id == nil {
		return
	}
	switch id.Name {
	case "Equal", "EqualValues", "Exactly", "Same", "IsType", "Nil", "DeepEqual", "Diff":
	default:
		return
	}
	for _, a := range call.Args {
		s.asserted(a, at)
		ast.Inspect(a, func(n ast.Node) bool {
			if lit, ok := n.(*ast.CompositeLit); ok && lit.Type != nil {
				if sel, ok := lit.Type.(*ast.SelectorExpr); ok && sel.Sel.Name == "Client" && scope.IdentOf(sel.X) != nil && scope.IdentOf(sel.X).Name == "http" {
					s.Asserts = append(s.Asserts, at(lit))
				}
			}
			return true
		})
	}
}

// assertsDriver are functions of drivers that want a database's driver to be theirs.
var assertsDriver = map[string]bool{"stdlib.AcquireConn": true, "pgdriver.NewListener": true, "pgdriver.CopyFrom": true, "pgdriver.CopyTo": true}

// looksBehind notes calls that reach a database's driver past its interface.
func (s *Survey) looksBehind(call *ast.CallExpr, plainSQL bool, at func(ast.Node) string) {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return
	}
	switch {
	case assertsDriver[types.ExprString(sel)]:
		s.Drivers = append(s.Drivers, at(call))
	case sel.Sel.Name == "Driver" && len(call.Args) == 0:
		s.Drivers = append(s.Drivers, at(call))
	case sel.Sel.Name == "Raw" && len(call.Args) == 1:
		switch call.Args[0].(type) {
		case *ast.FuncLit:
			s.Drivers = append(s.Drivers, at(call))
		case *ast.Ident, *ast.SelectorExpr: // a function, unless it is another library's Raw
			if plainSQL {
				s.Drivers = append(s.Drivers, at(call))
			}
		}
	}
}
