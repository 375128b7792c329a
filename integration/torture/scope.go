package torture

import (
	"fmt"
	"maps"
	"slices"
)

// scope is what a place in a function can use.
type scope struct {
	g       *gen
	file    *file
	number  int // of the function
	results results
	vars    map[string][]string // expressions by kind, as in param
	hidden  map[string]bool     // names that mean something else here than in the package
	loop    string              // what leaves the loop around the place, or ""
	depth   int
}

// scopeOf is the scope of a function's body.
func (g *gen) scopeOf(fn *function) *scope {
	sc := &scope{g: g, file: fn.file, number: fn.number, results: fn.results, vars: map[string][]string{}, hidden: map[string]bool{}}
	switch fn.form {
	case method:
		sc.declare("db", "s.db")
		sc.hide("s")
	case value:
		sc.declare("db", "s.db")
		sc.hide("s")
	case generics:
		sc.hide("b")
	case promoted:
		sc.hide("me")
	case generic:
		sc.hide("T")
	}
	for _, p := range fn.params {
		if p.name != "_" {
			sc.declare(p.kind, p.name)
		}
	}
	return sc
}

// inner is a scope inside this one.
func (sc *scope) inner() *scope {
	in := *sc
	in.vars, in.hidden = map[string][]string{}, maps.Clone(sc.hidden)
	for kind, list := range sc.vars {
		in.vars[kind] = slices.Clone(list)
	}
	in.depth++
	return &in
}

// literal is the scope of a function literal with its own results.
func (sc *scope) literal(r results) *scope {
	in := sc.inner()
	in.results, in.loop = r, ""
	return in
}

// outlived is the scope of a function literal that runs when the request is over.
func (sc *scope) outlived() *scope {
	in := sc.literal(noResult)
	delete(in.vars, "w")
	return in
}

// hide says that a name has another meaning from here on.
func (sc *scope) hide(name string) {
	for kind, list := range sc.vars {
		sc.vars[kind] = slices.DeleteFunc(list, func(expr string) bool {
			return expr == name || len(expr) > len(name) && expr[:len(name)+1] == name+"."
		})
	}
	sc.hidden[name] = true
}

func (sc *scope) declare(kind, name string) {
	sc.hide(name)
	sc.vars[kind] = append(sc.vars[kind], name)
}

// can reports whether the place can write @key.
func (sc *scope) can(key string) bool { return !sc.hidden[sc.file.local[key]] }

// knows reports whether nothing hides these names of the language.
func (sc *scope) knows(names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { return sc.hidden[name] })
}

// argument returns an expression of a kind, or "".
func (sc *scope) argument(kind string) string {
	g, list := sc.g, sc.vars[kind]
	if len(list) > 0 && g.chance(80) {
		return list[len(list)-1-g.IntN(min(2, len(list)))]
	}
	switch kind {
	case "n":
		return fmt.Sprint(g.IntN(9))
	case "db":
		return "TheDB"
	case "client":
		return pick(g, "TheClient", "@http.DefaultClient", "(&OwnClient)")
	case "ctx":
		if reqs := sc.vars["req"]; len(reqs) > 0 {
			return reqs[len(reqs)-1] + ".Context()"
		}
		return "@context." + pick(g, "Background", "TODO") + "()"
	}
	if len(list) > 0 {
		return list[0]
	}
	return ""
}

// print is a statement that adds to the log.
func (sc *scope) print(args string) string {
	return fmt.Sprintf("@env.Print(%s, %s)", sc.g.quoted(), args)
}

// ending returns from the function, if it has results.
func (sc *scope) ending() string {
	n := sc.argument("n")
	switch sc.results {
	case errorResult:
		return "return nil\n"
	case twoResults:
		return "return " + n + ", nil\n"
	case namedResults:
		return sc.g.chooseReturn(n)
	}
	return ""
}

func (g *gen) chooseReturn(n string) string { return pick(g, "return\n", "return "+n+", nil\n") }

// leave returns a way out of the middle of the function, or of a loop.
func (sc *scope) leave(cause string) string {
	if sc.loop != "" && sc.g.chance(50) {
		return sc.loop
	}
	switch sc.results {
	case errorResult:
		return "return " + cause
	case twoResults:
		return "return 0, " + cause
	case namedResults:
		return "return 1, " + cause
	case boolResult:
		return "return false"
	}
	return "return"
}
