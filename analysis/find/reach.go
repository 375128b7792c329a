package find

import (
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// reach notes the functions that take a context and carry it to a traced call, by
// themselves or by way of others of the program.
func (f *finder) reach() {
	calls := map[string][]*types.Func{}
	f.eachFunc(func(d *ast.FuncDecl, fn *types.Func) {
		if !takesContext(fn) {
			return
		}
		key := rules.KeyOf(fn, nil)
		ast.Inspect(d.Body, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			switch to := f.carried(call); {
			case f.isTraceable(call), to != nil && f.carriesTrace(to):
				f.facts.reaches(key)
			case to != nil && to.Pkg() == f.p.Types, to == nil && f.handsOn(call):
				calls[key] = append(calls[key], f.callee(call))
			}
			return true
		})
	})
	for grown := true; grown; {
		grown = false
		for key, list := range calls {
			if slices.ContainsFunc(list, f.carriesTrace) {
				grown = f.facts.reaches(key) || grown
			}
		}
	}
}

// isTraceable reports whether some idiom describes a call, and a context is in
// reach of it.
func (f *finder) isTraceable(call *ast.CallExpr) bool {
	for _, m := range f.m.At(f.unit, call) {
		switch m.Idiom.Kind {
		case rules.SQLOpen, rules.AWSConfig, rules.InboundHTTP, rules.Lambda, rules.GRPCServer, rules.GRPCClient:
			continue // what is made there is traced when it is used
		}
		if h := m.Holes["ctx"]; h != nil && m.Traced {
			return !slices.ContainsFunc(h.Exprs, func(e ast.Expr) bool { return f.root(e) != nil }) || f.givesWay(call, m.Idiom.Kind)
		}
		if opensContext(m.Idiom) && !m.Traced {
			_, ok := f.scope.Reach(call)
			return ok
		}
	}
	return false
}

// handsOn reports whether a call gives a function of the package a root context that gives
// way.
func (f *finder) handsOn(call *ast.CallExpr) bool {
	to := f.callee(call)
	return to != nil && to.Pkg() == f.p.Types && takesContext(to) && !isEnding(to.Name()) && f.givesWay(call, rules.Custom)
}

// givesWay reports whether a root context that a call is given gives way to the one in
// reach.
func (f *finder) givesWay(call *ast.CallExpr, kind rules.Kind) bool {
	_, ok := f.scope.Reach(call)
	return ok && f.view.Rules.Has(RootContext, kind)
}

// carried returns the function that a call gives a context to, other than a root,
// or nil.
func (f *finder) carried(call *ast.CallExpr) *types.Func {
	fn := f.callee(call)
	if fn == nil || fn.Pkg() == nil {
		return nil
	}
	for _, a := range call.Args {
		if t := f.p.Info.TypeOf(a); t != nil && match.IsContext(t) && f.root(a) == nil {
			return fn
		}
	}
	return nil
}

// callee returns the function that a call names, instantiated or not, or nil.
func (f *finder) callee(call *ast.CallExpr) *types.Func {
	fn, _ := typeutil.Callee(f.p.Info, call).(*types.Func)
	return fn
}

// carriesTrace reports whether a function that takes a context carries a trace on:
// it is a library's of the catalog, or the program's own and reaches a traced call.
// What stands behind an interface of the program is taken to.
func (f *finder) carriesTrace(fn *types.Func) bool {
	if fn == nil || fn.Pkg() == nil || fn.Pkg().Path() == "context" {
		return false
	}
	own := fn.Pkg() == f.p.Types || f.view.IsOwn(fn.Pkg().Path())
	if own {
		if recv := fn.Signature().Recv(); recv != nil && types.IsInterface(recv.Type()) {
			return takesContext(fn)
		}
		facts := f.facts
		if fn.Pkg() != f.p.Types {
			if f.view.Facts == nil {
				return false
			}
			facts = f.view.Facts(fn.Pkg())
		}
		return facts.hasReach(rules.KeyOf(fn, nil))
	}
	if kind, ok := f.calleeKind(fn); ok {
		return kind != rules.Custom
	}
	return f.isLibrary(fn.Pkg().Path()) && !isEnding(fn.Name()) && !slices.Contains(receiving[fn.Pkg().Path()], fn.Name())
}

// receiving are functions that wait for messages, for as long as the process lives:
// each message is an item by itself, in the trace of the one who sent it. A segment
// around them would take the messages in.
var receiving = map[string][]string{
	"github.com/IBM/sarama":            {"Consume"},
	"github.com/Shopify/sarama":        {"Consume"},
	"github.com/segmentio/kafka-go":    {"FetchMessage", "ReadMessage"},
	"github.com/twmb/franz-go/pkg/kgo": {"PollFetches", "PollRecords"},
}

// isLibrary reports whether the catalog traces a package's calls by what the
// package's clients are made with.
func (f *finder) isLibrary(path string) bool {
	if path == "net/http" || common[path] {
		return false
	}
	if f.view.Filter == nil {
		f.view.Filter = NewFilter(f.m.Catalog)
	}
	return f.view.Filter.paths[path] && !rules.IsSDK(path)
}
