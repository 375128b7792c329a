// Package golangci is the analyzer as a module plugin of golangci-lint, under the name
// xray.
//
// golangci-lint is built anew with such plugins and finds them by what they register
// when their package is initialized. So that neither this side effect nor the plugin's
// dependency reaches anybody else, the package is a module of its own and nothing
// imports it. It may import package analysis and golangci-lint's register alone; what
// it reports, and what its settings mean, is decided there.
package golangci

import (
	"fmt"

	"github.com/golangci/plugin-module-register/register"
	"golang.org/x/tools/go/analysis"

	xray "github.com/seed-4257438c/xray-instrument/analysis"
)

func init() { register.Plugin("xray", New) }

// Settings are what .golangci.yml says of the linter, each as the analyzer's flag of
// that name. Those that are left out have the flag's default.
type Settings struct {
	Rules   *string `json:"rules"`
	Service *string `json:"service"`
	Cancel  *string `json:"cancel"`
}

// New returns the plugin. Settings that the analyzer does not have, or of another type
// than text, are an error.
func New(settings any) (register.LinterPlugin, error) {
	s, err := register.DecodeSettings[Settings](settings)
	if err != nil {
		return nil, fmt.Errorf("linter xray: %w", err)
	}
	return &plugin{s}, nil
}

type plugin struct{ settings Settings }

// BuildAnalyzers returns the analyzer with its flags set. There is one in a process,
// as there is one set of settings.
func (p *plugin) BuildAnalyzers() ([]*analysis.Analyzer, error) {
	for _, flag := range []struct {
		name  string
		value *string
	}{
		{"rules", p.settings.Rules}, {"service", p.settings.Service}, {"cancel", p.settings.Cancel},
	} {
		if flag.value == nil {
			continue
		}
		if err := xray.Analyzer.Flags.Set(flag.name, *flag.value); err != nil {
			return nil, fmt.Errorf("linter xray: %s: %w", flag.name, err)
		}
	}
	return []*analysis.Analyzer{xray.Analyzer}, nil
}

// GetLoadMode says that the analyzer needs types.
func (p *plugin) GetLoadMode() string { return register.LoadModeTypesInfo }
