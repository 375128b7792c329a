package analysis

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"testing"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// A call that waits for messages would get nothing from a context of its own.
func TestMessageOfPoll(t *testing.T) {
	const source = `package sqs
		type SQS struct{}
		func (*SQS) ReceiveMessage() {}
		func (*SQS) DeleteMessage() {}
		func run(c *SQS) { c.ReceiveMessage(); c.DeleteMessage() }`
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "a.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	const give = ", give run a context.Context and pass the request's"
	for path, want := range map[string][]string{
		"github.com/aws/aws-sdk-go/service/sqs": {": " + find.EachMessage, give},
		"example.com/sqs":                       {give, give},
	} {
		p := &find.Package{Info: &types.Info{Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}}
		config := types.Config{}
		if _, err := config.Check(path, fset, []*ast.File{file}, p.Info); err != nil {
			t.Fatal(err)
		}
		var got []string
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				got = append(got, message(p, &find.Site{Kind: rules.AWSCall, Node: call, Decl: "run", Status: find.Skipped, Reason: find.NoContext}))
			}
			return true
		})
		for i, w := range want {
			if full := lost[rules.AWSCall] + ": " + find.NoContext + w; got[i] != full {
				t.Errorf("%s: got %q, want %q", path, got[i], full)
			}
		}
	}
}
