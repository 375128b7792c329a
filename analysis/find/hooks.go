package find

import (
	"go/ast"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// hookMethods are the methods by which a library knows a hook, with its kind. In a
// file that imports the SDK, one of them is a hook that traces.
var hookMethods = map[string]rules.Kind{"ProcessHook": rules.Redis, "BeforeProcess": rules.Redis, "OnProduceRecordBuffered": rules.Messaging, "TraceQueryStart": rules.SQLOpen}

// hookMethod notes a method of a hook that the program has for tracing a library.
func (s *Survey) hookMethod(fn *ast.FuncDecl, at func(ast.Node) string) {
	if kind, ok := hookMethods[fn.Name.Name]; ok && fn.Recv != nil {
		s.hook(kind, at(fn))
	}
}

// hookCall notes a call by which the program registers callbacks of gorm.
func (s *Survey) hookCall(call *ast.CallExpr, at func(ast.Node) string) {
	if sel, ok := call.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Callback" && len(call.Args) == 0 {
		s.hook(rules.SQLCall, at(call))
	}
}

// hookLiteral notes a literal of the type by which the MongoDB driver knows a
// monitor.
func (s *Survey) hookLiteral(lit *ast.CompositeLit, at func(ast.Node) string) {
	if id := scope.NameOf(lit.Type); id != nil && id.Name == "CommandMonitor" {
		s.hook(rules.Mongo, at(lit))
	}
}

// hookHeader notes the trace header's name in a file that uses a message broker.
func (s *Survey) hookHeader(sel *ast.SelectorExpr, at func(ast.Node) string) {
	if sel.Sel.Name == "TraceIDHeaderKey" {
		s.hook(rules.Messaging, at(sel))
	}
}

// brokers are the libraries of message brokers, by the beginning of their paths.
var brokers = []string{"github.com/IBM/sarama", "github.com/Shopify/sarama", "github.com/segmentio/kafka-go", "github.com/twmb/franz-go"}

// usesBroker reports whether a file imports the library of a message broker.
func usesBroker(f *ast.File) bool {
	for _, spec := range f.Imports {
		for _, path := range brokers {
			if strings.HasPrefix(strings.Trim(spec.Path.Value, "`\""), path) {
				return true
			}
		}
	}
	return false
}

func (s *Survey) hook(kind rules.Kind, at string) {
	if s.Hooks == nil {
		s.Hooks = map[rules.Kind][]string{}
	}
	s.Hooks[kind] = append(s.Hooks[kind], at)
}

// unhooked: the program has no hook of its own that traces a library. With two of
// them, each call would be recorded twice.
func unhooked(kind rules.Kind) guard {
	return func(f *finder, _ *Site) (Status, string) {
		if hands := f.survey().Hooks[kind]; len(hands) > 0 {
			return Already, "its calls are traced by hand at " + hands[0]
		}
		return Traceable, ""
	}
}

// uncaptured: the call is not what a function given to the SDK's Capture is about.
func uncaptured(f *finder, s *Site) (Status, string) {
	for n := f.parents[s.Node]; n != nil; n = f.parents[n] {
		lit, ok := n.(*ast.FuncLit)
		if !ok {
			continue
		}
		call, ok := f.parents[lit].(*ast.CallExpr)
		if ok && len(lit.Body.List) <= 2 && (f.isSDK(call, "Capture") || f.isSDK(call, "CaptureAsync")) {
			return Already, "it is captured by hand"
		}
		break
	}
	return Traceable, ""
}
