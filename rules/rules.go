// Package rules holds what is recognised: the catalog of idioms, in the form
// in which its generator resolved it.
//
// An idiom is one small Go function that exists in several dialects (plain,
// xray). Its parameters are the holes of a pattern, its body is the pattern.
// The functions themselves stand in the module rules/catalog, where they
// compile against the real libraries; package resolve turns them into the
// records of this package, and catalog.json carries the records, so that the
// libraries never become dependencies of the tool.
//
// The package knows nothing of user code: package match applies patterns to
// syntax. It imports the standard library alone.
package rules

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A Kind says what part of a request an idiom is about. It is the kind of the
// report's sites.
type Kind string

// The kinds of the catalog.
const (
	InboundHTTP  Kind = "inbound-http"
	OutboundHTTP Kind = "outbound-http"
	SQLOpen      Kind = "sql-open"
	SQLCall      Kind = "sql-call"
	AWSConfig    Kind = "aws-config"
	AWSCall      Kind = "aws-call"
	Lambda       Kind = "lambda"
	GRPCServer   Kind = "grpc-server"
	GRPCClient   Kind = "grpc-client"
	Redis        Kind = "redis"
	Mongo        Kind = "mongo"
	Messaging    Kind = "messaging"
	Log          Kind = "log"
	Capture      Kind = "capture"
	Annotation   Kind = "annotation"
	Custom       Kind = "custom"
)

// Kinds are all of them.
var Kinds = []Kind{
	InboundHTTP, OutboundHTTP, SQLOpen, SQLCall, AWSConfig, AWSCall, Lambda, GRPCServer, GRPCClient, Redis, Mongo, Messaging,
	Log, Capture, Custom,
}

// Catalog is a set of idioms with the support code that their traced sides use.
type Catalog struct {
	Idioms   []*Idiom            `json:"idioms"`
	Support  map[string]*Support `json:"support"`
	Carriers map[string]*Carrier `json:"carriers,omitempty"` // by their type
}

// Idiom is one function in two dialects.
type Idiom struct {
	Name   string  `json:"name"`
	Kind   Kind    `json:"kind"`
	Doc    string  `json:"doc,omitempty"` // of the plain side: what is found, and what is promised
	Params []Param `json:"params"`
	Plain  *Body   `json:"plain"`
	XRay   *Body   `json:"xray"`
	Family string  `json:"family,omitempty"` // packages below this path share the idiom
	// Members are the methods that share the idiom of a family; none for every
	// method that its types allow.
	Members []string `json:"members,omitempty"`
	Of      string   `json:"of,omitempty"`     // the idiom that stands for this one in the catalog
	Guards  []string `json:"guards,omitempty"` // preconditions that a pattern cannot say, by name
	Own     *Own     `json:"own,omitempty"`    // of idioms that are not the catalog's
}

// Own is what is known besides of an idiom that users have written for themselves.
type Own struct {
	At string `json:"at"` // file and line of its plain side
	// Within are the packages of the program itself that one of the sides names, and
	// those that these import. In them the idiom means nothing: a traced side that
	// stood in what it calls would call itself, or import what imports it.
	Within []string `json:"within,omitempty"`
}

// With returns a catalog with what is in both, idioms of own first.
func (c *Catalog) With(own *Catalog) *Catalog {
	out := &Catalog{Idioms: slices.Concat(own.Idioms, c.Idioms), Support: map[string]*Support{}, Carriers: map[string]*Carrier{}}
	for _, from := range []*Catalog{c, own} {
		maps.Copy(out.Support, from.Support)
		maps.Copy(out.Carriers, from.Carriers)
	}
	return out
}

// Param is a parameter of the idiom's function: a hole of its patterns.
type Param struct {
	Name     string `json:"name"`
	Type     string `json:"type"` // with full package paths; the element type if Variadic
	Variadic bool   `json:"variadic,omitempty"`
}

// Body is one dialect's pattern: an expression, an assignment or a variable
// declaration, as gofmt prints it.
type Body struct {
	Form   Form   `json:"form"`
	Source string `json:"source"`
	Refs   []Ref  `json:"refs"`
}

// Mentions reports whether a body has a hole.
func (b *Body) Mentions(hole string) bool {
	for _, ref := range b.Refs {
		if ref.Hole == hole {
			return true
		}
	}
	return false
}

// Support returns the names of the declarations that a traced body uses directly.
func (b *Body) Support() []string {
	var names []string
	for _, ref := range b.Refs {
		if name, ok := strings.CutPrefix(ref.Object, SupportPackage+"."); ok {
			names = append(names, name)
		}
	}
	return names
}

// Form says what a body's source is.
type Form string

// The forms of a body.
const (
	Expr   Form = "expr"
	Assign Form = "assign" // left = right
	Var    Form = "var"    // the specification of one variable: name type, or name = value
)

// Ref says which object an identifier of a pattern or of support code is.
type Ref struct {
	Pos    int    `json:"pos"`              // byte offset of the identifier in the source
	Object string `json:"object,omitempty"` // a key, see Key
	Path   string `json:"path,omitempty"`   // for a package's name: its import path
	Hole   string `json:"hole,omitempty"`   // for a parameter of the idiom: its name
}

// Support is an unexported declaration of the xray dialect that traced bodies
// use. It is carried along into the user's package.
type Support struct {
	Name   string   `json:"name"`
	Source string   `json:"source"` // with its doc comment
	Refs   []Ref    `json:"refs"`   // package names only
	Uses   []string `json:"uses,omitempty"`
	// Message is the key of the type of a library's messages, of a function that begins a segment for one: it takes a context, a name and the
	// message, and returns the segment's context and what ends it.
	Message string `json:"message,omitempty"`
}

// Closure returns the names of the support declarations that names use, themselves
// included, sorted.
func (c *Catalog) Closure(names []string) []string {
	seen := map[string]bool{}
	var visit func(string)
	visit = func(n string) {
		if seen[n] || c.Support[n] == nil {
			return
		}
		seen[n] = true
		for _, u := range c.Support[n].Uses {
			visit(u)
		}
	}
	for _, n := range names {
		visit(n)
	}
	return slices.Sorted(maps.Keys(seen))
}

// SupportPackage stands for the user's own package in the keys of support code.
const SupportPackage = "~"

// Key names an object the same way in the catalog and in user code: the
// package's path, the type's name for methods and fields, the object's name.
// Both majors of the X-Ray SDK give the same key.
func Key(pkg, typ, name string) string {
	pkg = NormalSDK(pkg)
	if typ != "" {
		return pkg + "." + typ + "." + name
	}
	return pkg + "." + name
}

// The X-Ray SDK's modules: its two majors have the same packages below them.
const (
	SDKv1 = "github.com/aws/aws-xray-sdk-go"
	SDKv2 = SDKv1 + "/v2"
)

// NormalSDK returns path with the second major of the X-Ray SDK replaced by
// the first, and any other path as it is.
func NormalSDK(path string) string {
	if path == SDKv2 || strings.HasPrefix(path, SDKv2+"/") {
		return SDKv1 + strings.TrimPrefix(path, SDKv2)
	}
	return path
}

// SDKPath returns a package's path with the X-Ray SDK's module path replaced by
// sdk.
func SDKPath(path, sdk string) string {
	if path = NormalSDK(path); IsSDK(path) {
		return sdk + strings.TrimPrefix(path, SDKv1)
	}
	return path
}

// IsSDK reports whether path is a package of the X-Ray SDK, of either major.
func IsSDK(path string) bool {
	return path == SDKv1 || strings.HasPrefix(path, SDKv1+"/")
}

//go:embed catalog.json
var embedded []byte

// Embedded returns the catalog that the tool was built with.
func Embedded() (*Catalog, error) {
	var c Catalog
	if err := json.Unmarshal(embedded, &c); err != nil {
		return nil, fmt.Errorf("embedded catalog: %w", err)
	}
	docs := map[string]string{}
	for _, d := range c.Idioms { // those with names of their own come after the one that stands for them
		docs[d.Name] = d.Doc
		if d.Of != "" {
			d.Doc = docs[d.Of]
		}
	}
	return &c, nil
}

// Encode returns the form in which a catalog is embedded: a comment that several
// idioms share stands once.
func (c *Catalog) Encode() ([]byte, error) {
	out := *c
	out.Idioms = nil
	for _, d := range c.Idioms {
		if d.Of != "" {
			short := *d
			short.Doc = ""
			d = &short
		}
		out.Idioms = append(out.Idioms, d)
	}
	b, err := json.MarshalIndent(&out, "", " ")
	if err != nil {
		return nil, err
	}
	return append(b, '\n'), nil
}

// Selection says which rules a run is about.
type Selection struct{ want, without, more map[string]bool }

// Select reads a selection: names or kinds of rules, comma separated; with a
// leading "-" on each, all but those; with a leading "+", those beside the others. An unknown word is an error that names it;
// more are rules beside the idioms.
func (c *Catalog) Select(list string, more ...string) (Selection, error) {
	sel := Selection{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	known := c.Words(more...)
	for _, word := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		set := sel.want
		switch word[0] {
		case '-':
			word, set = word[1:], sel.without
		case '+':
			word, set = word[1:], sel.more
		}
		if !known[word] {
			return sel, fmt.Errorf("-rules: no rule or kind is called %q", word)
		}
		set[word] = true
	}
	return sel, nil
}

// Words returns the names and kinds of the idioms, and more.
func (c *Catalog) Words(more ...string) map[string]bool {
	known := map[string]bool{}
	for _, d := range c.Idioms {
		known[d.Name], known[string(d.Kind)] = true, true
	}
	for _, name := range more {
		known[name] = true
	}
	return known
}

// Has reports whether a rule of a kind is selected. The zero Selection has all but
// those of logs, which change what a program prints and must be asked for.
func (s Selection) Has(rule string, kind Kind) bool {
	in := len(s.want) == 0 && kind != Log || s.want[rule] || s.want[string(kind)] || s.more[rule] || s.more[string(kind)]
	return in && !s.without[rule] && !s.without[string(kind)]
}
