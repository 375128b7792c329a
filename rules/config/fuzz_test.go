package config

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v3"
)

// FuzzParse: any text has an error with its place, or is a configuration that, written
// again, reads the same.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"service: a\n", "service: {./a: b}", "rules: [-log]\ncancel: detach\n", "exclude:\n  packages: [a/...]\n  files: ['**/*.go']\n",
		"idioms:\n- plain: a/b\n  xray: a/c\n", "a: &x [*x]\n", "<<: {service: a}\n", "---\n---\n", "? [a]\n: b\n", "\xff", "service: !!binary x", "rules: &r [a]\nexclude: {files: *r}\n",
		"capture:\n- func: ./a.(*T).M*\n  annotate: {id: o.ID, mail: {value: to, allow: true}}\nsensitive: [-card]\n",
		"setup: {version: 1.0, sampling: a.json, context_missing: log, plugins: [ec2]}\nthread: off\napi: wrap\n", "service: {./a/../b: c, .: d}", "service: null\nrules: [~]\n", "service: {./a: b, a/: c}\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, src string) {
		file, err := Parse("f", []byte(src))
		if err != nil {
			if e := new(Error); !errors.As(err, &e) || e.Line < 1 || e.Col < 1 || e.Msg == "" {
				t.Errorf("an error without a place: %v", err)
			}
			return
		}
		file.Exclude.Excludes("a/b/c.go")
		again, err := Parse("f", written(t, file))
		if err != nil {
			t.Fatalf("written again: %v\n%s", err, written(t, file))
		}
		if diff := cmp.Diff(file, again, cmpopts.IgnoreFields(Text{}, "Pos"), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("written again, it reads (-first +second)\n%s", diff)
		}
	})
}

// written returns a file's text.
func written(t *testing.T, f *File) []byte {
	t.Helper()
	texts := func(list []Text) []string {
		var out []string
		for _, t := range list {
			out = append(out, t.Value)
		}
		return out
	}
	out := map[string]any{
		"rules": texts(f.Rules), "sensitive": texts(f.Sensitive),
		"exclude": map[string]any{"packages": texts(f.Exclude.Packages), "files": texts(f.Exclude.Files)},
		"setup":   map[string]any{"plugins": texts(f.Setup.Plugins)},
	}
	put := func(m map[string]any, key string, t Text) {
		if t.Given() {
			m[key] = t.Value
		}
	}
	put(out, "cancel", f.Cancel)
	put(out, "thread", f.Thread)
	put(out, "api", f.API)
	put(out, "service", f.Service.Name)
	setup := out["setup"].(map[string]any)
	put(setup, "version", f.Setup.Version)
	put(setup, "sampling", f.Setup.Sampling)
	put(setup, "context_missing", f.Setup.ContextMissing)
	if len(f.Service.Mains) > 0 {
		mains := &yaml.Node{Kind: yaml.MappingNode}
		for _, n := range f.Service.Mains {
			mains.Content = append(mains.Content, textNode(n.Package), textNode(n.Name))
		}
		out["service"] = mains
	}
	var idioms, captures []any
	for _, d := range f.Idioms {
		idioms = append(idioms, map[string]string{"plain": d.Plain.Value, "xray": d.XRay.Value})
	}
	for _, c := range f.Capture {
		entry := map[string]any{}
		put(entry, "func", c.Func)
		put(entry, "name", c.Name)
		annotate := &yaml.Node{Kind: yaml.MappingNode}
		for _, a := range c.Annotate {
			value := &yaml.Node{}
			if err := value.Encode(map[string]any{"value": a.Value.Value, "allow": a.Allow}); err != nil {
				t.Fatal(err)
			}
			annotate.Content = append(annotate.Content, textNode(a.Key), value)
		}
		entry["annotate"] = annotate
		captures = append(captures, entry)
	}
	out["idioms"], out["capture"] = idioms, captures
	data, err := yaml.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func textNode(t Text) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: t.Value, Style: yaml.DoubleQuotedStyle}
}
