package find

import (
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// With the first segment of a process the X-Ray SDK starts goroutines that never end: they
// ask for sampling rules. Tests that count goroutines would fail, which is found out here by
// the libraries that count, in tests of the package itself and in files that import it. Where
// tests beside them use the SDK, it is for a strategy without goroutines.

// leakCheckers are packages with which tests find goroutines that are left behind.
var leakCheckers = []string{"go.uber.org/goleak", "github.com/fortytw2/leaktest", "github.com/onsi/gomega/gleak"}

// mayCount reports whether a test may count goroutines.
func mayCount(text string) bool {
	return slices.ContainsFunc(leakCheckers, func(path string) bool { return strings.Contains(text, strconv.Quote(path)) })
}

// What stands in front of names in Survey.Counts: of a path that a test imports which counts
// goroutines, and of the folder of a test that uses the SDK.
const (
	imported = "import "
	settled  = "settled "
)

// counts notes the folder of a test that counts goroutines, from the module's folder, and
// what it imports, and that of one that uses the SDK.
func (s *Survey) counts(name string, f *ast.File, at func(ast.Node) string) {
	var paths []string
	dir, where := strings.TrimPrefix(path.Dir(name), "."), ""
	for _, spec := range f.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		switch {
		case err != nil:
		case slices.Contains(leakCheckers, p):
			where = at(spec)
		case rules.IsSDK(rules.NormalSDK(p)):
			put(&s.Counts, settled+dir, at(spec))
		default:
			paths = append(paths, imported+p)
		}
	}
	if where != "" {
		for _, key := range append(paths, dir) {
			put(&s.Counts, key, where)
		}
	}
}

// counted says which tests of the package would fail for a segment that it begins, or "".
func (f *finder) counted() string {
	own := strings.TrimSuffix(f.p.Types.Path(), "_test")
	counts := f.survey().Counts
	at := counts[imported+own]
	if dir, ok := strings.CutPrefix(own+"/", f.view.Module+"/"); ok && at == "" {
		at = counts[strings.TrimSuffix(dir, "/")]
	}
	if file, _, _ := strings.Cut(at, ":"); at == "" || counts[settled+strings.TrimPrefix(path.Dir(file), ".")] != "" {
		return ""
	}
	return "tests of the package fail for goroutines that are left, " + at + ", and the X-Ray SDK leaves its own with the first segment: give it a strategy there that starts none (docs/running.md), and run again"
}
