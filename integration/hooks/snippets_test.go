package hooks

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// TestSnippets checks the syntax of the code in docs/hosts.md. Most of it is also used by
// the other tests.
func TestSnippets(t *testing.T) {
	for language, check := range map[string]func(code string) error{
		"go": func(code string) error {
			_, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+code, parser.ParseComments)
			return err
		},
		"json": func(code string) error { return json.Unmarshal([]byte(code), new(map[string]any)) },
		"yaml": func(code string) error { return yaml.Unmarshal([]byte(code), new(map[string]any)) },
		"sh": func(code string) error {
			cmd := exec.Command("sh", "-n")
			cmd.Stdin = strings.NewReader(code)
			return cmd.Run()
		},
	} {
		all := snippets(t, language)
		if len(all) == 0 {
			t.Errorf("no %s: is the page read?", language)
		}
		for _, code := range all {
			if err := check(code); err != nil {
				t.Errorf("%v in:\n%s", err, code)
			}
		}
	}
}

// TestNogoFlags gives the flags of nogo's configuration to the command, which has them
// too.
func TestNogoFlags(t *testing.T) {
	var config map[string]struct {
		Flags map[string]string `json:"analyzer_flags"`
	}
	if err := json.Unmarshal([]byte(snippet(t, "json", "analyzer_flags")), &config); err != nil {
		t.Fatal(err)
	}
	if len(config["xray"].Flags) == 0 {
		t.Fatal("the configuration has no flags for the analyzer xray")
	}
	r := newRepository(t, environment(t), program)
	tool := filepath.Join(buildTool(t), "xray-instrument")
	for name, value := range config["xray"].Flags {
		r.run(tool, "-check", "-"+name+"="+value, "./clean")
	}
}
