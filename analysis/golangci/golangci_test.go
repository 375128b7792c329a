package golangci

import (
	goflag "flag"
	"reflect"
	"strings"
	"testing"

	"github.com/golangci/plugin-module-register/register"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"

	xray "github.com/seed-4257438c/xray-instrument/analysis"
)

// TestEntryPoint asks for the plugin as golangci-lint does.
func TestEntryPoint(t *testing.T) {
	construct, err := register.GetPlugin("xray")
	if err != nil {
		t.Fatal(err)
	}
	p, err := construct(nil) // no settings
	if err != nil {
		t.Fatal(err)
	}
	if got := p.GetLoadMode(); got != register.LoadModeTypesInfo {
		t.Errorf("load mode %q", got)
	}
	analyzers, err := p.BuildAnalyzers()
	if err != nil {
		t.Fatal(err)
	}
	if len(analyzers) != 1 || analyzers[0] != xray.Analyzer || analyzers[0].Name != "xray" {
		t.Errorf("analyzers %v", analyzers)
	}
	if err := analysis.Validate(analyzers); err != nil {
		t.Error(err)
	}
}

// TestSettings sets the flags that the settings name and leaves the others alone.
func TestSettings(t *testing.T) {
	for _, test := range []struct {
		name     string
		settings any
		want     map[string]string
	}{
		{"none", nil, nil},
		{"an empty table", map[string]any{}, nil},
		{"one", map[string]any{"rules": "-aws-call"}, map[string]string{"rules": "-aws-call"}},
		{"all", map[string]any{"rules": "sql-call,DBPing", "service": "orders", "cancel": "detach"},
			map[string]string{"rules": "sql-call,DBPing", "service": "orders", "cancel": "detach"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := keepFlags(t)
			build(t, test.settings)
			for _, name := range []string{"rules", "service", "cancel"} {
				want, set := test.want[name]
				if !set {
					want = before[name]
				}
				if got := flag(name); got != want {
					t.Errorf("-%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

// TestFlags holds the settings to the analyzer's flags: neither has what the other
// does not know.
func TestFlags(t *testing.T) {
	all := map[string]any{}
	for name := range keepFlags(t) {
		all[name] = flag(name)
	}
	if _, err := New(all); err != nil {
		t.Errorf("a flag of the analyzer is no setting: %v", err)
	}
	if n := reflect.TypeFor[Settings]().NumField(); n != len(all) {
		t.Errorf("%d settings for %d flags", n, len(all))
	}
}

func TestBadSettings(t *testing.T) {
	for _, test := range []struct {
		name     string
		settings any
		want     string
	}{
		{"an unknown key", map[string]any{"rule": "-aws-call"}, `unknown field "rule"`},
		{"a list", map[string]any{"rules": []string{"-aws-call"}}, "rules"},
		{"a number", map[string]any{"cancel": 1}, "cancel"},
		{"no table", "-aws-call", "linter xray: "},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := New(test.settings)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "linter xray: ") {
				t.Errorf("%v, %v", p, err)
			}
		})
	}
}

// TestRun shows that the settings take effect.
func TestRun(t *testing.T) {
	const source = `package shop

import (
	"database/sql"
	"net/http"
)

var client = &http.Client{}%s

func init() {
	var db sql.DB
	db.Ping()%s
}
`
	const outbound, call = " // want `ClientLiteral: `", " // want `DBPing: `"
	for _, test := range []struct {
		name     string
		settings any
		wants    []string
	}{
		{"everything", nil, []string{outbound, call}},
		{"one kind", map[string]any{"rules": "sql-call"}, []string{"", call}},
		{"all but one rule", map[string]any{"rules": "-DBPing"}, []string{outbound, ""}},
	} {
		t.Run(test.name, func(t *testing.T) {
			keepFlags(t)
			text := source
			for _, want := range test.wants {
				text = strings.Replace(text, "%s", want, 1)
			}
			dir, clean, err := analysistest.WriteFiles(map[string]string{"example.com/shop/shop.go": text})
			if err != nil {
				t.Fatal(err)
			}
			defer clean()
			analysistest.Run(t, dir, build(t, test.settings), "example.com/shop")
		})
	}
}

// build returns the analyzer with settings.
func build(t *testing.T, settings any) *analysis.Analyzer {
	t.Helper()
	p, err := New(settings)
	if err != nil {
		t.Fatal(err)
	}
	analyzers, err := p.BuildAnalyzers()
	if err != nil {
		t.Fatal(err)
	}
	return analyzers[0]
}

func flag(name string) string { return xray.Analyzer.Flags.Lookup(name).Value.String() }

// keepFlags returns the values of the analyzer's flags, which the test's end restores.
func keepFlags(t *testing.T) map[string]string {
	t.Helper()
	values := map[string]string{}
	xray.Analyzer.Flags.VisitAll(func(f *goflag.Flag) { values[f.Name] = f.Value.String() })
	t.Cleanup(func() {
		for name, value := range values {
			xray.Analyzer.Flags.Set(name, value)
		}
	})
	return values
}
