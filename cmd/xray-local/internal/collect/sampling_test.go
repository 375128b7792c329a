package collect

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const file = `{"version": 2, "rules": [
	{"description": "health", "host": "*", "http_method": "GET", "url_path": "/healthz", "fixed_target": 0, "rate": 0},
	{"host": "shop.*", "http_method": "*", "url_path": "/orders*", "fixed_target": 5, "rate": 0.5}
], "default": {"fixed_target": 1, "rate": 0.1}}`

func ask(t *testing.T, rules *Rules, path, body string, header ...string) (int, map[string]any) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	if len(header) > 0 {
		r.Header.Set(header[0], header[1])
	}
	w := httptest.NewRecorder()
	Sampling(rules).ServeHTTP(w, r)
	var answer map[string]any
	if w.Code == http.StatusOK {
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
	}
	return w.Code, answer
}

func TestRules(t *testing.T) {
	rules, err := ParseRules([]byte(file))
	if err != nil {
		t.Fatal(err)
	}
	_, answer := ask(t, rules, "/GetSamplingRules", `{"NextToken": null}`)
	records := answer["SamplingRuleRecords"].([]any)
	if len(records) != 3 {
		t.Fatalf("%d rules", len(records))
	}
	first := records[0].(map[string]any)["SamplingRule"].(map[string]any)
	last := records[2].(map[string]any)["SamplingRule"].(map[string]any)
	if first["URLPath"] != "/healthz" || first["FixedRate"] != 0.0 || first["Priority"].(float64) >= last["Priority"].(float64) {
		t.Errorf("the first rule is %v", first)
	}
	if last["RuleName"] != "Default" || last["Host"] != "*" || last["FixedRate"] != 0.1 || last["Version"] != 1.0 {
		t.Errorf("the last rule is %v", last)
	}

	_, answer = ask(t, rules, "/SamplingTargets", `{"SamplingStatisticsDocuments":[{"RuleName":"rule-2","ClientID":"x","RequestCount":9},{"RuleName":"gone"}]}`)
	targets := answer["SamplingTargetDocuments"].([]any)
	if len(targets) != 1 {
		t.Fatalf("the targets are %v", targets)
	}
	if target := targets[0].(map[string]any); target["RuleName"] != "rule-2" || target["FixedRate"] != 0.5 || target["ReservoirQuota"] != 5.0 {
		t.Errorf("the target is %v", target)
	}
}

func TestEverything(t *testing.T) {
	_, answer := ask(t, Everything, "/GetSamplingRules", "{}")
	records := answer["SamplingRuleRecords"].([]any)
	if rule := records[0].(map[string]any)["SamplingRule"].(map[string]any); len(records) != 1 || rule["FixedRate"] != 1.0 {
		t.Errorf("the rules are %v", records)
	}
}

func TestSamplingRefuses(t *testing.T) {
	for _, text := range []string{"", "{", `{"version":3,"default":{}}`, `{"version":2}`, `{"version":2,"default":{"rate":2}}`, `{"version":2,"default":{"rate":1,"fixed_target":-1}}`} {
		if _, err := ParseRules([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), "sampling rules: ") {
			t.Errorf("%q: the error is %v", text, err)
		}
	}
	if code, _ := ask(t, Everything, "/SamplingTargets", "{"); code != http.StatusBadRequest {
		t.Errorf("a broken question is answered with %d", code)
	}
	if code, _ := ask(t, Everything, "/GetSamplingRules", "{}", "Origin", "https://example.com"); code != http.StatusForbidden {
		t.Errorf("a web page is answered with %d", code)
	}
	if code, _ := ask(t, Everything, "/PutTraceSegments", "{}"); code != http.StatusNotFound {
		t.Errorf("another question is answered with %d", code)
	}
}
