package gomod

import "testing"

func TestChoose(t *testing.T) {
	one := func(path, version string) map[string]string { return map[string]string{path: version} }
	both := map[string]string{V1: "v1.8.4", V2: "v2.0.0"}
	tests := []struct {
		name  string
		facts Facts
		want  SDK
	}{
		{"newest", Facts{GoVersion: "1.25.0"}, SDK{V2, "v2.0.3"}},
		{"newer than newest", Facts{GoVersion: "1.30.2"}, SDK{V2, "v2.0.3"}},
		{"language is less than release", Facts{GoVersion: "1.25"}, SDK{V2, "v2.0.1"}},
		{"release candidate", Facts{GoVersion: "1.25rc1"}, SDK{V2, "v2.0.1"}},
		{"1.24.0", Facts{GoVersion: "1.24.0"}, SDK{V2, "v2.0.1"}},
		{"1.24", Facts{GoVersion: "1.24"}, SDK{V2, "v2.0.0"}},
		{"1.13", Facts{GoVersion: "1.13"}, SDK{V2, "v2.0.0"}},
		{"none", Facts{}, SDK{V2, "v2.0.0"}},
		{"AWS SDK v1", Facts{GoVersion: "1.25.0", UsesAWSv1: true}, SDK{V1, "v1.8.5"}},
		{"V1 required", Facts{GoVersion: "1.25.0", Direct: one(V1, "v1.6.0")}, SDK{V1, "v1.6.0"}},
		{"V2 required", Facts{GoVersion: "1.25.0", Direct: one(V2, "v2.0.0")}, SDK{V2, "v2.0.0"}},
		{"V2 required, AWS SDK v1", Facts{GoVersion: "1.25.0", UsesAWSv1: true, Direct: one(V2, "v2.0.0")}, SDK{V2, "v2.0.0"}},
		{"V1 linked", Facts{GoVersion: "1.25.0", Linked: one(V1, "v1.8.0")}, SDK{V1, "v1.8.0"}},
		{"V2 linked", Facts{GoVersion: "1.25.0", UsesAWSv1: true, Linked: one(V2, "v2.0.1")}, SDK{V2, "v2.0.1"}},
		{"both linked", Facts{GoVersion: "1.25.0", Linked: both}, SDK{V2, "v2.0.0"}},
		{"both linked, AWS SDK v1", Facts{GoVersion: "1.25.0", UsesAWSv1: true, Linked: both}, SDK{V1, "v1.8.4"}},
		{"both required, V1 linked", Facts{GoVersion: "1.25.0", Direct: both, Linked: one(V1, "v1.8.4")}, SDK{V1, "v1.8.4"}},
		{"both required, V2 linked", Facts{GoVersion: "1.25.0", UsesAWSv1: true, Direct: both, Linked: one(V2, "v2.0.0")}, SDK{V2, "v2.0.0"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := Choose(test.facts); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
