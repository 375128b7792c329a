package work

import (
	"go/ast"
	"go/types"
	"iter"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// schedulers are the functions and methods that run what they are given later or
// over and over, by the path of their module, without its major version.
var schedulers = map[string][]string{
	"time":                                 {"AfterFunc"},
	"github.com/robfig/cron":               {"AddFunc", "FuncJob"},
	"gopkg.in/robfig/cron":                 {"AddFunc", "FuncJob"},
	"github.com/netresearch/go-cron":       {"AddFunc", "FuncJob"},
	"github.com/go-co-op/gocron":           {"Do", "DoWithJobDetails", "NewTask"},
	"github.com/jasonlvhit/gocron":         {"Do"},
	"github.com/roylee0704/gron":           {"AddFunc"},
	"github.com/mileusna/crontab":          {"AddJob", "MustAddJob"},
	"github.com/bamzi/jobrunner":           {"Func"},
	"github.com/reugn/go-quartz/job":       {"NewFunctionJob", "NewFunctionJobWithDesc"},
	"github.com/adhocore/gronx/pkg/tasker": {"Task"},
}

// isScheduled reports whether a function literal is given to a scheduler.
func (f *finder) isScheduled(lit *ast.FuncLit) bool {
	e := f.p.Parenthesized(lit)
	call, ok := f.p.Parents[e].(*ast.CallExpr)
	return ok && call.Fun != e && f.schedules(call)
}

// schedules reports whether a call hands a function to a scheduler, or converts one
// to a scheduler's type.
func (f *finder) schedules(call *ast.CallExpr) bool {
	id := scope.NameOf(ast.Unparen(call.Fun))
	if id == nil {
		return false
	}
	obj := f.p.Info.Uses[id]
	if obj == nil || obj.Pkg() == nil {
		return false
	}
	for _, name := range schedulers[withoutMajor(obj.Pkg().Path())] {
		if name == obj.Name() {
			return true
		}
	}
	return false
}

// withoutMajor returns an import path without the major version at its end.
func withoutMajor(path string) string {
	for _, sep := range []string{"/v", ".v"} {
		if i := strings.LastIndex(path, sep); i > 0 && strings.Trim(path[i+2:], "0123456789") == "" && i+2 < len(path) {
			return path[:i]
		}
	}
	return path
}

// isJob reports whether a function is only ever given to schedulers, as far as can
// be told from its package.
func (f *finder) isJob(d *ast.FuncDecl) bool {
	fn, ok := f.p.Info.Defs[d.Name].(*types.Func)
	if !ok || fn.Exported() && f.p.Types.Name() != "main" {
		return false
	}
	uses := f.p.Uses(fn)
	for _, id := range uses {
		e := ast.Node(id)
		if sel, ok := f.p.Parents[e].(*ast.SelectorExpr); ok {
			e = sel
		}
		call, ok := f.p.Parents[e].(*ast.CallExpr)
		if !ok || call.Fun == e || !f.schedules(call) && !f.handsOut(call, fn.Signature()) || f.inRequest(call) {
			return false
		}
	}
	return len(uses) > 0
}

// inRequest reports whether a node stands in a function that serves a request, or
// in a test.
func (f *finder) inRequest(n ast.Node) bool {
	for t := range f.functions(n) {
		for _, field := range t.Params.List {
			if f.isRequest(f.p.Info.TypeOf(field.Type)) {
				return true
			}
		}
	}
	return false
}

// functions gives the types of the functions around a node, innermost first.
func (f *finder) functions(n ast.Node) iter.Seq[*ast.FuncType] {
	return func(yield func(*ast.FuncType) bool) {
		for ; n != nil; n = f.p.Parents[n] {
			var t *ast.FuncType
			switch d := n.(type) {
			case *ast.FuncLit:
				t = d.Type
			case *ast.FuncDecl:
				t = d.Type
			}
			if t != nil && !yield(t) {
				return
			}
		}
	}
}

// isRequest reports whether a parameter's type is that of a request: it has the
// request's context or writes its answer.
func (f *finder) isRequest(t types.Type) bool {
	if t != nil && f.p.Carrier != nil && f.p.Carrier(t) != nil {
		return !f.p.IsWork(t)
	}
	named := rules.Named(t)
	if named == nil || named.Obj().Pkg() == nil {
		return false
	}
	switch path := withoutMajor(named.Obj().Pkg().Path()); path {
	case "github.com/spf13/cobra", "github.com/urfave/cli": // a command's
		return false
	case "testing", "github.com/gin-gonic/gin", "github.com/gofiber/fiber", "github.com/valyala/fasthttp":
		return true
	case "net/http":
		return named.Obj().Name() == "Request" || named.Obj().Name() == "ResponseWriter"
	case "context", "os/signal", "github.com/twmb/franz-go/pkg/kgo": // a client's lasts as long as the client
		return false
	}
	for _, name := range []string{"Context", "Request"} {
		obj, _, _ := types.LookupFieldOrMethod(t, true, nil, name)
		fn, ok := obj.(*types.Func)
		if !ok || fn.Signature().Params().Len() != 0 || fn.Signature().Results().Len() != 1 {
			continue
		}
		if res := rules.Named(fn.Signature().Results().At(0).Type()); res != nil && res.Obj().Pkg() != nil {
			if p := res.Obj().Pkg().Path() + "." + res.Obj().Name(); p == "context.Context" || p == "net/http.Request" {
				return true
			}
		}
	}
	return false
}

// callee returns the function that a call names, or nil.
func (f *finder) callee(call *ast.CallExpr) *types.Func {
	id := scope.NameOf(ast.Unparen(call.Fun))
	if id == nil {
		return nil
	}
	fn, _ := f.p.Info.Uses[id].(*types.Func)
	return fn
}

func isFunc(fn *types.Func, path, name string) bool {
	return fn != nil && fn.Pkg() != nil && fn.Pkg().Path() == path && fn.Name() == name
}

// fresh returns the first of names that is not taken, with a number if all are.
func fresh(taken map[string]bool, names ...string) string {
	for _, name := range names {
		if !taken[name] {
			return name
		}
	}
	last := names[len(names)-1]
	for i := '2'; ; i++ {
		if name := last + string(i); !taken[name] {
			return name
		}
	}
}
