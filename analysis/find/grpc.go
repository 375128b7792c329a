package find

import (
	"go/ast"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// unrecordedGRPC: the client is not given the SDK's interceptor. One that is
// hidden in options from elsewhere does no harm: the support code sees at run time
// that a call is recorded.
func unrecordedGRPC(f *finder, s *Site) (Status, string) {
	for _, e := range s.Match.Holes["opts"].Exprs {
		if f.hasInterceptor(e) {
			return Already, "its calls are recorded by the SDK's interceptor"
		}
	}
	return Traceable, ""
}

// hasInterceptor reports whether options, wherever they come from in the package,
// hold the SDK's interceptor for clients.
func (f *finder) hasInterceptor(options ast.Expr) bool {
	found := false
	f.flow.Origins(options, func(e ast.Expr) bool {
		ast.Inspect(e, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			found = found || ok && f.isSDK(call, "UnaryClientInterceptor")
			return true
		})
		return found
	})
	return found
}

// serverInterceptors notes places that begin segments in a function which is given
// what gRPC tells interceptors of a server.
func (s *Survey) serverInterceptors(typ *ast.FuncType, body *ast.BlockStmt, sdk map[string]bool, at func(ast.Node) string) {
	if body == nil || !takesServerInfo(typ) {
		return
	}
	ast.Inspect(body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			switch name := sdkCall(call, sdk); {
			case strings.HasPrefix(name, "BeginSegment"), name == "NewSegmentFromHeader":
				s.hook(rules.GRPCServer, at(call))
			}
		}
		return true
	})
}

// takesServerInfo reports whether a parameter is a *grpc.UnaryServerInfo or
// *grpc.StreamServerInfo.
func takesServerInfo(typ *ast.FuncType) bool {
	for _, field := range typ.Params.List {
		if star, ok := field.Type.(*ast.StarExpr); ok {
			if sel, ok := star.X.(*ast.SelectorExpr); ok && (sel.Sel.Name == "UnaryServerInfo" || sel.Sel.Name == "StreamServerInfo") {
				return true
			}
		}
	}
	return false
}
