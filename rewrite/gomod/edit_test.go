package gomod

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// Whatever the edits, their inverse gives the original back.
func TestInvert(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		src := []byte(strings.Repeat("0123456789\n", r.IntN(5)))
		var edits []edit
		for off := 0; off < len(src); off += 1 + r.IntN(10) {
			e := edit{Off: off, Del: r.IntN(min(4, len(src)-off+1)), Text: strings.Repeat("x", r.IntN(3))}
			edits = append(edits, e)
			off += e.Del
		}
		out, ok := apply(src, edits)
		if !ok {
			t.Fatalf("edits %v do not apply to %q", edits, src)
		}
		if back, ok := apply(out, invert(src, edits)); !ok || !bytes.Equal(back, src) {
			t.Fatalf("edits %v of %q: inverse %v gives %q", edits, src, invert(src, edits), back)
		}
	}
}

func TestApplyRefuses(t *testing.T) {
	for _, edits := range [][]edit{
		{{Off: 4}}, {{Off: 2, Del: 2}}, {{Off: 0, Del: 2}, {Off: 1, Del: 1}}, {{Off: 1, Del: -1}},
	} {
		if out, ok := apply([]byte("abc"), edits); ok {
			t.Errorf("edits %v give %q", edits, out)
		}
	}
}

func TestEditSum(t *testing.T) {
	const a1, a2, b, c = "a v1.2.0 h1:x", "a v1.10.0 h1:x", "b v1.0.0/go.mod h1:x", "c v1.0.0 h1:x"
	join := func(nl string, lines ...string) string { return strings.Join(append(lines, ""), nl) }
	tests := []struct{ name, before, want, after string }{
		{"new", "", join("\n", b, a1), join("\n", a1, b)},
		{"same", join("\n", a1, b), join("\n", b, a1), join("\n", a1, b)},
		{"between", join("\n", a1, c), join("\n", a1, a2, b, c), join("\n", a1, a2, b, c)},
		{"versions are numbers", join("\n", a2), join("\n", a1, a2), join("\n", a1, a2)},
		{"unsorted", join("\n", c, a1), join("\n", a1, b, c), join("\n", c, a1, b)},
		{"removed", join("\n", a1, b, c), join("\n", a1, c), join("\n", a1, c)},
		{"no line end", a1, join("\n", a1, b), a1 + "\n" + b},
		{"crlf", join("\r\n", a1, c), join("\n", a1, b, c), join("\r\n", a1, b, c)},
		{"empty lines", join("\n", a1, "", c), join("\n", a1, b, c), join("\n", a1, "", b, c)},
		{"twice", join("\n", a1), join("\n", a1, b, a1, b), join("\n", a1, b)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			edits := editSum([]byte(test.before), []byte(test.want))
			got, ok := apply([]byte(test.before), edits)
			if !ok || string(got) != test.after {
				t.Errorf("got %q, want %q", got, test.after)
			}
			if back, ok := apply(got, invert([]byte(test.before), edits)); !ok || string(back) != test.before {
				t.Errorf("the inverse gives %q, want %q", back, test.before)
			}
		})
	}
}
