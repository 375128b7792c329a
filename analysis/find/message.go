package find

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// handles reports whether a call gives an item that is a message to a function that the
// program holds in a variable or field, with a context: what handles messages is taken
// to be traced, as what stands behind an interface is.
func (f *finder) handles(call *ast.CallExpr, it *scope.Item) bool {
	if it.Begin == "" || f.callee(call) != nil || !f.p.Info.Types[call.Fun].IsValue() {
		return false
	}
	sig, ok := f.p.Info.TypeOf(call.Fun).Underlying().(*types.Signature)
	if !ok {
		return false
	}
	for v := range sig.Params().Variables() {
		if match.IsContext(v.Type()) {
			_, isLit := ast.Unparen(call.Fun).(*ast.FuncLit)
			return !isLit
		}
	}
	return false
}

// EachMessage is what to do about a call that waits for messages and has no context: a
// segment around it would take all of them in.
const EachMessage = "it waits for messages, begin a segment for each of those"

// IsPoll reports whether a site is the call by which SQS is asked for messages (SDK v1):
// it waits for them, and belongs to the trace of none.
func IsPoll(info *types.Info, n ast.Node) bool {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return false
	}
	fn := calleeOf(info, call)
	return fn != nil && fn.Pkg() != nil && strings.HasPrefix(fn.Name(), "ReceiveMessage") && strings.HasPrefix(fn.Pkg().Path(), "github.com/aws/aws-sdk-go/service/sqs")
}

// isSession reports whether an expression is the context that an item's is made of, and
// gives way to.
func (f *finder) isSession(e ast.Expr) bool {
	it := f.scope.ItemAround(e)
	return it != nil && it.Go == nil && it.From != "" && f.scope.WorkContext(e) && types.ExprString(e) == it.From
}

// firstOf returns the statement of a function that its segment begins in front of: what
// it defers first is done last, when the segment has ended. A traced call may be
// deferred only behind it.
func firstOf(list []ast.Stmt, needs []ast.Node) ast.Stmt {
	for _, s := range list {
		if _, ok := s.(*ast.DeferStmt); !ok || needs[0].Pos() < s.End() {
			return s
		}
	}
	return list[0]
}
