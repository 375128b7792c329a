package builds

import (
	"cmp"
	"go/build/constraint"
	"slices"
	"strings"
)

// File is a Go file that a build leaves out.
type File struct {
	Name string
	Src  []byte
}

// Choose returns builds that have files which base leaves out: few of them, and as
// like base as can be. There are at most limit. What no build has is not in any.
//
// It is a greedy cover: of the builds that have a file and are the nearest to base for
// it, the one that has the most files is taken, then the one that has the most of
// the rest. Two tags of which no file wants both are never set together: they may
// stand for two forms of the same thing.
func Choose(files []File, base Build, limit int) []Build {
	groups := groupsOf(files)
	u := newUniverse(groups, base)
	var near []Build
	for _, g := range groups {
		found := u.builds(g.x)
		for _, b := range found {
			if b.distance(base) == found[0].distance(base) && !slices.ContainsFunc(near, b.equal) {
				near = append(near, b)
			}
		}
	}
	sort(near, base)
	var chosen []Build
	for len(chosen) < limit {
		best, most := Build{}, 0
		for _, b := range near {
			n := 0
			for _, g := range groups {
				if g.x.Eval(b.satisfies) {
					n += g.files
				}
			}
			if n > most {
				best, most = b, n
			}
		}
		if most == 0 {
			break
		}
		chosen = append(chosen, best)
		groups = slices.DeleteFunc(groups, func(g group) bool { return g.x.Eval(best.satisfies) })
	}
	return chosen
}

// group counts the files of one constraint.
type group struct {
	x     constraint.Expr
	files int
}

// groupsOf returns the constraints of files, in the order of the files. Files whose names the go
// command ignores are left out.
func groupsOf(files []File) []group {
	var groups []group
	known := map[string]int{}
	for _, f := range files {
		x := Constraint(f.Name, f.Src)
		if x == nil || isIgnored(f.Name) {
			continue
		}
		i, ok := known[x.String()]
		if !ok {
			i = len(groups)
			known[x.String()] = i
			groups = append(groups, group{x: x})
		}
		groups[i].files++
	}
	return groups
}

func (b Build) equal(c Build) bool {
	return b.GOOS == c.GOOS && b.GOARCH == c.GOARCH && b.Cgo == c.Cgo && slices.Equal(b.Tags, c.Tags)
}

// sort puts the builds that are the most like base first.
func sort(builds []Build, base Build) {
	slices.SortStableFunc(builds, func(a, b Build) int {
		return cmp.Or(cmp.Compare(a.distance(base), b.distance(base)), strings.Compare(a.From(base), b.From(base)))
	})
}

// Of returns those of files that the build has.
func (b Build) Of(files []File) []File {
	return slices.DeleteFunc(slices.Clone(files), func(f File) bool { return !b.Has(f.Name, f.Src) })
}

// distance says how unlike a build is to another. To do without a tag that the user
// has set is the last resort.
func (b Build) distance(base Build) (n int) {
	if b.GOOS != base.GOOS {
		n += 2
	}
	if b.GOARCH != base.GOARCH {
		n += 2
	}
	if b.Cgo != base.Cgo {
		n++
	}
	for _, t := range b.Tags {
		if !slices.Contains(base.Tags, t) {
			n++
		}
	}
	for _, t := range base.Tags {
		if !slices.Contains(b.Tags, t) {
			n += 10
		}
	}
	return n
}

// universe holds what builds are made of: the systems and processors that the files
// name.
type universe struct {
	base       Build
	systems    []string
	processors []string
}

func newUniverse(groups []group, base Build) *universe {
	u := &universe{base: base, systems: []string{base.GOOS}, processors: []string{base.GOARCH}}
	var named []string
	for _, g := range groups {
		named = append(named, tags(g.x)...)
	}
	slices.Sort(named)
	for _, t := range slices.Concat(named, []string{"linux", "windows", "darwin", "amd64", "arm64"}) { // the last for !linux and the like
		switch {
		case slices.Contains(systems, t) && !slices.Contains(u.systems, t):
			u.systems = append(u.systems, t)
		case slices.Contains(processors, t) && !slices.Contains(u.processors, t):
			u.processors = append(u.processors, t)
		}
	}
	return u
}

// builds returns the builds that have a file of a constraint: for each system, processor and setting of
// cgo the one with the fewest tags set or taken away.
func (u *universe) builds(x constraint.Expr) []Build {
	choices := u.tagSets(x)
	var out []Build
	for _, goos := range u.systems {
		for _, goarch := range u.ports(goos) {
			for _, cgo := range u.cgo(x, goos, goarch) {
				for _, set := range choices {
					b := Build{GOOS: goos, GOARCH: goarch, Cgo: cgo, Tags: set}
					if x.Eval(b.satisfies) {
						out = append(out, b)
						break
					}
				}
			}
		}
	}
	sort(out, u.base)
	return out
}

// cgo returns the settings of cgo to try. For another system there is usually no
// compiler.
func (u *universe) cgo(x constraint.Expr, goos, goarch string) []bool {
	usual := u.base.Cgo && goos == u.base.GOOS && goarch == u.base.GOARCH
	if slices.Contains(tags(x), "cgo") {
		return []bool{usual, !usual}
	}
	return []bool{usual}
}

// most is how many tags of a constraint are tried in all ways.
const most = 8

// tagSets returns the sets of tags that can make a constraint true, those that are
// the most like the ones of base first.
func (u *universe) tagSets(x constraint.Expr) [][]string {
	var own []string
	for _, t := range tags(x) {
		if isFree(t) && !slices.Contains(own, t) && len(own) < most {
			own = append(own, t)
		}
	}
	slices.Sort(own)
	var sets [][]string
	for bits := range 1 << len(own) {
		set := slices.DeleteFunc(slices.Clone(u.base.Tags), func(t string) bool { return slices.Contains(own, t) })
		for i, t := range own {
			if bits&(1<<i) != 0 {
				set = append(set, t)
			}
		}
		slices.Sort(set)
		sets = append(sets, set)
	}
	slices.SortStableFunc(sets, func(a, b []string) int {
		return cmp.Compare(Build{Tags: a}.distance(Build{Tags: u.base.Tags}), Build{Tags: b}.distance(Build{Tags: u.base.Tags}))
	})
	return sets
}

// isFree reports whether a tag is one that users give with -tags. Files behind
// "ignore" are programs of their own, or put aside.
func isFree(t string) bool {
	switch t {
	case "ignore", "unix", "cgo", "gc", "gccgo":
		return false
	}
	return !slices.Contains(systems, t) && !slices.Contains(processors, t) && !strings.HasPrefix(t, "go1.") && !strings.HasPrefix(t, "goexperiment.")
}

// ports returns the processors to try for a system.
func (u *universe) ports(goos string) []string {
	known, few := ports[goos]
	if !few {
		known = "amd64 arm64 386 arm loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x"
	}
	var out []string
	for _, p := range u.processors {
		if slices.Contains(strings.Fields(known), p) {
			out = append(out, p)
		}
	}
	if len(out) == 0 {
		out = strings.Fields(known)[:1]
	}
	return out
}

// ports are the processors of systems that do not have the usual ones.
var ports = map[string]string{
	"aix": "ppc64", "android": "arm64 386 amd64 arm", "darwin": "arm64 amd64", "dragonfly": "amd64", "freebsd": "amd64 386 arm arm64 riscv64", "illumos": "amd64",
	"ios": "arm64 amd64", "js": "wasm", "netbsd": "amd64 386 arm arm64", "openbsd": "amd64 386 arm arm64 ppc64 riscv64", "plan9": "amd64 386 arm", "solaris": "amd64",
	"wasip1": "wasm", "windows": "amd64 386 arm64",
}
