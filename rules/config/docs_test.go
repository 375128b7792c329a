package config

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

var docs = filepath.Join("..", "..", "docs")

// TestDocumentation: the page has a section for each field, with the sentence, the
// default and the values of the table, and no section for anything else.
func TestDocumentation(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(docs, "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, fields, ok := strings.Cut(string(data), "\n## Fields\n")
	if !ok {
		t.Fatal("there is no section Fields")
	}
	fields, _, _ = strings.Cut(fields, "\n## ")
	var got, want []string
	for _, section := range strings.Split(fields, "\n### ")[1:] {
		got = append(got, strings.TrimSpace(section))
	}
	for _, f := range Fields {
		want = append(want, f.Name)
		i := slices.IndexFunc(got, func(s string) bool { return strings.HasPrefix(s, f.Name+"\n") })
		if i < 0 {
			t.Errorf("%s has no section", f.Name)
			continue
		}
		words := strings.Join(strings.Fields(got[i]), " ")
		for _, needed := range append([]string{"Default: " + f.Default + "."}, f.Values...) {
			if !strings.Contains(words, needed) {
				t.Errorf("%s: the section lacks %q", f.Name, needed)
			}
		}
		if !strings.Contains(strings.ToLower(words), strings.ToLower(f.Doc)) {
			t.Errorf("%s: the section lacks %q", f.Name, f.Doc)
		}
		if flag := "`-" + f.Name + "`"; f.Flag != strings.Contains(words, flag) {
			t.Errorf("%s: is there a flag? %v", f.Name, f.Flag)
		}
		got[i] = f.Name
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the sections are not those of the fields (-fields +sections)\n%s", diff)
	}
	if list := strings.Join(sensitive, ", ") + "."; !strings.Contains(strings.Join(strings.Fields(fields), " "), list) {
		t.Errorf("sensitive: the section lacks %q", list)
	}
	for i, block := range strings.Split(string(data), "```yaml\n")[1:] {
		text, _, _ := strings.Cut(block, "```")
		if _, err := Parse(fmt.Sprintf("example %d", i+1), []byte(text)); err != nil {
			t.Error(err)
		}
	}
}

// TestSchemaFields: the schema has the fields of the table, with their sentences and
// values, and no others.
func TestSchemaFields(t *testing.T) {
	root := schemaText(t)
	got := map[string]map[string]any{}
	var walk func(prefix string, of any)
	walk = func(prefix string, of any) {
		for name, v := range of.(map[string]any)["properties"].(map[string]any) {
			v := v.(map[string]any)
			switch {
			case v["properties"] != nil:
				walk(name+".", v)
			case v["items"] != nil && v["description"] == nil:
				walk(name+".", v["items"])
			default:
				got[prefix+name] = v
			}
		}
	}
	walk("", root)
	for _, f := range Fields {
		v := got[f.Name]
		delete(got, f.Name)
		if v["description"] != f.Doc {
			t.Errorf("%s: the schema says %q", f.Name, v["description"])
		}
		var values []any
		for _, value := range f.Values {
			values = append(values, value)
		}
		if enum, _ := v["enum"].([]any); len(values) > 0 && !slices.Equal(enum, append(values, nil)) {
			t.Errorf("%s: the schema allows %v", f.Name, enum)
		}
	}
	for name := range got {
		t.Errorf("%s is in the schema alone", name)
	}
}

func schemaText(t *testing.T) any {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(docs, "xray-instrument.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

// TestSchema: the schema and the parser accept the same files.
func TestSchema(t *testing.T) {
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", schemaText(t)); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("schema.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range append(files(t),
		"", "{}", "service: a", "service: {./a: b}", "service:\n", "rules: []", "rules: [-a, b]", "cancel: detach", "cancel: soon", "thread: off", "api: keep", "colour: red",
		"service: [a]", "service: ''", "service: {../a: b}", "exclude: {packages: [./a/..., b]}", "exclude: {packages: [/a]}", "exclude: {file: [a]}", "exclude: []", "exclude: {files: ['a*.go']}",
		"idioms: [{plain: a/b, xray: a/c}]", "idioms: [{plain: a/b}]", "idioms: [{plain: ./b, xray: a/c}]", "idioms: [{plain: a/b, xray: a/...}]", "idioms: {plain: a/b}", "idioms: [a]", "[a]",
		"capture: [{func: ./a.(*T).M, name: m, annotate: {id: o.ID}}]", "capture: [{func: a.F, annotate: {id: {value: o.ID, allow: true}}}]", "capture: [{name: m}]",
		"capture: [{func: a.F, annotate: {id: {allow: true}}}]", "capture: [{func: a.F, annotate: {id: o()}}]", "capture: [{func: a.F, annotate: [a]}]", "sensitive: [a]", "sensitive: a",
		"setup: {version: v1, sampling: a/rules.json, context_missing: log, plugins: [ec2, ecs]}", "setup: {plugins: [eks]}", "setup: {sampling: /a}", "setup: [a]",
	) {
		var doc any
		if err := yaml.Unmarshal([]byte(src), &doc); err != nil {
			t.Fatal(err)
		}
		_, parsed := Parse("f", []byte(src))
		if valid := schema.Validate(doc); (valid == nil) != (parsed == nil) {
			t.Errorf("%q: the schema says %v, the parser %v", src, valid, parsed)
		}
	}
}

// files returns the configurations of the examples and of the documentation.
func files(t *testing.T) []string {
	var out []string
	data, err := os.ReadFile(filepath.Join(docs, "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range strings.Split(string(data), "```yaml\n")[1:] {
		text, _, _ := strings.Cut(block, "```")
		out = append(out, text)
	}
	names, err := filepath.Glob(filepath.Join("..", "..", "testdata", "*", Name))
	if err != nil || len(names) == 0 {
		t.Fatal("no example has a configuration", err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(data))
	}
	return out
}
