package torture

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Unit names a program: everything about it follows from these.
type Unit struct {
	Seed    uint64
	Number  int
	Without map[int]bool // parts that are left out
}

// Name is the unit's folder and package.
func (u Unit) Name() string { return fmt.Sprintf("u%03d", u.Number) }

// gen is the making of one unit.
type gen struct {
	*rand.Rand
	unit    string
	part    int // number of the last part
	without map[int]bool
	number  int // of the last name or text that had to be unique
	funcs   []*function
	files   []*file
	base    *pack // the unit's package
	store   *pack // the package below it
}

// pack is a package of the unit.
type pack struct {
	name, path string
	files      []*file
}

// file is a file in the making.
type file struct {
	pack  *pack
	name  string
	head  string            // what stands in front of the package clause
	local map[string]string // the local names of packages, by key
	decls []string
}

// Make returns the unit's files by path, and the number of its parts.
func (u Unit) Make() (files map[string][]byte, parts int) {
	g := &gen{Rand: rand.New(rand.NewPCG(u.Seed, uint64(u.Number))), unit: u.Name(), without: u.Without}
	g.base = &pack{name: u.Name(), path: u.Name()}
	g.store = &pack{name: pick(g, "store", "sql", "xray", "context", "http"), path: u.Name() + "/store"}
	g.layout()
	g.declareFunctions()
	g.writeGround()
	for i := len(g.funcs) - 1; i >= 0; i-- {
		g.writeFunction(g.funcs[i])
	}
	g.writeRun()
	files = map[string][]byte{}
	for _, f := range g.files {
		if text := g.render(f); len(f.decls) > 0 {
			files[f.pack.path+"/"+f.name] = text
		}
	}
	return files, g.part
}

// keep makes a part, and returns it unless it is left out. What is left out is made all the same,
// so that everything else stays as it is.
func (g *gen) keep(text func() string) string {
	g.part++
	part := g.part
	s := text()
	if g.without[part] {
		return ""
	}
	return s
}

// unique returns a name that the unit has nowhere else.
func (g *gen) unique(stem string) string {
	g.number++
	return fmt.Sprintf("%s%d", stem, g.number)
}

// chance is true n times of a hundred.
func (g *gen) chance(n int) bool { return g.IntN(100) < n }

func pick[T any](g *gen, from ...T) T { return from[g.IntN(len(from))] }

// keys are the imports that generated code writes as @key.Name.
var keys = []string{"context", "errors", "fmt", "http", "sort", "sql", "strings", "sync", "time", "env", "store"}

func (g *gen) importPath(key string) string {
	switch key {
	case "http":
		return "net/http"
	case "sql":
		return "database/sql"
	case "env":
		return "example.com/torture/env"
	case "store":
		return "example.com/torture/" + g.store.path
	}
	return key
}

// layout decides which files there are, and what each calls its imports.
func (g *gen) layout() {
	for _, p := range []*pack{g.base, g.store} {
		for i := range 1 + g.IntN(3) {
			f := &file{pack: p, name: fmt.Sprintf("file%d.go", i), local: map[string]string{}}
			for _, key := range keys {
				f.local[key] = g.localName(f, key)
			}
			p.files = append(p.files, f)
			g.files = append(g.files, f)
			if g.chance(15) {
				f.head = pick(g, "//go:build !other\n\n", "// A word in front.\n\n", "//go:build linux || !linux\n\n", "/* one */ /* two */\n\n")
			}
		}
	}
}

// localName is a package's own name, mostly, another one, or "." for a dot import, of which a
// file has one: two packages may export the same name.
func (g *gen) localName(f *file, key string) string {
	own := key
	if key == "store" {
		own = g.store.name
	}
	odd, dotted := g.IntN(100), false
	for other, name := range f.local {
		dotted = dotted || name == "."
		if name == own && other != key { // taken, as by a package named sql
			return own + "pkg"
		}
	}
	switch {
	case key == "store" && (own == "sql" || own == "http" || own == "context"):
		return own + "pkg"
	case odd < 8:
		return own + "x"
	case odd < 12 && !dotted && key != "env" && key != "store" && key != "errors" && key != "strings" && key != "sort" && key != "fmt":
		return "."
	case odd < 14 && key != "env":
		return "xray" + own
	}
	return own
}

// quoted is the unit's name as a literal, the first argument of most of env's functions.
func (g *gen) quoted() string { return fmt.Sprintf("%q", g.unit) }

func join(parts ...string) string { return strings.Join(parts, "\n") }
