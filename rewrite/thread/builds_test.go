package thread

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A second build of the program is a summary of its own, of files that the run's build
// leaves out.
func TestSolveOtherBuild(t *testing.T) {
	const program1 = `
		func A
		func B
		given A
		call A B
		sink B`
	for _, c := range []struct {
		name, other, want string
		same              bool // its calls stand in a file of both builds
	}{
		{"a declaration in each", `
			func B`, "A\nB\nB\n", false},
		{"a way begins in the run's build alone", `
			func C
			given C
			call C B`, "A\nB\n", false},
		{"it goes on in the other", `
			func A
			func C
			call A C
			call C B`, "A\nB\nA\nC\n", false},
		{"what the other cannot change stays", `
			func C
			use B`, "5: B is used at b.go:2: do not\n", false},
		{"a context that only the other has", `
			func B holder`, "5: B, a.go:2, has a context in one build and none in another\n", false},
		{"one call of two functions binds them", `
			func C
			call - C
			use C`, "5: C is used at b.go:3: do not\n", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			other := program(t, c.other)
			other.Other = true
			inOther(other, c.same)
			if diff := cmp.Diff(c.want, solve([]*Summary{program(t, program1), other}, Options{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// inOther moves a summary to another file. If it shares its calls, its first is the call of B.
func inOther(sum *Summary, shared bool) {
	for _, f := range sum.Funcs {
		f.Place.File = "b.go"
	}
	for i := range sum.Calls {
		sum.Calls[i].Place.File = "b.go"
		if shared {
			sum.Calls[i].Place = Place{File: "a.go", Offset: 4, Line: 4}
		}
	}
	for i := range sum.Uses {
		sum.Uses[i].Place.File = "b.go"
	}
}
