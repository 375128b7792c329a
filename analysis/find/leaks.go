package find

import (
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
)

// leakCheckers are packages with which tests find goroutines that are left behind.
var leakCheckers = []string{"go.uber.org/goleak", "github.com/fortytw2/leaktest"}

// mayCount reports whether a test may count goroutines.
func mayCount(text string) bool {
	return slices.ContainsFunc(leakCheckers, func(path string) bool { return strings.Contains(text, strconv.Quote(path)) })
}

// counts notes the folder of a test that counts goroutines, from the module's folder.
func (s *Survey) counts(name string, f *ast.File, at func(ast.Node) string) {
	for _, spec := range f.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil && slices.Contains(leakCheckers, p) {
			if s.Counts == nil {
				s.Counts = map[string]string{}
			}
			s.Counts[strings.TrimPrefix(path.Dir(name), ".")] = at(spec)
		}
	}
}

// counted says which tests of the package would fail for a segment that an item begins,
// or "": the first one of a process has the X-Ray SDK start goroutines that never end. A
// subsegment does not.
func (f *finder) counted(it *scope.Item) string {
	if it.Go != nil {
		return ""
	}
	dir, ok := strings.CutPrefix(strings.TrimSuffix(f.p.Types.Path(), "_test")+"/", f.view.Module+"/")
	at := f.survey().Counts[strings.TrimSuffix(dir, "/")]
	if !ok || at == "" {
		return ""
	}
	return "tests of the package fail for goroutines that are left, " + at + ", and the X-Ray SDK leaves its own: have them ignored there, and begin a segment by hand"
}
