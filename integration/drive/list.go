package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"go.yaml.in/yaml/v3"
)

// Program is an entry of the list. Strings marked with T are templates: {{.Dir}} is a
// folder for the build's own files, {{.Source}} the one of its module, {{.Addr}} the
// address of loopback that it has to listen on, {{.Host}} and {{.Port}} its parts,
// {{addr "x"}} more such addresses, {{.Database}} the URL of its database.
type Program struct {
	Name   string `yaml:"name"`
	Repo   string `yaml:"repo"`   // owner/name
	Commit string `yaml:"commit"` // the whole hash
	Dir    string `yaml:"dir"`    // instead of repo and commit: a folder, relative to the list's
	Module string `yaml:"module"` // the module's folder in the repository
	Main   string `yaml:"main"`   // the main package, relative to the module
	Tags   string `yaml:"tags"`

	Postgres bool              `yaml:"postgres"` // it needs a database
	In       string            `yaml:"in"`       // T, the folder that it runs in; {{.Dir}} if there is none
	Files    map[string]string `yaml:"files"`    // T, written into {{.Dir}}
	Before   [][]string        `yaml:"before"`   // T, arguments of runs before the one that serves
	Args     []string          `yaml:"args"`     // T
	Env      map[string]string `yaml:"env"`      // T, beside PATH and HOME

	Vary     []*pattern `yaml:"vary"` // what differs from run to run in any answer
	Requests []Request  `yaml:"requests"`
}

// Request is what both builds are asked, in order.
type Request struct {
	Method string              `yaml:"method"` // GET if there is none
	Path   string              `yaml:"path"`   // T, with {{.NAME}} for what was saved
	Header map[string]string   `yaml:"header"` // T
	Body   string              `yaml:"body"`   // T
	Status int                 `yaml:"status"` // of the answer
	Save   map[string]*pattern `yaml:"save"`   // by name, the first group of what is found in the answer
}

// pattern is a regular expression.
type pattern struct{ *regexp.Regexp }

// UnmarshalYAML compiles the expression.
func (p *pattern) UnmarshalYAML(node *yaml.Node) (err error) {
	if p.Regexp, err = regexp.Compile(node.Value); err != nil {
		return fmt.Errorf("line %d: %w", node.Line, err)
	}
	return nil
}

// readList reads the programs of a file. A field that is not known is an error.
func readList(name string) ([]*Program, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	var list []*Program
	if err := dec.Decode(&list); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for _, p := range list {
		if p.Name == "" || (p.Repo == "" || p.Commit == "") == (p.Dir == "") || len(p.Requests) == 0 {
			return nil, fmt.Errorf("%s: program %q: it needs a name, requests, and either repo and commit or dir", name, p.Name)
		}
		if p.Dir != "" {
			p.Dir = filepath.Join(filepath.Dir(name), p.Dir)
		}
	}
	return list, nil
}
