package load_test

import (
	"os"
	"testing"

	"github.com/seed-4257438c/xray-instrument/rewrite/load"
	"golang.org/x/tools/txtar"
)

// one has a type switch that compiles only if tasks and predicates are the same packages
// for it as they were for what was checked before. Of tasks, holder mentions a type that does
// not lead to predicates.
const one = `
-- go.mod --
module example.com/one

go 1.24
-- predicates/predicates.go --
package predicates

type Predicate[T any] interface{ Equals(Predicate[T]) bool }

type All[T any] struct{}

func (*All[T]) Equals(Predicate[T]) bool { return true }
-- tasks/tasks.go --
package tasks

import "example.com/one/predicates"

type Task interface{ ID() int }

type Predicate = predicates.Predicate[Task]
-- holder/holder.go --
package holder

import "example.com/one/tasks"

type Holder struct{ Task tasks.Task }
-- first/first.go --
package first

import "example.com/one/holder"

var First holder.Holder
-- first/first_test.go --
package first_test

import (
	"example.com/one/first"
	"example.com/one/outer"
	"example.com/one/tasks"
)

var P tasks.Predicate

var same = outer.Same(first.Inner)

var task tasks.Task = first.First.Task
-- first/own_test.go --
package first

import "example.com/one/inner"

var Inner = inner.New()
-- inner/inner.go --
package inner

import "testing"

type Inner struct{ T *testing.T }

func New() Inner { return Inner{} }
-- outer/outer.go --
package outer

import (
	"example.com/one/first"
	"example.com/one/inner"
)

func Same(inner.Inner) bool { return first.First.Task == nil }
-- second/second.go --
package second

import (
	"example.com/one/predicates"
	"example.com/one/tasks"
)

func IsAll(p tasks.Predicate) bool {
	switch p.(type) {
	case *predicates.All[tasks.Task]:
		return true
	}
	return false
}
`

// TestOneIdentity shows that what an external test has read is the same package for what is
// checked after it.
func TestOneIdentity(t *testing.T) {
	dir := t.TempDir()
	files, err := txtar.FS(txtar.Parse([]byte(one)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, files); err != nil {
		t.Fatal(err)
	}
	p, err := load.Load(t.Context(), load.Config{Dir: dir, Patterns: []string{"./first", "./second"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, pkg := range p.Packages {
		tests := p.Tests(pkg)
		if err := p.AddImports(t.Context(), append(tests.Own, tests.External...)); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Check(pkg, nil); err != nil {
			t.Fatal(err)
		}
		if _, _, err := p.CheckTests(pkg, tests, nil); err != nil {
			t.Fatal(err)
		}
	}
}
