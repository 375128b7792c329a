package config

import (
	"encoding/json"
	"errors"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

var fenced = regexp.MustCompile("(?s)```(\\w*)\n(.*?)```")

// TestRunning checks the syntax of what docs/running.md has to copy.
func TestRunning(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(docs, "running.md"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for _, m := range fenced.FindAllSubmatch(data, -1) {
		language, text := string(m[1]), string(m[2])
		seen[language]++
		if err := checkSyntax(language, text); err != nil {
			t.Errorf("%v in\n%s", err, text)
		}
	}
	if seen["json"] < 2 || seen["yaml"] < 4 || seen["sh"] < 1 || seen["go"] < 1 {
		t.Errorf("found %v", seen)
	}
	for _, action := range []string{"PutTraceSegments", "PutTelemetryRecords", "GetSamplingRules", "GetSamplingTargets", "GetSamplingStatisticSummaries"} {
		if !strings.Contains(string(data), `"xray:`+action+`"`) {
			t.Errorf("the policy lacks %s", action)
		}
	}
}

func checkSyntax(language, text string) error {
	switch language {
	case "json":
		return json.Unmarshal([]byte(text), new(any))
	case "yaml":
		return yaml.NewDecoder(strings.NewReader(text)).Decode(new(any))
	case "go":
		_, err := format.Source([]byte(text))
		return err
	case "sh":
		bash, err := exec.LookPath("bash")
		if err != nil {
			return nil
		}
		cmd := exec.Command(bash, "-n")
		cmd.Stdin = strings.NewReader(text)
		return cmd.Run()
	}
	return errors.New("no check for " + language)
}

// TestCheckSyntax: the check finds what is wrong.
func TestCheckSyntax(t *testing.T) {
	for language, text := range map[string]string{"json": "{", "yaml": "a: [", "sh": "if true", "go": "package", "": "a"} {
		if _, err := exec.LookPath("bash"); language == "sh" && err != nil {
			continue
		}
		if checkSyntax(language, text) == nil {
			t.Errorf("%s: %s passes", language, text)
		}
	}
}
