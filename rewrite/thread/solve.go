package thread

import (
	"maps"
	"slices"
)

// solver holds the graph of the whole program.
type solver struct {
	opts    Options
	funcs   map[string]*Func
	parent  map[string]string   // of the union-find over keys
	members map[string][]string // of each class, by its representative
	stays   map[string]string   // why a class cannot change
	twins   map[string]bool     // functions that stay, and get a twin that changes
	callers map[string][]Call   // of a function, from where no context is in reach
	calls   map[string][]Call   // in a function, of that sort
	strays  map[string][]Call   // of a function, from where there is no use for parameters
	later   map[string][]Call   // in a function, of that sort: its context, if it gets one for another call, is theirs
	given   []Call              // from where one is
	sinks   []Sink
	foreign map[string]string
	boxed   map[string]bool // the keys of methods that can be called without naming their type
	pinned  []string        // functions that are bound to one that keeps its type
}

// Solve plans what is to change.
func Solve(sums []*Summary, opts Options) *Plan {
	s := &solver{opts: opts, funcs: map[string]*Func{}, parent: map[string]string{}, members: map[string][]string{}, stays: map[string]string{}, twins: map[string]bool{}, foreign: map[string]string{}, callers: map[string][]Call{}, calls: map[string][]Call{}, strays: map[string][]Call{}, later: map[string][]Call{}}
	s.gather(sums)
	for key, f := range s.funcs {
		s.twins[key] = opts.Wrap && opts.Scope == Only && f.API && !f.Iface && f.Plain && f.Blank == nil && s.funcs[key+twinSuffix] == nil
	}
	s.sameCalls(sums)
	for _, sum := range sums {
		s.bindings(sum)
		for key, name := range sum.Foreign {
			if known := s.foreign[key]; known == "" || name < known {
				s.foreign[key] = name
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.funcs)) {
		root := s.find(key)
		s.members[root] = append(s.members[root], key)
	}
	for _, key := range s.pinned {
		s.stayHere(s.funcs[key], "is bound to a function that other modules can call")
	}
	s.unbox(sums)
	for _, sum := range sums {
		s.obstacles(sum)
		s.edges(sum)
	}
	for _, calls := range []map[string][]Call{s.callers, s.strays} {
		for _, list := range calls {
			slices.SortFunc(list, func(a, b Call) int { return a.Place.compare(b.Place) })
		}
	}
	for {
		back := s.backward()
		if !s.mentioned(back) {
			return s.plan(back)
		}
	}
}

// edges sorts the calls by where they stand and what they call.
func (s *solver) edges(sum *Summary) {
	for _, c := range sum.Calls {
		if s.funcs[c.To] == nil || c.Value && s.twins[c.To] {
			continue
		}
		if c.Has || s.hasAlias(c) || c.Blank != nil {
			if !isTest(c.Place.File) && !sum.Other { // what only tests or other builds reach needs no trace
				s.given = append(s.given, c)
			}
			continue
		}
		if s.usable(c.From, c.Via) {
			s.callers[c.To] = append(s.callers[c.To], c)
			s.calls[c.From] = append(s.calls[c.From], c)
		} else {
			s.strays[c.To] = append(s.strays[c.To], c)
			s.later[c.In] = append(s.later[c.In], c)
		}
	}
	s.sinks = append(s.sinks, sum.Sinks...)
}

// usable reports whether the parameters of a function can be used at a place in it.
func (s *solver) usable(from string, via []Via) bool {
	if s.funcs[from] == nil {
		return false
	}
	for _, v := range via {
		if f := s.funcs[v.To]; f == nil || !f.Calls[v.Arg] {
			return false
		}
	}
	return true
}

// backward returns the classes that lie on a way back from a call without a context
// and can change, and notes functions that need only a name for theirs.
func (s *solver) backward() map[string]bool {
	back := map[string]bool{}
	var visit func(key string)
	visit = func(key string) {
		f, root := s.funcs[key], s.find(key)
		if f == nil || f.Blank != nil || f.Holder || f.Root != "" || back[root] || s.stays[root] != "" {
			return
		}
		back[root] = true
		for _, m := range s.members[root] {
			for _, c := range s.callers[m] {
				visit(c.From)
			}
		}
	}
	for _, sink := range s.sinks {
		if s.usable(sink.From, sink.Via) {
			visit(sink.From)
		}
	}
	return back
}

// forward returns the classes of back that are reached from where a context is.
func (s *solver) forward(back map[string]bool) map[string]bool {
	reached := map[string]bool{}
	var visit func(c Call)
	visit = func(c Call) {
		root := s.find(c.To)
		if !back[root] || reached[root] {
			return
		}
		reached[root] = true
		for _, m := range s.members[root] {
			for _, next := range slices.Concat(s.calls[m], s.later[m]) {
				visit(next)
			}
		}
	}
	for _, c := range s.given {
		visit(c)
	}
	for key := range s.twins { // what other modules call may get a context from them
		if s.twins[key] {
			visit(Call{To: key})
		}
	}
	for _, f := range s.funcs {
		if f.Blank != nil {
			for _, c := range slices.Concat(s.calls[f.Key], s.later[f.Key]) {
				visit(c)
			}
		}
	}
	return reached
}

// plan makes the plan of what is on a way from a context to a call.
func (s *solver) plan(back map[string]bool) *Plan {
	reached := s.forward(back)
	p := &Plan{Changed: map[string]*Func{}, Named: map[string]*Func{}, Needs: map[string]bool{}, Twins: map[string]bool{}, Blanks: map[Blank]bool{}, changed: map[string]string{}, Reasons: map[Place]Reason{}}
	for root := range reached {
		for _, m := range s.members[root] {
			p.Changed[m] = s.funcs[m]
			p.Alike = append(p.Alike, s.alike(s.funcs[m])...)
			if s.twins[m] {
				p.Twins[m] = true
			}
		}
	}
	needs := func(key string) {
		switch f := s.funcs[key]; {
		case p.Changed[key] != nil:
			p.Needs[key] = true
		case f.Blank != nil && f.Fixed == "" && s.opts.Refused[key] == "": // a name changes no type
			p.Named[key] = f
			p.Blanks[*f.Blank] = true
			for _, other := range f.Others {
				p.Blanks[*other.Blank] = true
			}
		}
	}
	for key, list := range s.calls {
		for _, c := range list {
			if p.Changed[c.To] != nil {
				needs(key)
			}
		}
	}
	for key, list := range s.later {
		if s.funcs[key] != nil && slices.ContainsFunc(list, func(c Call) bool { return p.Changed[c.To] != nil }) {
			needs(key)
		}
	}
	for _, c := range s.given {
		switch {
		case p.Changed[c.To] == nil || c.Has:
		case c.Blank != nil:
			p.Blanks[*c.Blank] = true
		case s.hasAlias(c):
			p.Aliases = append(p.Aliases, *c.Hidden)
		}
	}
	for _, sink := range s.sinks {
		if sink.Blank != nil {
			p.Blanks[*sink.Blank] = true
			continue
		}
		if s.usable(sink.From, sink.Via) {
			needs(sink.From)
			if p.Changed[sink.From] != nil || p.Named[sink.From] != nil {
				continue
			}
		}
		p.Reasons[sink.Place] = s.reason(sink)
	}
	p.Aliases = aliases(p.Aliases)
	p.Lost = s.lost(p)
	return p
}
