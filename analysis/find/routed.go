package find

import (
	"go/ast"
	"regexp"
	"strconv"
	"strings"
)

// routers are parts of the import paths of frameworks whose handlers are given segments
// by middleware of their own.
var routers = []string{"gin-gonic/gin", "labstack/echo", "gofiber/fiber", "valyala/fasthttp"}

var (
	named     = regexp.MustCompile(`(^|[^a-z])(gin|echo|fiber)([^a-z]|$)`)
	aboutXRay = regexp.MustCompile(`x-?ray`)
)

// isRouted reports whether a file imports a framework, so that a segment which it begins
// is a request's.
func isRouted(f *ast.File) bool {
	for _, spec := range f.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		for _, part := range routers {
			if strings.Contains(path, part) {
				return true
			}
		}
	}
	return false
}

// routed notes the import of another module's middleware for the X-Ray SDK, as its path
// tells: it names both the framework and X-Ray.
func (s *Survey) routed(f *ast.File, isTest bool, at func(ast.Node) string) {
	if isTest {
		return
	}
	for _, spec := range f.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		if named.MatchString(path) && aboutXRay.MatchString(path) {
			s.Handlers = append(s.Handlers, at(spec))
		}
	}
}
