package thread

import (
	"cmp"
	"go/token"
	"maps"
	"slices"
	"strings"
)

// ownMethod frees what a method does without changing its type.
const ownMethod = "let it call a method of its own that takes a context"

// obstacles finds the classes that cannot change.
func (s *solver) obstacles(sum *Summary) {
	for _, f := range sum.Funcs {
		switch {
		case s.opts.Refused[f.Key] != "":
			s.stayHere(f, "cannot be changed: "+s.opts.Refused[f.Key])
		case f.Fixed != "" || s.funcs[f.Key].Fixed != "":
			s.stayHere(f, cmp.Or(f.Fixed, s.funcs[f.Key].Fixed))
		case f.API && s.opts.Scope == Only:
			s.stayHere(f, "can be called by other modules, whose code would break"+s.twinHint())
		}
		name := lastName(f.Name)
		if name == f.Name || f.Iface { // no method of a value
			continue
		}
		if why := s.askedFor(name, f.Sig); why != "" && s.isBoxed(f.Key) {
			s.stayHere(f, why+": "+ownMethod)
		}
	}
	for _, u := range sum.Uses {
		if u.Via != nil && s.usable(u.Key, []Via{*u.Via}) {
			continue
		}
		why := u.Why + s.at(u.Place)
		if u.Mend != "" {
			why += ": " + u.Mend
		}
		if u.Place.File == "" {
			s.stayHere(s.funcs[u.Key], why)
			continue
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
				s.stay(key, "may be asked for by a type assertion at"+s.at(a.Place)+": "+ownMethod)
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
			if name := lastName(f.Name); name != f.Name && (name == r.Name || r.Name == "" && token.IsExported(name)) && s.isBoxed(key) {
				s.stay(key, "may be called by reflection at"+s.at(r.Place)+": "+ownMethod)
			}
		}
	}
}

func lastName(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// askedFor says who looks for a method at run time in values that it is given, or "".
func (s *solver) askedFor(name, sig string) string {
	switch key := name + " " + sig; {
	case wellKnown[key] != "":
		return "may be looked for by " + wellKnown[key]
	case s.foreign[key] != "":
		return "makes its type a " + s.foreign[key] + ", which that package may look for"
	case isHook(name, sig):
		return "is a hook that gorm calls"
	}
	return ""
}

// wellKnown are methods that libraries look for at run time, by name and type.
var wellKnown = map[string]string{
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

// alike returns the methods outside of an interface method's class that have its name
// and type.
func (s *solver) alike(f *Func) []*Func {
	var out []*Func
	if f.Iface {
		for _, key := range s.likeNamed(f.LastName(), f.Sig) {
			if other := s.funcs[key]; !other.Iface && s.find(key) != s.find(f.Key) {
				out = append(out, other)
			}
		}
	}
	return out
}

// boundElsewhere says where code that is not seen may bind a further method to that of an
// interface, or "".
func (s *solver) boundElsewhere(f *Func) string {
	for _, other := range s.alike(f) {
		if why := s.opts.Imports(other); why != "" {
			return "may be implemented by " + other.Name + ", whose package " + why
		}
	}
	return ""
}

// mentioned keeps classes as they are whose names stand in files that are not
// looked at, and reports whether there were any.
func (s *solver) mentioned(back map[string]bool) bool {
	found := false
	for _, root := range slices.Sorted(maps.Keys(back)) {
		for _, m := range s.members[root] {
			f := s.funcs[m]
			why := s.opts.Mentions(f, s.twins[m])
			if name := f.LastName(); why == "" && !s.twins[m] && name != f.Name && token.IsExported(name) && s.isBoxed(m) {
				why = s.opts.Templates(name)
			}
			if why == "" {
				why = s.boundElsewhere(f)
			}
			if why != "" {
				s.stays[root], found = f.Name+" "+why, true
				break
			}
		}
	}
	return found
}
