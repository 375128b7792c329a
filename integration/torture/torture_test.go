package torture

import (
	"flag"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/seed-4257438c/xray-instrument/integration/internal/tool"
)

var (
	programs = flag.Int("programs", 6, "how many `units` to try")
	seed     = flag.Uint64("seed", 1, "what all randomness comes from")
	first    = flag.Int("first", 0, "the `number` of the first unit")
	perBatch = flag.Int("batch", 40, "how many units share a module")
	tries    = flag.Int("tries", 60, "how often a failing unit is tried with parts left out")
)

// modes are the flags that each unit is tried with.
var modes = [][]string{{"-thread=off"}, {}, {"-thread=package", "-api=wrap"}, {"-cancel=detach"}}

// TestTorture makes programs and checks what the tool promises of each. A long run:
//
//	go test ./torture -timeout 0 -programs 10000 -seed 7
func TestTorture(t *testing.T) {
	c := &Checker{Tool: tool.Build(t), Dir: t.TempDir()}
	begin, made := time.Now(), 0
	for made < *programs {
		var units []Unit
		for range min(*perBatch, *programs-made) {
			units = append(units, Unit{Seed: *seed, Number: *first + made})
			made++
		}
		valid, faults, err := c.Valid(units)
		if err != nil {
			t.Fatal(err)
		}
		for _, fault := range faults {
			t.Errorf("seed %d: programs do not compile, the generator is at fault: %s", *seed, fault)
		}
		list, err := c.Check(valid, modesOf(made / *perBatch))
		if err != nil {
			t.Fatalf("seed %d, units %d to %d: %v", *seed, units[0].Number, made-1, err)
		}
		seen := map[string]bool{}
		for _, f := range list {
			t.Errorf("seed %d: %v", *seed, f)
			if !seen[f.What] && len(seen) < 3 && *tries > 0 {
				seen[f.What] = true
				report(t, c, f)
			}
		}
	}
	t.Logf("%d programs in %v", made, time.Since(begin).Round(time.Second))
}

// modesOf returns the flags for a batch: those of most users, and those that can be taken back, always.
func modesOf(batch int) [][]string {
	return append(slices.Clone(modes[:2]), modes[2+batch%2])
}

// report prints a failure and the smallest unit that shows it.
func report(t *testing.T, c *Checker, f Failure) {
	for _, u := range f.Units {
		list := modes
		if valid, _, err := c.Valid([]Unit{u}); err != nil || len(valid) == 0 {
			continue
		}
		alone, err := c.Check([]Unit{u}, list)
		if err != nil || !slices.ContainsFunc(alone, func(g Failure) bool { return g.What == f.What }) {
			continue
		}
		list = slices.DeleteFunc(slices.Clone(list), func(flags []string) bool {
			return !slices.ContainsFunc(alone, func(g Failure) bool {
				return g.What == f.What && strings.HasPrefix(g.Detail, strings.Join(flags, " ")+"\n")
			})
		})[:1]
		small := c.Smaller(u, f.What, list, *tries)
		t.Errorf("-seed %d -first %d, flags %q: %v\nthe smallest such program, without parts %v:\n%s", u.Seed, u.Number, list[0], f, slices.Sorted(maps.Keys(small.Without)), show(small))
		return
	}
	t.Errorf("seed %d, together only: %v", f.Units[0].Seed, f)
}

// show prints a unit's files.
func show(u Unit) string {
	files, _ := u.Make()
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		b.WriteString("-- " + name + " --\n" + string(files[name]))
	}
	return b.String()
}

// TestMake: the seed and the number alone make a unit, and parts can be left out one by one.
func TestMake(t *testing.T) {
	u := Unit{Seed: 3, Number: 4}
	if show(u) != show(u) {
		t.Error("the same unit differs")
	}
	if show(u) == show(Unit{Seed: 4, Number: 4}) || show(u) == show(Unit{Seed: 3, Number: 5}) {
		t.Error("another seed or number makes the same unit")
	}
	_, parts := u.Make()
	for part := 1; part <= parts; part += 5 {
		if _, n := (Unit{3, 4, map[int]bool{part: true}}).Make(); n != parts {
			t.Errorf("without part %d there are %d parts, and %d with it", part, n, parts)
		}
	}
}
