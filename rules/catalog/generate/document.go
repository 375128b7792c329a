package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"
	"text/template"

	"github.com/seed-4257438c/xray-instrument/rules"
)

//go:embed idioms.md.tmpl
var page string

// document returns the documentation of a catalog's idioms as Markdown.
func document(c *rules.Catalog) ([]byte, error) {
	d := &docs{Support: supportOf(c), Carriers: carriersOf(c)}
	for _, name := range order {
		d.Kinds = append(d.Kinds, &kind{Name: name})
	}
	entries := map[string]*entry{}
	for _, idiom := range c.Idioms {
		if idiom.Of != "" {
			entries[idiom.Of].Also = append(entries[idiom.Of].Also, idiom.Name)
			continue
		}
		e := &entry{Idiom: idiom, Before: code(idiom.Plain), After: code(idiom.XRay), Where: where(idiom)}
		for _, g := range idiom.Guards {
			text := guards[g]
			if text == "" {
				return nil, fmt.Errorf("idiom %s: guard %s is not explained in generate/document.go", idiom.Name, g)
			}
			e.Unless = append(e.Unless, text)
		}
		for _, ref := range idiom.XRay.Refs {
			if name, ok := strings.CutPrefix(ref.Object, rules.SupportPackage+"."); ok {
				e.Uses = append(e.Uses, name)
			}
		}
		d.add(e)
		entries[idiom.Name] = e
	}
	t, err := template.New("idioms").Funcs(template.FuncMap{"anchor": strings.ToLower, "cell": cell, "join": strings.Join, "cellText": cellText}).Parse(page)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, d); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// order is that of the kinds on the page; any other follows.
var order = []rules.Kind{
	rules.InboundHTTP, rules.Lambda, rules.GRPCServer, rules.OutboundHTTP, rules.GRPCClient, rules.SQLOpen, rules.SQLCall,
	rules.Redis, rules.Mongo, rules.Messaging, rules.AWSConfig, rules.AWSCall, rules.Log, rules.Capture,
}

// guards explains to users the preconditions that idioms name.
var guards = map[string]string{
	"untraced-handler":   "the handler, or the program elsewhere, gives requests segments by hand",
	"untraced-router":    "the program gives requests segments by hand",
	"default-server":     "the package sets or reads a server's `Handler`, or does not start the server itself",
	"made-handler":       "the handler is made by `lambda.NewHandler`, where it is traced",
	"untraced-grpc":      "the program gives gRPC calls segments by hand",
	"unrecorded-grpc":    "its options have the SDK's interceptor",
	"untraced-client":    "the client's requests are traced where the client is made",
	"untraced-transport": "the transport is traced by hand",
	"untraced-library":   "the library is given a client or transport that is traced by hand",
	"given-client":       "it is not seen where the client comes from, it is traced there, or the program changes it later",
	"given-transport":    "the transport is traced by hand",
	"opaque-proxy":       "the program reads a proxy's `Transport`, or looks behind one",
	"opaque-transport":   "the program asserts a client's `Transport` to be of one type, or hands the client to `xray.Client`",
	"untraced-connector": "the connector is traced by hand",
	"opaque-driver":      "the program looks behind a database's driver, which a traced database hides",
	"untraced-aws":       "the program instruments AWS clients by hand; done twice, every call would fail",
	"fresh-options":      "the options are no literal of their own: they may come from a configuration that is traced",
	"mocked-interface":   "the receiver is an interface that a type of the program implements without the method that takes a context",
	"own-context":        "the program gives the request a context of its own",
	"plain-log-handler":  "the handler comes from a logger whose lines say their trace already",
	"early-transport":    "the program sets or reads the transport of a client that may have sent a request already",
	"resty-context":      "the program gives the request a context of its own, by `SetContext`",
	"untraced-gorm":      "a file of the program registers callbacks of gorm and uses X-Ray",
	"gorm-chain":         "the chain collects conditions in a parameter, or its database is made with a context",
	"context-runner":     "the builder is not run, in the same chain, with what takes contexts",
	"untraced-pgx":       "the program has a pgx tracer of its own that records statements with X-Ray",
	"unhooked-redis":     "the program has a Redis hook of its own that records commands with X-Ray",
	"unmonitored-mongo":  "the program has a command monitor of its own that records commands with X-Ray",
	"unannounced":        "the program sends the trace header with messages by hand",
	"uncaptured":         "it stands alone in a function that is given to `xray.Capture`",
	"takes-context":      "an argument is declared as an interface whose methods take no context",
}

// docs is what the page shows.
type docs struct {
	Kinds    []*kind
	Support  []*support
	Carriers []*carrier
}

type carrier struct {
	*rules.Carrier
	Type, Code string
}

// carriersOf returns the rows of the table of contexts, by type.
func carriersOf(c *rules.Catalog) []*carrier {
	var out []*carrier
	for _, key := range slices.Sorted(maps.Keys(c.Carriers)) {
		known := c.Carriers[key]
		out = append(out, &carrier{known, key, "v" + known.Get})
	}
	return out
}

type kind struct {
	Name    rules.Kind
	Entries []*entry
}

type entry struct {
	*rules.Idiom
	Before, After string
	Where         string
	Unless        []string
	Uses          []string
	Also          []string // idioms that it stands for
}

type support struct{ Name, Source string }

// add files an entry under its kind.
func (d *docs) add(e *entry) {
	for _, k := range d.Kinds {
		if k.Name == e.Kind {
			k.Entries = append(k.Entries, e)
			return
		}
	}
	d.Kinds = append(d.Kinds, &kind{e.Kind, []*entry{e}})
}

func supportOf(c *rules.Catalog) []*support {
	var out []*support
	for _, s := range c.Support {
		out = append(out, &support{s.Name, s.Source})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

// code returns a body as it stands in a program.
func code(b *rules.Body) string {
	if b.Form == rules.Var {
		return "var " + b.Source
	}
	return b.Source
}

// where says what the names in a pattern stand for.
func where(idiom *rules.Idiom) string {
	var parts []string
	for _, p := range idiom.Params {
		switch typ := local(p.Type); {
		case p.Name == "ctx":
			parts = append(parts, "`ctx` is the context in reach")
		case p.Name == "service":
			parts = append(parts, "`service` is the service's name")
		case p.Name == "handler":
			parts = append(parts, "`handler` is the name of the handler's function, or the service's")
		case p.Variadic:
			parts = append(parts, fmt.Sprintf("`%s` is any number of `%s`", p.Name, typ))
		default:
			parts = append(parts, fmt.Sprintf("`%s` is of type `%s`", p.Name, typ))
		}
	}
	return strings.Join(parts, ", ")
}

var qualifier = regexp.MustCompile(`[\w.~-]+(/[\w.~-]+)+`)

// local returns a type with package names instead of paths.
func local(typ string) string {
	return qualifier.ReplaceAllStringFunc(typ, path.Base)
}

// cellText returns prose for a cell of a table.
func cellText(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "|", `\|`)), " ")
}

// cell returns code for a cell of a table.
func cell(code string) string {
	return "`" + strings.Join(strings.Fields(strings.ReplaceAll(code, "|", `\|`)), " ") + "`"
}
