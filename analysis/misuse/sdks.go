package misuse

import (
	"go/ast"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// mixedSDKs finds a build with both majors of the SDK. It is reported at the
// package's import of one, of the first major if it imports both; a main package
// that imports none is told at its package clause.
func (c *checker) mixedSDKs() {
	var v1, v2 bool
	for _, path := range c.view.SDKs {
		if rules.IsSDK(path) {
			v1, v2 = v1 || rules.NormalSDK(path) == path, v2 || rules.NormalSDK(path) != path
		}
	}
	if !v1 || !v2 {
		return
	}
	const message = "this build has both " + rules.SDKv1 + " and " + rules.SDKv2 +
		": a segment of one is none for the other, and xray.SQLContext of both for one driver panics; use one of them everywhere, dependencies included"
	if at := c.sdkPlace(); at != nil {
		c.report(at, message, "", nil)
	}
}

func (c *checker) sdkPlace() ast.Node {
	var first *ast.ImportSpec
	for _, f := range c.files() {
		s := sdkImport(f.Syntax)
		if s != nil && (first == nil || isFirstMajor(s) && !isFirstMajor(first)) {
			first = s
		}
	}
	if first != nil {
		return first
	}
	if files := c.files(); c.p.Types.Name() == "main" && len(files) > 0 {
		return files[0].Syntax.Name
	}
	return nil
}

func isFirstMajor(s *ast.ImportSpec) bool {
	path := importPath(s)
	return rules.NormalSDK(path) == path
}
