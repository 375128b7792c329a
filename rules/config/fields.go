package config

import (
	"slices"
	"strings"
)

// Field is a key of the file. A dot stands before a key of what is below another one.
type Field struct {
	Name    string
	Doc     string
	Default string
	Values  []string // that are allowed, if not any text is
	Flag    bool     // there is a flag of the same name, which wins
	Example string   // the value, as it stands in a file
}

// Fields are all keys, in the order of the documentation.
var Fields = []Field{
	{
		Name: "service", Flag: true,
		Doc:     "the service's name, under which its segments appear; or one name for each main package, by its folder",
		Default: "the last element of the main package's path",
		Example: "orders",
	},
	{
		Name: "rules", Flag: true,
		Doc:     "only these rules or kinds; with a leading - on each, all but those; with a leading +, those as well as the others",
		Default: "all but log",
		Example: "[-DBPing]",
	},
	{
		Name: "cancel", Flag: true, Values: []string{"follow", "detach"},
		Doc:     "whether calls that could not be cancelled before are cancelled with the request (follow) or not (detach)",
		Default: "follow",
		Example: "detach",
	},
	{
		Name: "thread", Flag: true, Values: []string{"module", "package", "off"},
		Doc:     "which functions may gain a context parameter: any of the module, only what no other module can call (package), or none (off)",
		Default: "module if there is a command among the packages, else package",
		Example: "package",
	},
	{
		Name: "api", Flag: true, Values: []string{"keep", "wrap"},
		Doc:     "what becomes of functions that other modules can call and that need a context: they stay as they are (keep), or get a twin that takes one (wrap)",
		Default: "keep",
		Example: "wrap",
	},
	{
		Name:    "exclude.packages",
		Doc:     "folders of packages to leave out, relative to the module's root; with /... all below too",
		Default: "none",
		Example: "[./legacy/...]",
	},
	{
		Name:    "exclude.files",
		Doc:     "files to leave out, relative to the module's root: * stands for any part of a name, ** for any folders; a pattern without a slash is about names in every folder",
		Default: "none",
		Example: `["mock_*.go"]`,
	},
	{
		Name:    "idioms.plain",
		Doc:     "import path of a package with idioms of your own, as programs have them untraced",
		Default: "none",
		Example: "example.com/app/rules/plain",
	},
	{
		Name:    "idioms.xray",
		Doc:     "import path of the package with the same idioms, traced",
		Default: "none",
		Example: "example.com/app/rules/xray",
	},
	{
		Name:    "capture.func",
		Doc:     "function to capture, by its folder and name: * stands for any part of a name, ** for any folders",
		Default: "none",
		Example: `"./internal/order.(*Service).Validate"`,
	},
	{
		Name:    "capture.name",
		Doc:     "name of the subsegment",
		Default: "that of the function",
		Example: "validate_order",
	},
	{
		Name:    "capture.annotate",
		Doc:     "annotations of the subsegment, each a key with a parameter of the function or a field of one; or with value, that, and allow: true",
		Default: "none",
		Example: "{order_id: o.ID}",
	},
	{
		Name:    "sensitive",
		Doc:     "further words in names of what no annotation of the file may hold unless it is allowed; with a leading -, words that are none",
		Default: "words for secrets and personal data",
		Example: "[badge, -phone]",
	},
	{
		Name:    "setup.version",
		Doc:     "the service's version, which segments carry",
		Default: "none",
		Example: "1.2.3",
	},
	{
		Name:    "setup.sampling",
		Doc:     "file with sampling rules that hold instead of those kept in X-Ray, relative to the module's root",
		Default: "the rules kept in X-Ray",
		Example: "sampling.json",
	},
	{
		Name: "setup.context_missing", Values: []string{"log", "ignore"},
		Doc:     "what becomes of traced calls outside a segment: a line in the log, or nothing",
		Default: "ignore if databases or AWS clients are traced, else log",
		Example: "ignore",
	},
	{
		Name:    "setup.plugins",
		Doc:     "where the service runs, for segments to say so: ec2, ecs, beanstalk",
		Default: "none",
		Example: "[ecs]",
	},
}

// FieldOf returns the field of a name, or nil.
func FieldOf(name string) *Field {
	for i := range Fields {
		if Fields[i].Name == name {
			return &Fields[i]
		}
	}
	return nil
}

// Allows reports whether a field's value may be this one.
func (f *Field) Allows(value string) bool {
	return len(f.Values) == 0 || slices.Contains(f.Values, value)
}

// Choices lists the values that a field may have, as in "follow or detach".
func (f *Field) Choices() string {
	last := len(f.Values) - 1
	return strings.Join(f.Values[:last], ", ") + " or " + f.Values[last]
}

// keys returns the keys that may stand below a key, "" for those of the file.
func keys(below string) []string {
	var out []string
	for _, f := range Fields {
		head, rest, nested := strings.Cut(f.Name, ".")
		switch {
		case below == "" && !slices.Contains(out, head):
			out = append(out, head)
		case nested && head == below:
			out = append(out, rest)
		}
	}
	return out
}
