package thread

import (
	"cmp"
	"slices"
	"sort"
	"strings"
)

func (s *solver) find(key string) string {
	for s.parent[key] != "" {
		key = s.parent[key]
	}
	return key
}

func (s *solver) union(a, b string) {
	if s.funcs[a] == nil || s.funcs[b] == nil {
		return
	}
	if s.twins[a] || s.twins[b] { // the function that is bound stays as it is
		s.pin(a)
		s.pin(b)
		return
	}
	a, b = s.find(a), s.find(b)
	if a > b {
		a, b = b, a
	}
	if a != b {
		s.parent[b] = a
	}
}

// twinSuffix makes the name of a twin, as package database/sql does.
const twinSuffix = "Context"

// pin keeps a function that is bound to one with a twin.
func (s *solver) pin(key string) {
	if !s.twins[key] {
		s.pinned = append(s.pinned, key)
	}
}

// gather takes the functions of all summaries. One that several builds declare, each
// in a file of its own, is one function.
func (s *solver) gather(sums []*Summary) {
	for _, sum := range sums {
		for _, f := range sum.Funcs {
			known := s.funcs[f.Key]
			switch {
			case known == nil:
				s.funcs[f.Key] = f
			case sum.Other && !known.at(f.Place):
				s.funcs[f.Key] = known.with(f)
			}
		}
	}
}

// at reports whether a declaration of a function is at a place.
func (f *Func) at(p Place) bool {
	return f.Place == p || slices.ContainsFunc(f.Others, func(o *Func) bool { return o.Place == p })
}

// with returns a function with one more declaration.
func (f *Func) with(other *Func) *Func {
	out := *f
	out.Others = append(f.Others[:len(f.Others):len(f.Others)], other)
	out.API, out.Plain, out.Root = f.API || other.API, f.Plain && other.Plain, cmp.Or(f.Root, other.Root)
	out.Calls = map[int]bool{}
	for i := range f.Calls {
		if other.Calls[i] {
			out.Calls[i] = true
		}
	}
	if (f.Blank == nil) != (other.Blank == nil) || f.Holder != other.Holder {
		out.Fixed = cmp.Or(f.Fixed, "has a context in one build and none in another")
	}
	return &out
}

// sameCalls unites the functions that one call calls in several builds.
func (s *solver) sameCalls(sums []*Summary) {
	called := map[Place]string{}
	for _, sum := range sums {
		for _, c := range sum.Calls {
			if to, ok := called[c.Place]; ok && to != c.To {
				s.union(to, c.To)
			}
			called[c.Place] = c.To
		}
	}
}

// bindings unites what interfaces bind to each other.
func (s *solver) bindings(sum *Summary) {
	for _, b := range sum.Binds {
		s.union(b.A, b.B)
	}
	for _, a := range sum.Asserts {
		if s.funcs[a.Key] == nil {
			continue
		}
		for _, key := range s.likeNamed(a.Name, a.Sig) {
			s.union(a.Key, key)
		}
	}
}

// likeNamed returns the methods with a name and type, which an interface that is
// asked for at run time could find.
func (s *solver) likeNamed(name, sig string) []string {
	var out []string
	for key, f := range s.funcs {
		like := func(f *Func) bool { return strings.HasSuffix(f.Name, "."+name) && f.Sig == sig }
		if like(f) || slices.ContainsFunc(f.Others, like) {
			out = append(out, key)
		}
	}
	sort.Strings(out)
	return out
}

// stay keeps a class as it is, for a reason that ends with its place.
func (s *solver) stay(key, why string) {
	if f := s.funcs[key]; f != nil {
		s.keep(f, f.Name+" "+why)
	}
}

// stayHere keeps a class for a reason that is the function's own: it gets its place.
func (s *solver) stayHere(f *Func, why string) {
	if f != nil {
		s.keep(f, f.Name+","+s.at(f.Place)+", "+why)
	}
}

// keep keeps the class of a function. Of several reasons the one that sorts first
// counts, whatever the order in which they are found.
func (s *solver) keep(f *Func, why string) {
	if s.twins[f.Key] && f.Fixed == "" && s.opts.Refused[f.Key] == "" {
		return
	}
	if root := s.find(f.Key); s.stays[root] == "" || why < s.stays[root] {
		s.stays[root] = why
	}
}

// at shows a place.
func (s *solver) at(p Place) string {
	if p.File == "" {
		return ""
	}
	return " " + s.opts.Where(p)
}
