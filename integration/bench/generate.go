package main

import (
	"bytes"
	"embed"
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"text/template"
)

//go:embed template
var templates embed.FS

// mix says how many packages of each template the module has. Three of ten can hold
// sites.
var mix = []struct {
	template string
	count    int
}{
	{"model", 70},
	{"store", 10},
	{"client", 5},
	{"queue", 3},
	{"api", 10},
	{"server", 2},
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

// generate writes the module to dir, the same for every run. Its requirements are
// those of the example module.
func generate(dir, example string) (size, error) {
	var s size
	t, err := template.ParseFS(templates, "template/*.tmpl")
	if err != nil {
		return s, err
	}
	if err := requirements(dir, example); err != nil {
		return s, err
	}
	for _, m := range mix {
		for i := range m.count {
			files, lines, err := write(t, dir, m.template, describe(m.template, i))
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

const module = "example.com/hundred"

var nouns = []string{"Account", "Basket", "Carrier", "Depot", "Event", "Freight", "Gift", "Holder", "Invoice", "Journal", "Key", "Ledger"}

// describe returns the i-th package of a template.
func describe(kind string, i int) pkg {
	model := 60 + i // that a package of another template builds on
	p := pkg{Module: module, Name: name(kind, i), Uses: []string{name("model", model)}, Things: things(model)}
	switch kind {
	case "model":
		p.Uses, p.Things = nil, things(i)
		if i > 0 {
			p.Uses = []string{name(kind, i/2)}
		}
	case "api":
		p.Uses = []string{name("store", i), name("client", i%5), name("queue", i%3)}
	case "server":
		for j := 5 * i; j < 5*i+5; j++ {
			p.APIs = append(p.APIs, api{name("api", j), name("store", j), name("client", j%5), name("queue", j%3)})
		}
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
