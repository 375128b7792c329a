// Package thread plans how a context reaches the calls that have none.
//
// The problem: half of real programs have no context where the query is. To give
// them one, functions must gain a parameter, and with them everything that is
// bound to them by a type, and all their callers. The approach needs types alone:
//
//	summarize   each package is reduced to the functions that it declares, who
//	            calls whom with or without a context in reach, what is used as a
//	            value, and which methods an interface binds to each other;
//	solve       back from the calls that lack a context through the callers, and
//	            forward from where one is in reach: what lies on both is changed,
//	            whole classes of bound functions at a time;
//	edit        parameters into declarations, then, with those in scope, arguments
//	            into calls.
//
// A class that holds something which cannot change stays as it is, and the reason
// is kept for each call behind it. Nothing here proves that the result compiles:
// that is for the caller, who blocks the class that an error names and solves
// again.
//
// It deliberately follows no function values: a function that is used other than
// by being called keeps its type. It never takes a context out of a struct.
//
// It imports analysis/find, scope and edit.
package thread

import (
	"cmp"
	"slices"
	"strings"
)

// Scope says which functions may gain a parameter.
type Scope string

// The scopes.
const (
	Module Scope = "module"  // all of them: the module is an application
	Only   Scope = "package" // those that no other module can call
	Off    Scope = "off"     // none
)

// Narrower reports whether fewer functions may change in a scope than in another.
func (s Scope) Narrower(than Scope) bool {
	order := []Scope{Off, Only, Module}
	return slices.Index(order, s) < slices.Index(order, than)
}

// Place is a position in a file on disk.
type Place struct {
	File   string // absolute
	Offset int
	Line   int
}

// compare orders places by file and offset.
func (p Place) compare(q Place) int {
	return cmp.Or(strings.Compare(p.File, q.File), cmp.Compare(p.Offset, q.Offset))
}

// Func is a function, method or interface method that the program declares.
type Func struct {
	Key   string // see keyOf
	Name  string // as a report gives it: (*T).M, T.M or F
	Place Place  // of its name
	Pkg   string // import path
	Test  bool   // in a test file
	Sig   string // of its type, without names

	Iface bool   // a method of an interface
	API   bool   // other modules can call it
	Plain bool   // all its parameters and its receiver have names
	Root  string // why it is where contexts begin, as main is; or ""
	Fixed string // why it cannot change; or ""
	Blank *Blank // its parameter with a context that has no name, and only needs one
	// Holder says that it has a parameter with a request's context, and Lost where that
	// is replaced by another.
	Holder bool
	Lost   Place
	// Calls are the parameters that are functions and only ever called, while the
	// function runs.
	Calls map[int]bool
	// Others are its declarations in files of other builds.
	Others []*Func
}

// LastName returns the function's name without its receiver.
func (f *Func) LastName() string { return lastName(f.Name) }

// Blank is a parameter of a function that has a request's context, but no name.
type Blank struct {
	Place Place  // of its type
	Name  string // what it should be called, and
	Other string // what if that is taken
}

// Around is where a call stands.
type Around struct {
	Blank *Blank // of a function literal around it, if that has one
	From  string // the key of the function around it, or "" where its parameters cannot be used
	Via   []Via
	In    string // the key of the function declaration around it
	Why   string // why From is "", and
	At    Place  // what makes it so
	Mend  string // and what would help
}

// Call is a call of one of the program's functions.
type Call struct {
	Around
	To    string
	Place Place
	Has   bool // a context is in reach
	Multi bool // its arguments are the results of one call
	Value bool // the function is not called, but given to one that calls it at once
	// Hidden is the way to a context whose name means something else at the call, or
	// nil.
	Hidden *Alias
}

// Alias is a variable that takes a context down before its name means something
// else.
type Alias struct {
	Key   string // of the function around it
	Text  string // the context
	Place Place  // in front of which the variable is declared; File is "" if there is none
	End   int    // the offset where its scope ends
	Name  string // what the context is called
	By    Place  // what else that name means
}

// Via is a function literal between a call and the function around it: it is
// given to a function of the program, which must call it at once.
type Via struct {
	To  string
	Arg int
}

// Sink is a call that needs a context and has none in reach.
type Sink struct {
	Around
	Place  Place
	Hidden *Alias // as in Call; no variable is declared for it alone, which would be unused once the tracing is removed
	Polls  bool   // it waits for messages, which begin segments of their own
}

// Use is a place that keeps a function from changing.
type Use struct {
	Key   string
	Place Place
	Why   string // before the place
	Mend  string // behind it: what would free the function
	Via   *Via   // if not nil, what must not be given a function that is to be called at once
}

// Bind binds the types of two functions to each other.
type Bind struct{ A, B string }

// Assert is an interface's method that a type assertion asks for.
type Assert struct {
	Key       string // of the interface's method, if the program declares it
	Name, Sig string
	Place     Place
}

// Reflected is a method that is called by its name; "" stands for any.
type Reflected struct {
	Name  string
	Place Place
}

// Summary is what the plan needs of a package. It holds no syntax and no types.
type Summary struct {
	Other   bool // of another build than that of the run: no way begins there
	Funcs   []*Func
	Calls   []Call
	Sinks   []Sink
	Uses    []Use
	Binds   []Bind
	Asserts []Assert

	Reflected []Reflected
	// Foreign are the methods, by name and type, of interfaces that imported packages
	// of other modules declare, with an interface's name.
	Foreign map[string]string
	// Holds says what a value of a type gives to those who do not know the type: other
	// types and the keys of methods. See boxer.
	Holds []Bind
}

// Options say what may change.
type Options struct {
	Scope Scope
	// Wrap lets functions that other modules can call change all the same: they get a
	// twin with a context, and stay as a wrapper around it.
	Wrap bool
	// Mentions says where a function is named that the summaries do not see, as the
	// end of a sentence about it, or "". Of a function that gets a twin, only
	// declarations count.
	Mentions func(f *Func, twin bool) string
	// Imports says the same of where the package of a method is imported, so that a
	// value of its type may be put into an interface there.
	Imports func(method *Func) string
	// Templates is the same for the templates, which call methods by their name.
	Templates func(name string) string
	// Partial says that the summaries are not all of the program, so that it may put
	// more into interfaces than they know of.
	Partial func() bool
	// Where shows a place as a report does.
	Where func(Place) string
	// Refused holds functions, by key, whose change did not stand the proof, and why.
	Refused map[string]string
}

// Plan is what is to change.
type Plan struct {
	Changed map[string]*Func // functions that gain a parameter, by key
	Named   map[string]*Func // functions whose context parameter is given a name
	Needs   map[string]bool  // of Changed: those whose body passes the context on
	Twins   map[string]bool  // of Changed: those that get a twin instead
	Aliases []Alias          // variables for contexts
	Blanks  map[Blank]bool   // parameters that are given a name
	// Alike are the methods that stay and have the name and type of an interface's that
	// changes: code that is not seen may bind them to it.
	Alike []*Func
	// changed are the keys of methods of interfaces without a name, by what they are
	// once those are edited.
	changed map[string]string
	// Reasons say, for each sink that is not reached, what stands in the way.
	Reasons map[Place]Reason
	// Lost are the calls of changed functions, outside of tests, that are given a root
	// context because something stands in the way of another.
	Lost []Lost
}

// Lost is a call that is given a root context, and why.
type Lost struct {
	Place  Place
	To     *Func
	Reason Reason
}

// Reason is why no context reaches a call.
type Reason struct {
	Chain []string // the functions between the call and what stands in the way
	// Blocker is what would have to change, where it is and how; "" if the call is
	// not blocked but nothing that has a context leads to it, and then
	Other   string // is where the way ends
	Blocker string
}

// String returns the reason as one sentence.
func (r Reason) String() string {
	text := r.Blocker + r.Other
	for i, name := range slices.Backward(r.Chain) {
		if rest, ok := strings.CutPrefix(text, name+", "); ok && i == len(r.Chain)-1 { // its place, and why
			place, why, _ := strings.Cut(rest, ", ")
			text = "called by " + name + ", " + place + ", which " + why
			continue
		}
		if rest, ok := strings.CutPrefix(text, name+" "); ok && i == len(r.Chain)-1 {
			text = "called by " + name + ", which " + rest
			continue
		}
		text = "called by " + name + ": " + text
	}
	return text
}

// Empty reports whether there is nothing to change.
func (p *Plan) Empty() bool { return len(p.Changed) == 0 && len(p.Blanks) == 0 }

// Names reports whether the plan gives a parameter in a file a name.
func (p *Plan) Names(file string) bool {
	for b := range p.Blanks {
		if b.Place.File == file {
			return true
		}
	}
	return false
}

// Funcs returns the functions that change, by place: all their declarations.
func (p *Plan) Funcs() []*Func {
	var out []*Func
	for _, f := range p.Changed {
		out = append(append(out, f), f.Others...)
	}
	for _, f := range p.Named {
		out = append(append(out, f), f.Others...)
	}
	slices.SortFunc(out, func(a, b *Func) int { return a.Place.compare(b.Place) })
	return out
}
