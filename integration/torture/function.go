package torture

import (
	"fmt"
	"slices"
	"strings"
)

// form is how a function is declared, and so how it is called.
type form int

const (
	plain    form = iota
	method        // of the package's service, by a pointer
	value         // of a type with its database in a field
	iface         // of an interface with two implementations
	generic       // with a type parameter
	generics      // a method of a generic type
	variable      // a function in a variable
	field         // a function in a struct's field
	promoted      // a method that another type embeds
	variadic      // with a list of texts at its end
	forms
)

// function is one of the unit's own functions.
type function struct {
	file    *file
	number  int
	name    string
	form    form
	params  []param
	results results
}

// param is a parameter: its kind says what callers give it.
type param struct {
	name, kind string // kind: ctx, req, w, db, client, n
}

// results are what a function returns.
type results int

const (
	noResult     results = iota
	errorResult          // error
	twoResults           // (int, error)
	namedResults         // (out int, fault error)
	boolResult           // bool, of function literals alone
)

func (r results) String() string {
	return [...]string{"", "error", "(int, error)", "(out int, fault error)", "bool"}[r]
}

// declareFunctions decides on the functions' signatures; the bodies come later.
func (g *gen) declareFunctions() {
	for i := range 3 + g.IntN(6) {
		p := g.base
		if g.chance(40) {
			p = g.store
		}
		fn := &function{file: pick(g, p.files...), number: i, form: form(g.IntN(int(forms))), results: results(g.IntN(4))}
		stem := pick(g, "load", "save", "xrayOpen", "handler", "ctx", "do")
		if p == g.store {
			stem = pick(g, "Load", "Save", "XrayOpen", "Handle", "Context")
		}
		fn.name = fmt.Sprintf("%s%d", stem, i)
		g.addParams(fn)
		g.funcs = append(g.funcs, fn)
	}
}

// nasty are names for variables that hide something; a parameter of one of the last two would hide a type
// that the next one needs.
var nasty = []string{"context", "http", "sql", "xray", "time", "ctx", "r", "req", "err", "fmt", "xrayHandler", "reqCtx", "string", "len"}

func (g *gen) addParams(fn *function) {
	taken := map[string]bool{}
	add := func(kind string, names ...string) {
		name := pick(g, names...)
		if g.chance(15) {
			name = pick(g, nasty[:len(nasty)-2]...)
		}
		for taken[name] {
			name = g.unique("p")
		}
		taken[name] = name != "_"
		fn.params = append(fn.params, param{name, kind})
	}
	if g.chance(30) {
		add("ctx", "ctx", "ctx", "c", "_", "parent")
	}
	if g.chance(15) {
		add("w", "w", "rw", "_")
	}
	if g.chance(15) {
		add("req", "r", "req", "request", "_")
	}
	if g.chance(35) {
		add("db", "db", "conn", "q", "ctx")
	}
	if g.chance(20) {
		add("client", "client", "c", "hc")
	}
	add("n", "n", "id", "_", "i")
	if g.chance(10) {
		g.Shuffle(len(fn.params), func(i, j int) { fn.params[i], fn.params[j] = fn.params[j], fn.params[i] })
	}
}

// types are the Go types of the kinds, written so that each name is looked up in the file.
var types = map[string]string{
	"ctx": "@context.Context", "req": "*@http.Request", "w": "@http.ResponseWriter",
	"db": "*@sql.DB", "client": "*@http.Client", "n": "int",
}

// signature is the parameters and results, as they are declared.
func (fn *function) signature() string {
	var list []string
	for _, p := range fn.params {
		list = append(list, p.name+" "+types[p.kind])
	}
	switch fn.form {
	case generic:
		list = append(list, "_ T")
	case variadic:
		list = append(list, "texts ...string")
	}
	return "(" + strings.Join(list, ", ") + ") " + fn.results.String()
}

// writeFunction adds the function's declaration to its file.
func (g *gen) writeFunction(fn *function) {
	sc := g.scopeOf(fn)
	head := fn.signature()
	body := func() string { return "{\n" + g.block(sc, 2+g.IntN(4)) + sc.ending() + "}" }
	k := fn.number
	text := g.keep(func() string {
		switch fn.form {
		case method:
			return fmt.Sprintf("func (s *Service) %s%s %s", fn.name, head, body())
		case value:
			return join(fmt.Sprintf("type value%d struct{ db *@sql.DB }\nvar ValueOf%d = value%d{TheDB}\n", k, k, k),
				fmt.Sprintf("func (s value%d) %s%s %s", k, fn.name, head, body()))
		case iface:
			return join(fmt.Sprintf("type face%d interface {\n\t// %s is called through the interface.\n\t%s%s\n}\n", k, fn.name, fn.name, head),
				fmt.Sprintf("type first%d struct{}\n\ntype second%d struct{ *first%d }\n", k, k, k),
				fmt.Sprintf("type third%d struct{}\n\nfunc (third%d) %s%s { %s }\n", k, k, fn.name, head, zero(fn.results)),
				fmt.Sprintf("var Face%d face%d = second%d{&first%d{}}\nvar _ face%d = third%d{}\n", k, k, k, k, k, k),
				fmt.Sprintf("func (*first%d) %s%s %s", k, fn.name, head, body()))
		case generic:
			return fmt.Sprintf("func %s[T any]%s %s", fn.name, head, body())
		case generics:
			return join(fmt.Sprintf("type box%d[K comparable, V any] struct{ m map[K]V }\n\nvar Box%d = &box%d[string, int]{}\n", k, k, k),
				fmt.Sprintf("func (b *box%d[K, V]) %s%s %s", k, fn.name, head, body()))
		case variable:
			return fmt.Sprintf("var %s = func%s %s", fn.name, head, body())
		case field:
			return fmt.Sprintf("var Table%d = struct {\n\tname string\n\tRun func%s\n}{\n\tname: \"table\",\n\tRun: func%s %s,\n}", k, head, head, body())
		case promoted:
			return join(fmt.Sprintf("type inner%d struct{ n int }\n\ntype outer%d struct {\n\tname string\n\t*inner%d\n}\n", k, k, k),
				fmt.Sprintf("var Outer%d = outer%d{inner%d: &inner%d{}}\n", k, k, k, k),
				fmt.Sprintf("func (me *inner%d) %s%s %s", k, fn.name, head, body()))
		}
		return fmt.Sprintf("func %s%s %s", fn.name, head, body())
	})
	if comment := pick(g, "// "+fn.name+" is a function.\n", "/* "+fn.name+"\n   is a function. */\n", "//nolint:all\n", "//\n// "+fn.name+" is a function\n//\n"); g.chance(20) && text != "" {
		text = comment + text
	}
	fn.file.decls = append(fn.file.decls, text)
}

func zero(r results) string {
	return [...]string{"", "return nil", "return 0, nil", "return"}[r]
}

// callee returns what is called, seen from a file.
func (g *gen) callee(from *file, fn *function) string {
	name := fn.name
	switch fn.form {
	case method:
		name = "Default." + fn.name
	case value:
		name = fmt.Sprintf("ValueOf%d.%s", fn.number, fn.name)
	case iface:
		name = fmt.Sprintf("Face%d.%s", fn.number, fn.name)
	case generics:
		name = fmt.Sprintf("Box%d.%s", fn.number, fn.name)
	case field:
		name = fmt.Sprintf("Table%d.Run", fn.number)
	case promoted:
		name = fmt.Sprintf("Outer%d.%s", fn.number, fn.name)
	}
	if from.pack != fn.file.pack {
		return "@store." + name
	}
	return name
}

// call returns a call of a function in a scope, or "" if it has not what it takes.
func (g *gen) call(sc *scope, fn *function) string {
	if !sc.can("context") || !sc.can("http") || sc.file.pack != fn.file.pack && !sc.can("store") {
		return ""
	}
	var args []string
	for _, p := range fn.params {
		arg := sc.argument(p.kind)
		if arg == "" {
			return ""
		}
		args = append(args, arg)
	}
	callee := g.callee(sc.file, fn)
	switch fn.form {
	case generic:
		args = append(args, pick(g, `"text"`, "1.5"))
		if g.chance(30) {
			args[len(args)-1], callee = "2", callee+"[int]"
		}
	case variadic:
		texts := [][]string{{}, {`"one"`}, {`"one"`, `"two"`}, {`[]string{"list"}...`}}[g.IntN(4)]
		if !sc.knows("string") {
			texts = nil
		}
		args = append(args, texts...)
	}
	if g.chance(8) {
		return callee + "(\n" + strings.Join(args, ",\n") + ", // last\n)"
	}
	return callee + "(" + strings.Join(args, ", ") + ")"
}

// later returns the functions that fn may call.
func (g *gen) later(sc *scope) []*function {
	var list []*function
	for _, fn := range g.funcs {
		if fn.number > sc.number && (sc.file.pack == g.base || fn.file.pack == g.store) {
			list = append(list, fn)
		}
	}
	return slices.Clip(list)
}
