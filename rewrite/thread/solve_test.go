package thread

import (
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// program writes a summary by hand. Each line is one fact:
//
//	func F [api] [root] [iface] [blank] [holder] [calls]   F is declared
//	given F           a call of F from where a context is in reach
//	call F G          F calls G
//	via F G H         F calls G in a literal that is given to H
//	multi F G         F calls G with the results of another call
//	sink F            F has a call that needs a context
//	bind F G          their types are bound to each other
//	use F             F is used as a value
//	hidden F G        F calls G where the name of its context means something else
func program(t *testing.T, text string) *Summary {
	t.Helper()
	sum := &Summary{}
	offset := 0
	for line := range strings.Lines(text) {
		offset++
		word := append(strings.Fields(line), "", "", "")
		at := Place{File: "a.go", Offset: offset, Line: offset}
		switch word[0] {
		case "":
			offset--
		case "func":
			f := &Func{Key: word[1], Name: word[1], Place: at, Sig: "func()", Plain: true}
			for _, w := range word[2:] {
				switch w {
				case "api":
					f.API = true
				case "root":
					f.Root = f.Name + " runs first"
				case "iface":
					f.Iface = true
				case "blank":
					f.Blank = &Blank{Place: at, Name: "ctx"}
				case "holder":
					f.Holder = true
				case "calls":
					f.Calls = map[int]bool{0: true}
				}
			}
			sum.Funcs = append(sum.Funcs, f)
		case "given":
			sum.Calls = append(sum.Calls, Call{To: word[1], Place: at, Has: true})
		case "call", "multi", "via":
			c := Call{Around: Around{From: word[1]}, To: word[2], Place: at, Multi: word[0] == "multi"}
			if word[0] == "via" {
				c.Via = []Via{{To: word[3]}}
			}
			sum.Calls = append(sum.Calls, c)
		case "hidden":
			a := &Alias{Key: word[1], Text: "ctx", Place: at, End: at.Offset + 1}
			sum.Calls = append(sum.Calls, Call{Around: Around{From: word[1]}, To: word[2], Place: at, Hidden: a})
		case "sink":
			sum.Sinks = append(sum.Sinks, Sink{Around: Around{From: word[1]}, Place: at})
		case "bind":
			sum.Binds = append(sum.Binds, Bind{word[1], word[2]})
		case "use":
			sum.Uses = append(sum.Uses, Use{Key: word[1], Place: at, Why: "is used at", Mend: "do not"})
		default:
			t.Fatalf("no such fact: %s", line)
		}
	}
	return sum
}

// solve plans a program, with what its first line says of the options.
func solve(sums []*Summary, opts Options) string {
	opts.Mentions = func(*Func, bool) string { return "" }
	opts.Imports = func(*Func) string { return "" }
	opts.Templates = func(string) string { return "" }
	opts.Partial = func() bool { return false }
	opts.Where = func(p Place) string { return fmt.Sprintf("%s:%d", p.File, p.Line) }
	plan := Solve(sums, opts)
	var b strings.Builder
	for _, f := range plan.Funcs() {
		mark := ""
		switch {
		case plan.Named[f.Key] != nil:
			mark = " named"
		case plan.Twins[f.Key]:
			mark = " twin"
		case !plan.Needs[f.Key]:
			mark = " unused"
		}
		fmt.Fprintf(&b, "%s%s\n", f.Key, mark)
	}
	for _, a := range plan.Aliases {
		fmt.Fprintf(&b, "alias %d\n", a.Place.Line)
	}
	for _, at := range slices.SortedFunc(maps.Keys(plan.Reasons), Place.compare) {
		fmt.Fprintf(&b, "%d: %s\n", at.Line, plan.Reasons[at])
	}
	for _, l := range plan.Lost {
		fmt.Fprintf(&b, "lost %d: %s\n", l.Place.Line, l.Reason)
	}
	return b.String()
}

var solveCases = []struct {
	name, program string
	opts          Options
	want          string
}{
	{"a chain changes, what is beside it stays", `
		func A
		func B
		func Beside
		given A
		call A B
		call Beside B
		sink B
		func Other
		call A Other`, Options{}, "A\nB\n"},
	{"no way from a context", `
		func A
		func B
		call A B
		sink B`, Options{}, "4: called by A, which is called by nothing that has a context, a.go:1\n"},
	{"a class changes together", `
		func I.M iface
		func X.M
		func Y.M
		bind I.M X.M
		bind I.M Y.M
		given I.M
		sink X.M`, Options{}, "I.M unused\nX.M\nY.M unused\n"},
	{"a member that stays keeps its class", `
		func I.M iface
		func X.M
		func Y.M
		bind I.M X.M
		bind I.M Y.M
		given I.M
		sink X.M
		use Y.M`, Options{}, "7: Y.M is used at a.go:8: do not\n"},
	{"a class on the way keeps what is behind it", `
		func A
		func B
		given A
		call A B
		sink B
		use A`, Options{}, "5: called by A, which is used at a.go:6: do not\n"},
	{"another way is taken", `
		func A
		func B
		given A
		call A B
		given B
		sink B
		use A`, Options{}, "B\nlost 4: A is used at a.go:7: do not\n"},
	{"recursion ends", `
		func A
		func B
		given A
		call A B
		call B A
		sink A`, Options{}, "A\nB\n"},
	{"a root has none to pass", `
		func main root
		func A
		call main A
		sink A`, Options{}, "4: called by main, which runs first, a.go:1: begin a segment there\n"},
	{"a blank context is named", `
		func H blank
		func A
		call H A
		sink A`, Options{}, "H named\nA\n"},
	{"a holder gets no second one", `
		func H holder
		func A
		given H
		hidden H A
		sink A`, Options{}, "A\nalias 4\n"},
	{"exported functions stay in a library", `
		func A api
		func b
		given A
		call A b
		sink b`, Options{Scope: Only}, "5: called by A, a.go:1, which can be called by other modules, whose code would break: -api=wrap gives it a twin with a context\n"},
	{"or get a twin", `
		func A api
		func b
		call A b
		sink b`, Options{Scope: Only, Wrap: true}, "A twin\nb\n"},
	{"what is bound to one with a twin stays", `
		func i.M iface
		func A api
		func b
		bind i.M A
		call A b
		given i.M
		sink b`, Options{Scope: Only, Wrap: true}, "A twin\nb\n"},
	{"results of another call block", `
		func A
		func B
		given A
		multi A B
		sink B`, Options{}, "5: B is called with the results of another call at a.go:4: put them into variables first\n"},
	{"a literal that is called at once is part of its function", `
		func A
		func B
		func each calls
		given A
		via A B each
		sink B`, Options{}, "A\nB\n"},
	{"one that may be kept is not", `
		func A
		func B
		func keep
		given A
		via A B keep
		sink B`, Options{}, "6: the call at a.go:5 has none: it stands in a function that keep is given and may keep, a.go:3: give that function a context\n"},
	{"what was refused stays", `
		func A
		func B
		given A
		given B
		call A B
		sink B`, Options{Refused: map[string]string{"A": "it fails"}}, "B\nlost 5: A, a.go:1, cannot be changed: it fails\n"},
}

func TestSolve(t *testing.T) {
	for _, c := range solveCases {
		t.Run(c.name, func(t *testing.T) {
			c.program = strings.TrimPrefix(c.program, "\n")
			sum := program(t, c.program)
			if diff := cmp.Diff(c.want, solve([]*Summary{sum}, c.opts)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// The order of facts and packages must not matter.
func TestSolveShuffled(t *testing.T) {
	for _, c := range solveCases {
		want := solve([]*Summary{program(t, c.program)}, c.opts)
		for seed := range int64(20) {
			r := rand.New(rand.NewSource(seed))
			if diff := cmp.Diff(want, solve(scattered(r, program(t, c.program)), c.opts)); diff != "" {
				t.Fatalf("%s, seed %d (-want +got):\n%s", c.name, seed, diff)
			}
		}
	}
}

// scattered spreads the facts of a summary over three, in another order.
func scattered(r *rand.Rand, sum *Summary) []*Summary {
	out := []*Summary{{}, {}, {}}
	pick := func() *Summary { return out[r.Intn(len(out))] }
	r.Shuffle(len(sum.Funcs), func(i, j int) { sum.Funcs[i], sum.Funcs[j] = sum.Funcs[j], sum.Funcs[i] })
	r.Shuffle(len(sum.Calls), func(i, j int) { sum.Calls[i], sum.Calls[j] = sum.Calls[j], sum.Calls[i] })
	r.Shuffle(len(sum.Binds), func(i, j int) { sum.Binds[i], sum.Binds[j] = sum.Binds[j], sum.Binds[i] })
	for _, f := range sum.Funcs {
		s := pick()
		s.Funcs = append(s.Funcs, f)
	}
	for _, c := range sum.Calls {
		s := pick()
		s.Calls = append(s.Calls, c)
	}
	for _, c := range sum.Sinks {
		s := pick()
		s.Sinks = append(s.Sinks, c)
	}
	for _, b := range sum.Binds {
		s := pick()
		s.Binds = append(s.Binds, b)
	}
	for _, u := range sum.Uses {
		s := pick()
		s.Uses = append(s.Uses, u)
	}
	return out
}
