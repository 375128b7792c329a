package main

import (
	"bytes"
	"embed"
	"fmt"
	"go/format"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"text/template"
)

//go:embed template
var templates embed.FS

// mix says how many packages of a hundred each template makes, one at least; the others
// are models. Three of ten can hold sites.
var mix = []struct {
	template string
	share    int
}{
	{"store", 10},
	{"client", 5},
	{"queue", 3},
	{"api", 10},
	{"server", 2},
}

// counts returns how many packages each template makes of a module.
func counts(packages int) map[string]int {
	n := map[string]int{"model": packages}
	for _, m := range mix {
		n[m.template] = max(1, packages*m.share/100)
		n["model"] -= n[m.template]
	}
	return n
}

// size is how much was generated.
type size struct{ packages, files, lines int }

// pkg is what a template is given.
type pkg struct {
	Module string
	Name   string
	Uses   []string // names of packages that it builds on
	Things []string // types to declare
	APIs   []api    // that a server serves
}

// api names a part of the interface and what it is made of.
type api struct{ Name, Store, Client, Queue string }

// generate writes a module of so many packages to dir, the same for every run. Its
// requirements are those of the example module.
func generate(dir, example string, packages int) (size, error) {
	var s size
	t, err := template.ParseFS(templates, "template/*.tmpl")
	if err != nil {
		return s, err
	}
	if err := requirements(dir, example); err != nil {
		return s, err
	}
	n := counts(packages)
	for _, kind := range slices.Sorted(maps.Keys(n)) {
		for i := range n[kind] {
			files, lines, err := write(t, dir, kind, describe(kind, i, n))
			if err != nil {
				return s, err
			}
			s.packages++
			s.files += files
			s.lines += lines
		}
	}
	return s, nil
}

// requirements writes go.mod and go.sum.
func requirements(dir, example string) error {
	mod, err := os.ReadFile(filepath.Join(example, "go.mod"))
	if err != nil {
		return err
	}
	sum, err := os.ReadFile(filepath.Join(example, "go.sum"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	mod = bytes.Replace(mod, []byte("module example.com/orders"), []byte("module "+module), 1)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), mod, 0o666); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "go.sum"), sum, 0o666)
}

const module = "example.com/generated"

var nouns = []string{"Account", "Basket", "Carrier", "Depot", "Event", "Freight", "Gift", "Holder", "Invoice", "Journal", "Key", "Ledger"}

// describe returns the i-th package of a template, in a module with so many of each.
func describe(kind string, i int, n map[string]int) pkg {
	model := (n["model"]*6/7 + i) % n["model"] // that a package of another template builds on
	p := pkg{Module: module, Name: name(kind, i), Uses: []string{name("model", model)}, Things: things(model)}
	switch kind {
	case "model":
		p.Uses, p.Things = nil, things(i)
		if i > 0 {
			p.Uses = []string{name(kind, i/2)}
		}
	case "api":
		p.Uses = []string{name("store", i), name("client", i%n["client"]), name("queue", i%n["queue"])}
	case "server":
		p.Uses = nil
		each := (n["api"] + n["server"] - 1) / n["server"]
		for j := each * i; j < min(each*(i+1), n["api"]); j++ {
			a := api{name("api", j), name("store", j), name("client", j%n["client"]), name("queue", j%n["queue"])}
			p.APIs = append(p.APIs, a)
			p.Uses = append(p.Uses, a.Name, a.Store, a.Client, a.Queue)
		}
		slices.Sort(p.Uses)
		p.Uses = slices.Compact(p.Uses)
	}
	return p
}

func name(kind string, i int) string { return fmt.Sprintf("%s%02d", kind, i) }

// things returns the types of the i-th model.
func things(i int) []string {
	var list []string
	for j := range 3 {
		list = append(list, nouns[(3*i+j)%len(nouns)])
	}
	return list
}

// write writes the files of a package: one a thing, and one that stands for the
// package.
func write(t *template.Template, dir, kind string, p pkg) (files, lines int, err error) {
	folder := filepath.Join(dir, p.Name)
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return 0, 0, err
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, kind+".tmpl", p); err != nil {
		return 0, 0, err
	}
	for i, text := range bytes.Split(b.Bytes(), []byte("\n-- file --\n")) {
		src, err := format.Source(text)
		if err != nil {
			return 0, 0, fmt.Errorf("%s: %w", p.Name, err)
		}
		name := fmt.Sprintf("%s%d.go", kind, i)
		if err := os.WriteFile(filepath.Join(folder, name), src, 0o666); err != nil {
			return 0, 0, err
		}
		files++
		lines += bytes.Count(src, []byte("\n"))
	}
	return files, lines, nil
}
