package splice_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-4257438c/xray-instrument/analysis/edit/splice"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

func TestApply(t *testing.T) {
	insert := func(at int, text string, lead bool, size int) match.Edit {
		return match.Edit{Start: at, End: at, New: text, Lead: lead, Size: size}
	}
	tests := []struct {
		name, src string
		edits     []match.Edit
		want      string
	}{
		{"nothing", "abc", nil, "abc"},
		{"empty source", "", []match.Edit{insert(0, "x", false, 0)}, "x"},
		{"insertion at the end", "abc", []match.Edit{insert(3, "x", false, 0)}, "abcx"},
		{"replacement", "abc", []match.Edit{{Start: 1, End: 2, New: "xyz"}}, "axyzc"},
		{"deletion of all", "abc", []match.Edit{{Start: 0, End: 3}}, ""},
		{"a wrap around a wrap", "f(a)", []match.Edit{
			insert(2, "g(", true, 1), insert(3, ")", false, 1), // around a
			insert(0, "h(", true, 4), insert(4, ")", false, 4), // around all
		}, "h(f(g(a)))"},
		{"two wraps of one extent's start", "a.b()", []match.Edit{
			insert(0, "inner(", true, 1), insert(1, ")", false, 1),
			insert(0, "outer(", true, 5), insert(5, ")", false, 5),
		}, "outer(inner(a).b())"},
		{"two wraps of one extent's end", "x(a)", []match.Edit{
			insert(2, "inner(", true, 1), insert(3, ")", false, 1),
			insert(3, "+", false, 3),
		}, "x(inner(a)+)"},
		{"what follows the left stands before what leads the right", "ab", []match.Edit{
			insert(1, ">", true, 1), insert(1, "<", false, 1),
		}, "a<>b"},
		{"insertion in front of a replacement", "abc", []match.Edit{{Start: 1, End: 2, New: "X"}, insert(1, "i", false, 0)}, "aiXc"},
		{"adjacent replacements", "abc", []match.Edit{{Start: 1, End: 2, New: "Y"}, {Start: 0, End: 1, New: "X"}}, "XYc"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := splice.Apply([]byte(tt.src), tt.edits)
			if err != nil || string(got) != tt.want {
				t.Errorf("Apply = %q, %v; want %q", got, err, tt.want)
			}
			if _, _, clash := splice.Overlap(tt.edits); clash {
				t.Error("Overlap sees a clash")
			}
		})
	}
}

func TestApplyRefuses(t *testing.T) {
	tests := map[string][]match.Edit{
		"overlap":               {{Start: 0, End: 2}, {Start: 1, End: 3}},
		"the same bytes":        {{Start: 1, End: 2, New: "a"}, {Start: 1, End: 2, New: "b"}},
		"inside a replacement":  {{Start: 0, End: 3}, {Start: 1, End: 1, New: "x"}},
		"behind the end":        {{Start: 3, End: 4}},
		"far behind the end":    {{Start: 9, End: 9}},
		"backwards":             {{Start: 2, End: 1}},
		"before the beginning":  {{Start: -1, End: 1}},
		"ends behind the start": {{Start: 0, End: 1, New: "x"}, {Start: 2, End: 5}},
	}
	for name, edits := range tests {
		t.Run(name, func(t *testing.T) {
			src := []byte("abc")
			if got, err := splice.Apply(src, edits); err == nil {
				t.Errorf("Apply = %q, want an error", got)
			}
			if string(src) != "abc" {
				t.Errorf("the source is changed: %q", src)
			}
		})
	}
}

// randomEdits returns edits that compose: replacements of disjoint ranges, and
// insertions that no two share a place and an extent.
func randomEdits(r *rand.Rand, size int) []match.Edit {
	var edits []match.Edit
	taken := map[[3]int]bool{}
	for at := 0; at <= size; at += r.IntN(4) {
		switch end := at + 1 + r.IntN(3); {
		case r.IntN(2) == 0 && end <= size:
			edits = append(edits, match.Edit{Start: at, End: end, New: text(r)})
			at = end
		default:
			e := match.Edit{Start: at, End: at, New: text(r), Lead: r.IntN(2) == 0, Size: r.IntN(5)}
			key := [3]int{at, e.Size, 0}
			if e.Lead {
				key[2] = 1
			}
			if !taken[key] {
				taken[key] = true
				edits = append(edits, e)
			}
		}
	}
	return edits
}

func text(r *rand.Rand) string {
	const letters = "XYZ\n\r\u00e4"
	return letters[:r.IntN(len(letters)-1)]
}

func source(r *rand.Rand) []byte {
	src := make([]byte, r.IntN(60))
	for i := range src {
		src[i] = byte('a' + r.IntN(26))
	}
	return src
}

// TestApplyRandom composes random edits: their order does not matter, and every
// byte outside of them is in the result, in order.
func TestApplyRandom(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 1))
		src := source(r)
		edits := randomEdits(r, len(src))
		got, err := splice.Apply(src, edits)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		shuffled := append([]match.Edit(nil), edits...)
		r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		again, err := splice.Apply(src, shuffled)
		if err != nil || !bytes.Equal(got, again) {
			t.Fatalf("seed %d: the order of edits matters (%v):\n%s", seed, err, cmp.Diff(string(got), string(again)))
		}
		checkOutside(t, src, got, edits)
	}
}

// checkOutside checks that the bytes outside the edits are where Map says, and
// that Unmap is the way back.
func checkOutside(t *testing.T, src, got []byte, edits []match.Edit) {
	t.Helper()
	size := len(src)
	inside := make([]bool, len(src)+1)
	for _, e := range edits {
		size += len(e.New) - (e.End - e.Start)
		for i := e.Start; i < e.End; i++ {
			inside[i] = true
		}
	}
	if len(got) != size {
		t.Fatalf("the result has %d bytes, want %d", len(got), size)
	}
	last := -1
	for i := range src {
		if inside[i] {
			continue
		}
		at := splice.Map(edits, i)
		if at <= last || at >= len(got) || got[at] != src[i] {
			t.Fatalf("byte %d of %q is not at %d of %q; edits %v", i, src, at, got, edits)
		}
		if back := splice.Unmap(edits, at); back != i {
			t.Fatalf("Unmap(Map(%d)) = %d; edits %v", i, back, edits)
		}
		last = at
	}
	for i := range got {
		if at := splice.Unmap(edits, i); at < 0 || at > len(src) {
			t.Fatalf("Unmap(%d) = %d, outside the source of %d bytes", i, at, len(src))
		}
	}
}

// TestOverlapAgrees checks that what Overlap passes can be applied, and the
// other way round.
func TestOverlapAgrees(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 2))
		src := source(r)
		var edits []match.Edit
		for range r.IntN(6) {
			start := r.IntN(len(src) + 1)
			edits = append(edits, match.Edit{Start: start, End: start + r.IntN(len(src)-start+1), New: text(r), Lead: r.IntN(2) == 0})
		}
		i, j, clash := splice.Overlap(edits)
		_, err := splice.Apply(src, edits)
		if clash != (err != nil) {
			t.Fatalf("seed %d: Overlap = %d, %d, %v, but Apply says %v; edits %v", seed, i, j, clash, err, edits)
		}
	}
}

// FuzzApply reads edits from bytes: whatever they are, Apply refuses them or
// keeps every byte outside of them.
func FuzzApply(f *testing.F) {
	f.Add([]byte("func f() { g(x) }"), []byte{11, 0, 4, 1, 3, 15, 0, 1, 2, 3})
	f.Add([]byte("abc"), []byte{0, 3, 0, 0, 0})
	f.Add([]byte(""), []byte{0, 0, 3, 1, 1, 0, 0, 3, 0, 1})
	f.Add([]byte("abc"), []byte{0, 255, 0, 0, 0, 2, 2, 1, 0, 0})
	f.Fuzz(func(t *testing.T, src, program []byte) {
		if len(src) > 120 || len(program) > 100 {
			return
		}
		var edits []match.Edit
		for ; len(program) >= 5; program = program[5:] {
			start := int(int8(program[0]))
			edits = append(edits, match.Edit{Start: start, End: start + int(int8(program[1])), New: fmt.Sprintf("%*s", program[2]%8, ""), Lead: program[3]%2 == 1, Size: int(program[4])})
		}
		before := string(src)
		got, err := splice.Apply(src, edits)
		if string(src) != before {
			t.Fatal("the source is changed")
		}
		if err == nil {
			checkOutside(t, src, got, edits)
		}
	})
}

func TestLayout(t *testing.T) {
	const clean = "package p\n\nvar a = 1 // one\n"
	const edited = "package p\n\nvar  a = f( 1) // one\n"
	if got := string(splice.Layout([]byte(clean), []byte(edited))); got != "package p\n\nvar a = f(1) // one\n" {
		t.Errorf("a file that was laid out is not any more:\n%s", got)
	}
	const odd = "package p\nvar  a=1\n"
	if got := string(splice.Layout([]byte(odd), []byte(edited))); got != edited {
		t.Errorf("a file that was not laid out is now:\n%s", got)
	}
	if got := string(splice.Layout([]byte(clean), []byte("package p\nvar ("))); got != "package p\nvar (" {
		t.Errorf("a file that does not parse is changed:\n%s", got)
	}
}
