package thread

import (
	"go/token"
	"maps"
	"slices"
	"sort"
	"strings"
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
	given   []Call              // from where one is
	sinks   []Sink
	foreign map[string]string
	pinned  []string // functions that are bound to one that keeps its type
}

// Solve plans what is to change.
func Solve(sums []*Summary, opts Options) *Plan {
	s := &solver{opts: opts, funcs: map[string]*Func{}, parent: map[string]string{}, members: map[string][]string{}, stays: map[string]string{}, twins: map[string]bool{}, foreign: map[string]string{}, callers: map[string][]Call{}, calls: map[string][]Call{}}
	for _, sum := range sums {
		for _, f := range sum.Funcs {
			if s.funcs[f.Key] == nil {
				s.funcs[f.Key] = f
			}
		}
	}
	for key, f := range s.funcs {
		s.twins[key] = opts.Wrap && opts.Scope == Only && f.API && !f.Iface && f.Plain && !f.Named && s.funcs[key+twinSuffix] == nil
	}
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
		s.stay(key, "is bound to a function that other modules can call")
	}
	for _, sum := range sums {
		s.obstacles(sum)
		s.edges(sum)
	}
	for {
		back := s.backward()
		if !s.mentioned(back) {
			return s.plan(back)
		}
	}
}

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
		if strings.HasSuffix(f.Name, "."+name) && f.Sig == sig {
			out = append(out, key)
		}
	}
	sort.Strings(out)
	return out
}

// stay keeps a class as it is; the first reason is the one that counts.
func (s *solver) stay(key, why string) {
	f := s.funcs[key]
	if f == nil || s.twins[key] && f.Fixed == "" && s.opts.Refused[key] == "" {
		return
	}
	if root := s.find(key); s.stays[root] == "" {
		s.stays[root] = f.Name + " " + why
	}
}

// at shows a place.
func (s *solver) at(p Place) string {
	if p.File == "" {
		return ""
	}
	return " " + s.opts.Where(p)
}

// obstacles finds the classes that cannot change.
func (s *solver) obstacles(sum *Summary) {
	for _, f := range sum.Funcs {
		switch {
		case s.opts.Refused[f.Key] != "":
			s.stay(f.Key, "cannot be changed: "+s.opts.Refused[f.Key])
		case f.Fixed != "":
			s.stay(f.Key, f.Fixed)
		case f.API && s.opts.Scope == Only:
			s.stay(f.Key, "can be called by other modules, whose code would break"+s.twinHint())
		}
		name := lastName(f.Name)
		switch {
		case name == f.Name || f.Iface: // no method of a value
		case askedFor[name+" "+f.Sig] != "":
			s.stay(f.Key, "may be looked for by "+askedFor[name+" "+f.Sig])
		case s.foreign[name+" "+f.Sig] != "":
			s.stay(f.Key, "makes its type a "+s.foreign[name+" "+f.Sig]+", which that package may look for")
		case isHook(name, f.Sig):
			s.stay(f.Key, "is a hook that gorm calls")
		}
	}
	for _, u := range sum.Uses {
		why := u.Why + s.at(u.Place)
		if u.Mend != "" {
			why += ": " + u.Mend
		}
		s.stay(u.Key, why)
	}
	for _, c := range sum.Calls {
		if c.Multi {
			s.stay(c.To, "is called with the results of another call at"+s.at(c.Place)+": put them into variables first")
		}
	}
	s.reflected(sum)
	for _, a := range sum.Asserts {
		if s.funcs[a.Key] == nil {
			for _, key := range s.likeNamed(a.Name, a.Sig) {
				s.stay(key, "may be asked for by a type assertion at"+s.at(a.Place))
			}
		}
	}
}

// twinHint says how a function that other modules can call gets a context.
func (s *solver) twinHint() string {
	if s.opts.Wrap {
		return ", and has no twin: its name is taken, a parameter has none, or an interface binds it"
	}
	return ": -api=wrap gives it a twin with a context"
}

// reflected keeps the methods that are called by their name.
func (s *solver) reflected(sum *Summary) {
	for _, r := range sum.Reflected {
		for _, key := range slices.Sorted(maps.Keys(s.funcs)) {
			f := s.funcs[key]
			if name := lastName(f.Name); name != f.Name && (name == r.Name || r.Name == "" && token.IsExported(name)) {
				s.stay(key, "may be called by reflection at"+s.at(r.Place))
			}
		}
	}
}

func lastName(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// askedFor are methods that libraries look for at run time, by name and type.
var askedFor = map[string]string{
	"String func() string": "package fmt", "GoString func() string": "package fmt", "Error func() string": "package fmt",
	"MarshalJSON func() ([]byte, error)": "package encoding/json", "UnmarshalJSON func([]byte) error": "package encoding/json",
	"MarshalText func() ([]byte, error)": "encoders", "UnmarshalText func([]byte) error": "decoders",
	"MarshalYAML func() (any, error)": "YAML encoders", "UnmarshalYAML func(func(any) error) error": "YAML decoders",
	"Scan func(any) error": "package database/sql", "Value func() (database/sql/driver.Value, error)": "package database/sql",
	"Close func() error": "code that closes an io.Closer", "Unwrap func() error": "package errors", "Is func(error) bool": "package errors", "As func(any) bool": "package errors",
	"Unwrap func() []error": "package errors", "Timeout func() bool": "package net", "Temporary func() bool": "package net",
	"Unwrap func() net/http.ResponseWriter": "package net/http", "FlushError func() error": "package net/http", "LogValue func() log/slog.Value": "package log/slog",
	"Flush func()": "package net/http", "Set func(string) error": "package flag", "Len func() int": "package sort",
	"Read func([]byte) (int, error)": "package io", "Write func([]byte) (int, error)": "package io",
	"Validate func() error": "validators", "TableName func() string": "an object mapper",
}

// isHook reports whether a method is one that the object mapper gorm looks for.
func isHook(name, sig string) bool {
	hook := strings.HasPrefix(name, "Before") || strings.HasPrefix(name, "After")
	return hook && (strings.Contains(sig, "gorm.io/gorm.DB") || strings.Contains(sig, "github.com/jinzhu/gorm"))
}

// edges sorts the calls by where they stand and what they call.
func (s *solver) edges(sum *Summary) {
	for _, c := range sum.Calls {
		if s.funcs[c.To] == nil {
			continue
		}
		if c.Has {
			if !isTest(c.Place.File) { // what only tests reach needs no trace
				s.given = append(s.given, c)
			}
			continue
		}
		if s.usable(c.From, c.Via) {
			s.callers[c.To] = append(s.callers[c.To], c)
			s.calls[c.From] = append(s.calls[c.From], c)
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
		if f == nil || f.Named || f.Root != "" || back[root] || s.stays[root] != "" {
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

// mentioned keeps classes as they are whose names stand in files that are not
// looked at, and reports whether there were any.
func (s *solver) mentioned(back map[string]bool) bool {
	found := false
	for _, root := range slices.Sorted(maps.Keys(back)) {
		for _, m := range s.members[root] {
			if s.twins[m] {
				continue
			}
			if why := s.opts.Mentions(lastName(s.funcs[m].Name)); why != "" {
				s.stay(m, why)
				found = true
				break
			}
		}
	}
	return found
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
			for _, next := range s.calls[m] {
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
		if f.Named {
			for _, c := range s.calls[f.Key] {
				visit(c)
			}
		}
	}
	return reached
}

// plan makes the plan of what is on a way from a context to a call.
func (s *solver) plan(back map[string]bool) *Plan {
	reached := s.forward(back)
	p := &Plan{Changed: map[string]*Func{}, Named: map[string]*Func{}, Needs: map[string]bool{}, Twins: map[string]bool{}, Reasons: map[Place]Reason{}}
	for root := range reached {
		for _, m := range s.members[root] {
			p.Changed[m] = s.funcs[m]
			if s.twins[m] {
				p.Twins[m] = true
			}
		}
	}
	needs := func(key string) {
		switch f := s.funcs[key]; {
		case p.Changed[key] != nil:
			p.Needs[key] = true
		case f.Named && f.Fixed == "" && s.opts.Refused[key] == "": // a name changes no type
			p.Named[key] = f
		}
	}
	for key, list := range s.calls {
		for _, c := range list {
			if p.Changed[c.To] != nil {
				needs(key)
			}
		}
	}
	for _, sink := range s.sinks {
		if s.usable(sink.From, sink.Via) {
			needs(sink.From)
			if p.Changed[sink.From] != nil || p.Named[sink.From] != nil {
				continue
			}
		}
		p.Reasons[sink.Place] = s.reason(sink)
	}
	return p
}

// reason says what stands between a call and a context.
func (s *solver) reason(sink Sink) Reason {
	f := s.funcs[sink.From]
	switch {
	case f == nil:
		return Reason{Other: sink.Why}
	case !s.usable(sink.From, sink.Via):
		return Reason{Other: "it stands in a function that is handed on and may be called later"}
	case f.Root != "":
		return Reason{Other: f.Root}
	}
	if why := s.stays[s.find(sink.From)]; why != "" {
		return Reason{Blocker: why}
	}
	if chain, why := s.nearest(sink.From); why != "" {
		return Reason{Blocker: why, Chain: chain}
	}
	return Reason{Other: "no caller of " + f.Name + " has one"}
}

// nearest goes up the callers of a function to the first class that cannot change,
// and returns the way there.
func (s *solver) nearest(key string) (chain []string, why string) {
	type step struct {
		key   string
		chain []string
	}
	seen := map[string]bool{s.find(key): true}
	for queue := []step{{key: key}}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		for _, m := range s.members[s.find(at.key)] {
			for _, c := range s.callers[m] {
				caller, root := s.funcs[c.From], s.find(c.From)
				if seen[root] || caller.Root != "" {
					continue
				}
				seen[root] = true
				chain := append(at.chain[:len(at.chain):len(at.chain)], caller.Name)
				if why := s.stays[root]; why != "" {
					return chain, why
				}
				queue = append(queue, step{c.From, chain})
			}
		}
	}
	return nil, ""
}
