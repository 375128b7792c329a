package main

import (
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

const docs = "../../docs/local.md"

// blocks returns the code of a language in the documentation.
func blocks(t *testing.T, language string) []string {
	t.Helper()
	text, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		found = append(found, m[1])
	}
	return found
}

// The snippets for what takes over where xray-local ends are sound, and listen where SDKs send to.
func TestSnippets(t *testing.T) {
	agents := blocks(t, "json")
	if len(agents) != 1 {
		t.Fatalf("%d snippets in JSON", len(agents))
	}
	var agent struct {
		Traces struct {
			Collected struct {
				XRay struct {
					Address string `json:"bind_address"`
					Proxy   struct {
						Address string `json:"bind_address"`
					} `json:"tcp_proxy"`
				} `json:"xray"`
			} `json:"traces_collected"`
		} `json:"traces"`
	}
	if err := json.Unmarshal([]byte(agents[0]), &agent); err != nil {
		t.Fatal(err)
	}
	if x := agent.Traces.Collected.XRay; x.Address != "127.0.0.1:2000" || x.Proxy.Address != x.Address {
		t.Errorf("the CloudWatch agent listens on %+v", x)
	}

	collectors := blocks(t, "yaml")
	if len(collectors) != 1 {
		t.Fatalf("%d snippets in YAML", len(collectors))
	}
	var collector struct {
		Receivers, Processors, Exporters map[string]any
		Service                          struct {
			Pipelines map[string]struct{ Receivers, Processors, Exporters []string }
		}
	}
	if err := yaml.Unmarshal([]byte(collectors[0]), &collector); err != nil {
		t.Fatal(err)
	}
	pipeline := collector.Service.Pipelines["traces"]
	for _, part := range []struct {
		there map[string]any
		named []string
	}{{collector.Receivers, pipeline.Receivers}, {collector.Processors, pipeline.Processors}, {collector.Exporters, pipeline.Exporters}} {
		if len(part.named) == 0 {
			t.Error("the pipeline has an empty part")
		}
		for _, name := range part.named {
			if _, ok := part.there[name]; !ok {
				t.Errorf("the pipeline names %s, which is not configured", name)
			}
		}
	}
	if receiver, _ := collector.Receivers["awsxray"].(map[string]any); receiver["endpoint"] != "127.0.0.1:2000" {
		t.Errorf("the collector receives on %v", receiver["endpoint"])
	}
}

// The commands that start xray-local name flags that it has.
func TestCommands(t *testing.T) {
	found := 0
	for _, block := range blocks(t, "sh") {
		for line := range strings.Lines(block) {
			words := strings.Fields(line)
			if len(words) == 0 || words[0] != "xray-local" {
				continue
			}
			found++
			if _, err := parse(words[1:], os.Stderr); err != nil {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
	if found == 0 {
		t.Error("no command is shown")
	}
}

// The table of flags has all of them.
func TestFlagsAreDocumented(t *testing.T) {
	text, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	var documented, there []string
	for _, m := range regexp.MustCompile("(?m)^\\| `-([a-z-]+)").FindAllStringSubmatch(string(text), -1) {
		documented = append(documented, m[1])
	}
	flags(&config{}).VisitAll(func(f *flag.Flag) { there = append(there, f.Name) })
	slices.Sort(documented)
	if !slices.Equal(documented, there) {
		t.Errorf("documented are %q, there are %q", documented, there)
	}
}
