package misuse

import (
	"go/ast"
	"go/token"
	"go/types"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/tools/go/types/typeutil"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// The packages whose calls the rules are about, as keys spell them.
const (
	xrayPath   = rules.SDKv1 + "/xray"
	awsv2Path  = rules.SDKv1 + "/instrumentation/awsv2"
	grpcPath   = "google.golang.org/grpc"
	lambdaPath = "github.com/aws/aws-lambda-go/lambda"
)

// xrayFunc returns the key of a function of the SDK's package xray, of either
// major.
func xrayFunc(name string) string { return rules.Key(xrayPath, "", name) }

// segmentMethod returns the key of a method of a segment.
func segmentMethod(name string) string { return rules.Key(xrayPath, "Segment", name) }

// support returns the key of a function of the tool's support file.
func support(name string) string { return rules.Key(rules.SupportPackage, "", name) }

// index notes the calls of the functions that the rules are about.
func (c *checker) index() {
	c.calls = map[string][]*ast.CallExpr{}
	for _, f := range c.files() {
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if key := c.key(call); isIndexed(key) {
					c.calls[key] = append(c.calls[key], call)
				}
			}
			return true
		})
	}
}

func isIndexed(key string) bool {
	for _, path := range []string{rules.SDKv1, grpcPath, lambdaPath, "net/http", rules.SupportPackage} {
		if strings.HasPrefix(key, path) {
			return true
		}
	}
	return false
}

// key returns the key of the function that a call calls, or "".
func (c *checker) key(call *ast.CallExpr) string {
	return rules.KeyOf(typeutil.Callee(c.p.Info, call), c.p.SupportName)
}

// callOf returns the call of one of some functions that e is, or nil.
func (c *checker) callOf(e ast.Expr, keys ...string) *ast.CallExpr {
	if e == nil {
		return nil
	}
	call, ok := ast.Unparen(e).(*ast.CallExpr)
	if !ok {
		return nil
	}
	key := c.key(call)
	for _, k := range keys {
		if k == key {
			return call
		}
	}
	return nil
}

// all returns the calls of some functions in source order.
func (c *checker) all(keys ...string) []*ast.CallExpr {
	var list []*ast.CallExpr
	for _, k := range keys {
		list = append(list, c.calls[k]...)
	}
	sort.SliceStable(list, func(i, j int) bool { return c.less(list[i].Pos(), list[j].Pos()) })
	return list
}

// isNil reports whether an expression is the predeclared nil.
func (c *checker) isNil(e ast.Expr) bool { return c.p.Info.Types[e].IsNil() }

// object returns what an identifier, or the last one of a selection, denotes.
func (c *checker) object(e ast.Expr) types.Object {
	switch e := ast.Unparen(e).(type) {
	case *ast.Ident:
		return c.p.Info.ObjectOf(e)
	case *ast.SelectorExpr:
		return c.p.Info.Uses[e.Sel]
	}
	return nil
}

// isLocal reports whether a variable belongs to a function.
func (c *checker) isLocal(v *types.Var) bool {
	return !v.IsField() && v.Parent() != c.p.Types.Scope() && v.Pkg() == c.p.Types
}

// isParam reports whether a variable is a parameter or receiver.
func isParam(v *types.Var) bool { return v.Kind() == types.ParamVar || v.Kind() == types.RecvVar }

// function returns the function declaration or literal around a node, or nil.
func (c *checker) function(n ast.Node) ast.Node {
	for n = c.parents[n]; n != nil; n = c.parents[n] {
		switch n.(type) {
		case *ast.FuncDecl, *ast.FuncLit:
			return n
		}
	}
	return nil
}

// declaration returns the declaration of a function of the package, or nil.
func (c *checker) declaration(obj types.Object) *ast.FuncDecl {
	fn, ok := obj.(*types.Func)
	if !ok {
		return nil
	}
	if id := c.definition(fn.Origin()); id != nil {
		d, _ := c.parents[id].(*ast.FuncDecl)
		return d
	}
	return nil
}

// parts returns a function's type and body.
func parts(fn ast.Node) (*ast.FuncType, *ast.BlockStmt) {
	switch fn := fn.(type) {
	case *ast.FuncDecl:
		return fn.Type, fn.Body
	case *ast.FuncLit:
		return fn.Type, fn.Body
	}
	return nil, nil
}

// startedBy returns the go or defer statement that calls a function literal
// where it stands, or nil.
func (c *checker) startedBy(fn ast.Node) ast.Stmt {
	call, ok := c.parents[fn].(*ast.CallExpr)
	if !ok || call.Fun != fn {
		return nil
	}
	switch s := c.parents[call].(type) {
	case *ast.GoStmt:
		return s
	case *ast.DeferStmt:
		return s
	}
	return nil
}

// statement returns the statement that a node belongs to.
func (c *checker) statement(n ast.Node) ast.Stmt {
	for ; n != nil; n = c.parents[n] {
		if s, ok := n.(ast.Stmt); ok {
			return s
		}
	}
	return nil
}

// block returns the block or clause around a node.
func (c *checker) block(n ast.Node) ast.Node {
	for n = c.parents[n]; n != nil; n = c.parents[n] {
		switch n.(type) {
		case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause:
			return n
		}
	}
	return nil
}

// before reports whether b runs only after a: they are in one function, or b in
// a literal inside it, and b stands behind a in a's block.
func (c *checker) before(a, b ast.Node) bool {
	block := c.block(a)
	return block != nil && a.End() <= b.Pos() && holds(block, b)
}

func holds(outer, inner ast.Node) bool {
	return outer.Pos() <= inner.Pos() && inner.Pos() < outer.End()
}

// conditional returns the innermost statement around a node, in its function,
// that decides whether it runs: an if, a clause of a switch, a loop; or nil.
func (c *checker) conditional(n ast.Node) ast.Node {
	for n = c.parents[n]; n != nil; n = c.parents[n] {
		switch n.(type) {
		case *ast.IfStmt, *ast.CaseClause, *ast.CommClause, *ast.ForStmt, *ast.RangeStmt:
			return n
		case *ast.FuncDecl, *ast.FuncLit:
			return nil
		}
	}
	return nil
}

// mentions reports whether a node mentions an object.
func (c *checker) mentions(n ast.Node, obj types.Object) bool {
	found := false
	if n == nil || obj == nil {
		return false
	}
	ast.Inspect(n, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && c.p.Info.ObjectOf(id) == obj
		return !found
	})
	return found
}

var errorType = types.Universe.Lookup("error").Type()

// isError reports whether a type is the interface error, and none that only
// satisfies it.
func isError(t types.Type) bool { return t != nil && types.Identical(t, errorType) }

// at says where a position is, for a message about another one.
func (c *checker) at(pos, from token.Pos) string {
	f := c.file(pos)
	if f == nil {
		return "elsewhere"
	}
	n := strconv.Itoa(f.Line(pos))
	if f != c.file(from) {
		return "at " + f.Path[strings.LastIndexAny(f.Path, `/\`)+1:] + ":" + n
	}
	return "on line " + n
}
