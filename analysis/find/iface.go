package find

import (
	"go/ast"
	"go/types"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// throughInterface finds a call that an idiom would describe if it were not made
// through an interface of the program's own: the method's signature is that of a
// database's or AWS client's method without a context. Such a call stays, because
// the interface would have to change with all that implements it.
func (f *finder) throughInterface(n ast.Node) *Site {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return nil
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	fn, ok := f.p.Info.Uses[sel.Sel].(*types.Func)
	if !ok || fn.Pkg() == nil || fn.Signature().Recv() == nil || !types.IsInterface(fn.Signature().Recv().Type()) {
		return nil
	}
	if fn.Pkg() != f.p.Types && !f.view.IsOwn(fn.Pkg().Path()) {
		return nil
	}
	kind, rule := methodOf(fn)
	if rule == "" {
		return nil
	}
	iface := rules.TypeName(fn.Signature().Recv().Type())
	if iface == "" {
		iface = types.ExprString(sel.X)
	}
	return &Site{Node: call, Pos: namePos(call), Kind: kind, Rule: rule, Status: Skipped,
		Reason: "it is called through the interface " + iface + ", whose " + fn.Name() + " takes no context: add one to the interface and to what implements it"}
}

// methodOf tells which rule a context-less method's signature belongs to.
func methodOf(fn *types.Func) (rules.Kind, string) {
	sig := fn.Signature()
	if sig.Params().Len() > 0 && match.IsContext(sig.Params().At(0).Type()) {
		return "", ""
	}
	if sig.Params().Len() > 0 {
		in := rules.Named(sig.Params().At(0).Type())
		if in != nil && in.Obj().Pkg() != nil && strings.HasPrefix(in.Obj().Pkg().Path(), "github.com/aws/aws-sdk-go/service/") && in.Obj().Name() == strings.TrimSuffix(fn.Name(), "Pages")+"Input" {
			return rules.AWSCall, "AWSCallV1"
		}
	}
	if rule := producerMethod(fn); rule != "" {
		return rules.Messaging, rule
	}
	if sig.Results().Len() == 0 {
		return "", ""
	}
	out := rules.Named(sig.Results().At(0).Type())
	if out == nil || out.Obj().Pkg() == nil || out.Obj().Pkg().Path() != "database/sql" {
		return "", ""
	}
	switch fn.Name() + " " + out.Obj().Name() {
	case "Query Rows", "QueryRow Row", "Exec Result", "Prepare Stmt", "Begin Tx", "Stmt Stmt":
		return rules.SQLCall, strings.Replace("DB"+fn.Name(), "DBStmt", "TxStmt", 1)
	}
	return "", ""
}

// producerMethod tells which rule a method's signature belongs to that sends
// messages as sarama's producers do.
func producerMethod(fn *types.Func) string {
	params := fn.Signature().Params()
	if params.Len() != 1 {
		return ""
	}
	t := params.At(0).Type()
	if list, ok := t.(*types.Slice); ok {
		t = list.Elem()
	}
	named := rules.Named(t)
	if named == nil || named.Obj().Pkg() == nil {
		return ""
	}
	rule := map[string]string{"SendMessage": "Send", "SendMessages": "SendAll"}[fn.Name()]
	if rule == "" {
		return ""
	}
	switch rules.KeyOf(named.Obj(), nil) {
	case "github.com/IBM/sarama.ProducerMessage":
		return "Sarama" + rule
	case "github.com/Shopify/sarama.ProducerMessage":
		return "Shopify" + rule
	}
	return ""
}
