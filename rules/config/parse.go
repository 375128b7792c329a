package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Parse reads a file's text. name is what errors call it.
func Parse(name string, data []byte) (*File, error) {
	p := &parser{file: &File{Path: name}}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, more yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return p.file, nil
	case err != nil:
		return nil, syntaxError(name, err)
	}
	switch err := dec.Decode(&more); {
	case err == nil:
		p.errorf(&more, "there is a second document: put everything into the first")
	case !errors.Is(err, io.EOF):
		return nil, syntaxError(name, err)
	}
	if root := doc.Content[0]; !isNull(root) {
		p.mapping(root, "", p.field)
		p.checkSensitive()
	}
	return p.file, errors.Join(p.errs...)
}

var lineOf = regexp.MustCompile(`^line (\d+): `)

// syntaxError returns the YAML parser's complaint, which has no column.
func syntaxError(name string, err error) error {
	msg := strings.TrimPrefix(err.Error(), "yaml: ")
	at := Pos{1, 1}
	if m := lineOf.FindStringSubmatch(msg); m != nil {
		msg = strings.TrimPrefix(msg, m[0])
		at.Line, _ = strconv.Atoi(m[1])
	}
	return &Error{name, at, "this is no YAML: " + msg}
}

type parser struct {
	file *File
	errs []error
}

func (p *parser) errorf(n *yaml.Node, format string, args ...any) {
	p.errs = append(p.errs, p.file.Errorf(posOf(n), format, args...))
}

func posOf(n *yaml.Node) Pos { return Pos{max(n.Line, 1), max(n.Column, 1)} }

// field reads a key of the file.
func (p *parser) field(key string, v *yaml.Node) {
	switch key {
	case "service":
		p.service(v)
	case "rules":
		p.file.Rules = p.texts(v, key)
	case "cancel":
		p.file.Cancel = p.choice(v, key)
	case "thread":
		p.file.Thread = p.choice(v, key)
	case "api":
		p.file.API = p.choice(v, key)
	case "exclude":
		p.mapping(v, key, p.exclude)
	case "idioms":
		for _, item := range p.list(v, key) {
			p.idiom(item)
		}
	case "capture":
		for _, item := range p.list(v, key) {
			p.capture(item)
		}
	case "setup":
		p.mapping(v, key, p.setup)
	case "sensitive":
		p.file.Sensitive = p.texts(v, key)
	}
}

func (p *parser) service(v *yaml.Node) {
	if v.Kind != yaml.MappingNode {
		p.file.Service.Name = p.text(v, "service")
		return
	}
	p.pairs(v, "service", func(key string, k, v *yaml.Node) {
		pkg := Text{key, posOf(k)}
		pkg.Value = p.folder(pkg, "service")
		if slices.ContainsFunc(p.file.Service.Mains, func(n Named) bool { return n.Package.Value == pkg.Value }) {
			p.errorf(k, "service: the folder %s is there twice", pkg.Value)
		}
		p.file.Service.Mains = append(p.file.Service.Mains, Named{pkg, p.text(v, "service of "+key)})
	})
}

func (p *parser) exclude(key string, v *yaml.Node) {
	list := p.texts(v, "exclude."+key)
	for i, t := range list {
		switch {
		case key == "packages":
			list[i].Value = p.pattern(t)
		case !validGlob(t.Value):
			p.errs = append(p.errs, p.file.Errorf(t.Pos, "exclude.files: %q is no pattern of files relative to the module's root", t.Value))
		}
	}
	if key == "packages" {
		p.file.Exclude.Packages = list
	} else {
		p.file.Exclude.Files = list
	}
}

// plugins are those of the X-Ray SDK.
var plugins = []string{"ec2", "ecs", "beanstalk"}

func (p *parser) setup(key string, v *yaml.Node) {
	s, name := &p.file.Setup, "setup."+key
	switch key {
	case "version":
		s.Version = p.text(v, name)
	case "sampling":
		if s.Sampling = p.text(v, name); s.Sampling.Given() && !isRelative(s.Sampling.Value) {
			p.errorf(v, "%s: %q is no file relative to the module's root", name, s.Sampling.Value)
		}
	case "context_missing":
		s.ContextMissing = p.choice(v, name)
	case "plugins":
		s.Plugins = p.texts(v, name)
		for _, t := range s.Plugins {
			if !slices.Contains(plugins, t.Value) {
				p.errs = append(p.errs, p.file.Errorf(t.Pos, "%s: %q: there are %s", name, t.Value, strings.Join(plugins, ", ")))
			}
		}
	}
}

func (p *parser) idiom(n *yaml.Node) {
	var d Idiom
	p.mapping(n, "idioms", func(key string, v *yaml.Node) {
		if key == "plain" {
			d.Plain = p.text(v, "idioms.plain")
		} else {
			d.XRay = p.text(v, "idioms.xray")
		}
	})
	if n.Kind != yaml.MappingNode {
		return
	}
	for _, side := range []struct {
		key string
		t   Text
	}{{"plain", d.Plain}, {"xray", d.XRay}} {
		switch {
		case side.t.Value == "":
			p.errorf(n, "idioms: an entry has two sides: give %s, the import path of a package", side.key)
		case strings.Contains(side.t.Value, "...") || strings.HasPrefix(side.t.Value, ".") || strings.HasPrefix(side.t.Value, "/"):
			p.errs = append(p.errs, p.file.Errorf(side.t.Pos, "idioms.%s: %q is not the import path of one package", side.key, side.t.Value))
		}
	}
	p.file.Idioms = append(p.file.Idioms, d)
}

// mapping calls set with the keys and values of n, which must be ones that may stand
// below a key.
func (p *parser) mapping(n *yaml.Node, below string, set func(key string, v *yaml.Node)) {
	known := keys(below)
	where := ""
	if below != "" {
		where = " of " + below
	}
	p.pairs(n, below, func(key string, k, v *yaml.Node) {
		switch {
		case slices.Contains(known, key):
			if !isNull(v) {
				set(key, v)
			}
		case Nearest(key, known) != "":
			p.errorf(k, "unknown key %q%s: did you mean %s?", key, where, Nearest(key, known))
		default:
			p.errorf(k, "unknown key %q%s: there are %s", key, where, strings.Join(known, ", "))
		}
	})
}

// pairs calls do with the keys and values of a mapping.
func (p *parser) pairs(n *yaml.Node, name string, do func(key string, k, v *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		if name == "" {
			p.errorf(n, "the file holds %s: write keys with values, like service: NAME", kindOf(n))
		} else {
			p.errorf(n, "%s: want keys with values, found %s", name, kindOf(n))
		}
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], follow(n.Content[i+1])
		switch {
		case k.Kind != yaml.ScalarNode:
			p.errorf(k, "a key must be text, found %s", kindOf(k))
		case seen[k.Value]:
			p.errorf(k, "the key %q is there twice", k.Value)
		default:
			seen[k.Value] = true
			do(k.Value, k, v)
		}
	}
}

func (p *parser) list(n *yaml.Node, name string) []*yaml.Node {
	if n.Kind != yaml.SequenceNode {
		p.errorf(n, "%s: want a list, found %s", name, kindOf(n))
		return nil
	}
	out := make([]*yaml.Node, len(n.Content))
	for i, item := range n.Content {
		out[i] = follow(item)
	}
	return out
}

func (p *parser) texts(n *yaml.Node, name string) []Text {
	var out []Text
	for _, item := range p.list(n, name) {
		if t := p.text(item, name); t.Given() {
			out = append(out, t)
		}
	}
	return out
}

func (p *parser) text(n *yaml.Node, name string) Text {
	switch {
	case n.Kind != yaml.ScalarNode:
		p.errorf(n, "%s: want text, found %s", name, kindOf(n))
	case isNull(n) || strings.TrimSpace(n.Value) == "":
		p.errorf(n, "%s: the text is empty", name)
	default:
		return Text{n.Value, posOf(n)}
	}
	return Text{}
}

func (p *parser) choice(n *yaml.Node, name string) Text {
	t := p.text(n, name)
	if f := FieldOf(name); t.Given() && !f.Allows(t.Value) {
		p.errorf(n, "%s: %q: it is %s", name, t.Value, f.Choices())
	}
	return t
}

// follow returns what an alias stands for.
func follow(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "keys with values"
	case yaml.SequenceNode:
		return "a list"
	case yaml.ScalarNode:
		if isNull(n) {
			return "nothing"
		}
		return fmt.Sprintf("the text %q", n.Value)
	}
	return "something else"
}
