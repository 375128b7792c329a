package collect

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Rules are sampling rules in the form of files for X-Ray SDKs, version 2 (version 1 calls
// the host service_name).
type Rules struct {
	Version int    `json:"version"`
	Default *Rule  `json:"default"`
	Rules   []Rule `json:"rules"`
}

// Rule says how many of certain requests are recorded: some each second, and a share of the others.
type Rule struct {
	Description string  `json:"description"`
	Host        string  `json:"host"`
	ServiceName string  `json:"service_name"`
	Method      string  `json:"http_method"`
	Path        string  `json:"url_path"`
	FixedTarget int64   `json:"fixed_target"`
	Rate        float64 `json:"rate"`
}

// Everything is the rule that records every request.
var Everything = &Rules{Version: 2, Default: &Rule{FixedTarget: 1, Rate: 1}}

// ParseRules reads a file of rules.
func ParseRules(text []byte) (*Rules, error) {
	rules := &Rules{}
	if err := json.Unmarshal(text, rules); err != nil {
		return nil, fmt.Errorf("sampling rules: %w", err)
	}
	if rules.Version != 1 && rules.Version != 2 {
		return nil, fmt.Errorf("sampling rules: version %d, want 1 or 2", rules.Version)
	}
	if rules.Default == nil {
		return nil, errors.New("sampling rules: no default")
	}
	for _, rule := range append([]Rule{*rules.Default}, rules.Rules...) {
		if rule.Rate < 0 || rule.Rate > 1 || rule.FixedTarget < 0 {
			return nil, fmt.Errorf("sampling rules: rate %v, fixed_target %d: the rate is from 0 to 1, the target not negative", rule.Rate, rule.FixedTarget)
		}
	}
	return rules, nil
}

// samplingRule is a rule in the form of X-Ray's API.
type samplingRule struct {
	RuleName, ServiceName, ServiceType, Host, HTTPMethod, URLPath, ResourceARN string
	FixedRate                                                                  float64
	ReservoirSize, Priority, Version                                           int64
	Attributes                                                                 map[string]string
}

type samplingRecord struct {
	SamplingRule samplingRule
	CreatedAt    float64
	ModifiedAt   float64
}

// records returns the rules as X-Ray's API has them, in their order.
func (r *Rules) records(at float64) []samplingRecord {
	var list []samplingRecord
	add := func(name string, priority int, rule Rule) {
		host := rule.Host
		if host == "" {
			host = rule.ServiceName
		}
		list = append(list, samplingRecord{samplingRule{
			RuleName: name, ServiceName: "*", ServiceType: "*", ResourceARN: "*",
			Host: star(host), HTTPMethod: star(rule.Method), URLPath: star(rule.Path),
			FixedRate: rule.Rate, ReservoirSize: rule.FixedTarget, Priority: int64(priority), Version: 1,
		}, at, at})
	}
	for i, rule := range r.Rules {
		add(fmt.Sprintf("rule-%d", i+1), i+1, rule)
	}
	add("Default", 10000, *r.Default)
	return list
}

func star(pattern string) string {
	if pattern == "" {
		return "*"
	}
	return pattern
}

// targets answers how many requests a second each rule may record from its reservoir.
func (r *Rules) targets(names []string, now time.Time) []map[string]any {
	list := []map[string]any{}
	for _, record := range r.records(0) {
		for _, name := range names {
			if name != record.SamplingRule.RuleName {
				continue
			}
			list = append(list, map[string]any{
				"RuleName": name, "FixedRate": record.SamplingRule.FixedRate, "Interval": 10,
				"ReservoirQuota": record.SamplingRule.ReservoirSize, "ReservoirQuotaTTL": seconds(now.Add(time.Minute)),
			})
		}
	}
	return list
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

// maxQuestion is the size of the largest question that is read.
const maxQuestion = 1 << 20

// Sampling answers what SDKs ask the daemon by TCP. Web pages have no business there: a
// request with an Origin is refused.
func Sampling(rules *Rules) http.Handler {
	began := seconds(time.Now())
	mux := http.NewServeMux()
	mux.HandleFunc("POST /GetSamplingRules", func(w http.ResponseWriter, r *http.Request) {
		answer(w, map[string]any{"SamplingRuleRecords": rules.records(began), "NextToken": nil})
	})
	mux.HandleFunc("POST /SamplingTargets", func(w http.ResponseWriter, r *http.Request) {
		var question struct {
			SamplingStatisticsDocuments []struct{ RuleName string }
		}
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxQuestion)).Decode(&question); err != nil {
			http.Error(w, "not a question about sampling targets", http.StatusBadRequest)
			return
		}
		var names []string
		for _, document := range question.SamplingStatisticsDocuments {
			names = append(names, document.RuleName)
		}
		answer(w, map[string]any{
			"SamplingTargetDocuments": rules.targets(names, time.Now()),
			"LastRuleModification":    began, "UnprocessedStatistics": []any{},
		})
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Origin") != "" {
			http.Error(w, "not for web pages", http.StatusForbidden)
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the client has gone
}
