package thread

import (
	"maps"
	"slices"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
)

// reason says what stands between a call and a context.
func (s *solver) reason(sink Sink) Reason {
	f := s.funcs[sink.From]
	switch {
	case sink.Hidden != nil:
		return Reason{Other: sink.Hidden.Name + " means something else from" + s.at(sink.Hidden.By) + " on: rename that"}
	case f == nil || !s.usable(sink.From, sink.Via):
		return Reason{Other: s.loose(sink.Around)}
	}
	why := s.nearest(sink.From)
	if sink.Polls {
		why.Other = strings.Replace(why.Other, beginThere, find.EachMessage, 1)
	}
	return why
}

// beginThere is what to do where a way up ends at a root.
const beginThere = "begin a segment there"

// loose says why a place has no use for the parameters of the function around it.
func (s *solver) loose(a Around) string {
	for _, v := range a.Via {
		if f := s.funcs[v.To]; a.From != "" && f != nil && !f.Calls[v.Arg] {
			return "it stands in a function that " + f.Name + " is given and may keep," + s.at(f.Place) + ": give that function a context"
		}
	}
	return a.Why + s.at(a.At) + a.Mend
}

// stands says why a function has no context and is given none, or "".
func (s *solver) stands(f *Func) string {
	switch {
	case f.Root != "":
		return f.Root + "," + s.at(f.Place) + ": " + beginThere
	case f.Lost.File != "":
		return f.Name + " replaces its context at" + s.at(f.Lost) + " by one that is not the request's: pass on what it is given"
	case f.Holder:
		return f.Name + " has a context that cannot be used there:" + s.at(f.Place)
	}
	return ""
}

// nearest goes up the callers of a function to the first that stands in the way: a
// class that cannot change before one where contexts begin, and tests last.
func (s *solver) nearest(key string) Reason {
	type step struct {
		key   string
		chain []string
	}
	var end, tests Reason
	ends := func(why Reason, inTest bool) {
		if inTest {
			tests = tests.or(why)
		} else {
			end = end.or(why)
		}
	}
	seen := map[string]bool{s.find(key): true}
	for queue := []step{{key: key}}; len(queue) > 0; queue = queue[1:] {
		at, root := queue[0], s.find(queue[0].key)
		f := s.funcs[at.key]
		if why := s.stands(f); why != "" {
			ends(Reason{Other: why, Chain: at.chain}, f.Test)
			continue
		}
		if why := s.stays[root]; why != "" {
			return Reason{Blocker: why, Chain: at.chain}
		}
		for _, m := range s.members[root] {
			for _, c := range s.strays[m] {
				ends(Reason{Other: "the call at" + s.at(c.Place) + " has none: " + s.loose(c.Around), Chain: at.chain}, isTest(c.Place.File))
			}
			for _, c := range s.callers[m] {
				if root := s.find(c.From); !seen[root] {
					seen[root] = true
					queue = append(queue, step{c.From, append(slices.Clone(at.chain), s.funcs[c.From].Name)})
				}
			}
		}
		if !s.isCalled(root) {
			end = end.or(s.uncalled(f, at.chain))
		}
	}
	return end.or(tests).or(s.uncalled(s.funcs[key], nil))
}

// isCalled reports whether there is a call of a class.
func (s *solver) isCalled(root string) bool {
	return slices.ContainsFunc(s.members[root], func(m string) bool { return len(s.callers[m])+len(s.strays[m]) > 0 })
}

func (s *solver) uncalled(f *Func, chain []string) Reason {
	return Reason{Other: f.Name + " is called by nothing that has a context," + s.at(f.Place), Chain: chain}
}

// or returns the first of two reasons that is one.
func (r Reason) or(other Reason) Reason {
	if r.Other != "" {
		return r
	}
	return other
}

// lost returns the calls of changed functions that are not given the context of a
// request: those in functions that cannot change, or are kept and called later.
// Roots are where a context may begin.
func (s *solver) lost(p *Plan) []Lost {
	var out []Lost
	for _, key := range slices.Sorted(maps.Keys(p.Changed)) {
		for _, c := range s.callers[key] {
			if f := s.funcs[c.From]; p.Changed[c.From] == nil && p.Named[c.From] == nil && f.Root == "" && !f.Test {
				if why := s.nearest(c.From); why.Blocker != "" {
					out = append(out, Lost{c.Place, s.funcs[key], why})
				}
			}
		}
		for _, c := range s.strays[key] {
			if (c.Via != nil || c.Mend != "") && p.Changed[c.In] == nil && p.Named[c.In] == nil && !isTest(c.Place.File) { // not what runs when the package is initialised
				out = append(out, Lost{c.Place, s.funcs[key], Reason{Other: s.loose(c.Around)}})
			}
		}
	}
	return slices.CompactFunc(out, func(a, b Lost) bool { // another build has the same calls
		return a.To == b.To && a.Place.File == b.Place.File && a.Place.Line == b.Place.Line && a.Reason.String() == b.Reason.String()
	})
}
