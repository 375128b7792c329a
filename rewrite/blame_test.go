package rewrite

import (
	"go/token"
	"go/types"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/seed-4257438c/xray-instrument/rewrite/load"
	"github.com/seed-4257438c/xray-instrument/rewrite/thread"
	"golang.org/x/tools/txtar"
)

// TestBlame shows that an error that points at no edit costs a program the contexts that it
// may be due to, and no others.
func TestBlame(t *testing.T) {
	dir := t.TempDir()
	files, err := txtar.FS(txtar.Parse([]byte(`
-- go.mod --
module example.com/m

go 1.24
-- seen/seen.go --
package seen
-- other/other.go --
package other
-- user/user.go --
package user

import _ "example.com/m/seen"
`)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, files); err != nil {
		t.Fatal(err)
	}
	prog, err := load.Load(t.Context(), load.Config{Dir: dir, Patterns: []string{"./..."}})
	if err != nil {
		t.Fatal(err)
	}
	b := newBuild(prog)
	done := &threading{plan: &thread.Plan{Changed: map[string]*thread.Func{
		"get":  {Key: "get", Name: "(*Store).Get", Pkg: "example.com/m/other"},
		"put":  {Key: "put", Name: "(*Store).Put", Pkg: "example.com/m/seen"},
		"find": {Key: "find", Name: "Find", Pkg: "example.com/m/other"},
	}}}
	th := &threader{refused: map[string]string{}}
	complaint := &load.TypeError{Path: "example.com/m/user_test", Errs: []types.Error{{Fset: token.NewFileSet(), Msg: "impossible type switch case: wrong type for method Get"}}}
	for _, want := range [][]string{{"get"}, {"put"}, nil} {
		got := th.blame(b, done, complaint)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
		for _, key := range got {
			th.refused[key] = "refused"
		}
	}
}
