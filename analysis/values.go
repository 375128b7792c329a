package analysis

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"

	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/config"
)

// Value is a setting that is in force.
type Value struct{ Name, Text, Origin string }

// SettingsIn returns the settings of the module whose go.mod is in a folder.
func SettingsIn(dir string, flags Flags, build []string) (*Settings, error) {
	data, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return nil, err
	}
	return SettingsOf(dir, modfile.ModulePath(data), flags, build)
}

// Module returns the module's path.
func (s *Settings) Module() string { return s.module }

// Values returns what is in force, in the order of the documentation, each with
// where it comes from: a flag, a line of the module's file, or the default.
func (s *Settings) Values() []Value {
	var out []Value
	for i := range config.Fields {
		field := &config.Fields[i]
		if given := s.flags.byName()[field.Name]; given != "" {
			out = append(out, Value{field.Name, given, "flag -" + field.Name})
			continue
		}
		list := s.inFile(field.Name)
		if len(list) == 0 {
			list = []Value{{field.Name, field.Default, "default"}}
		}
		out = append(out, list...)
	}
	return out
}

// inFile returns what the module's file says of a field.
func (s *Settings) inFile(name string) []Value {
	var out []Value
	add := func(t config.Text, text string) {
		if t.Given() {
			out = append(out, Value{name, text, fmt.Sprintf("%s:%d", s.File.Path, t.Line)})
		}
	}
	each := func(list []config.Text) {
		for _, t := range list {
			add(t, t.Value)
		}
	}
	switch f := s.File; name {
	case "service":
		add(f.Service.Name, f.Service.Name.Value)
		for _, n := range f.Service.Mains {
			add(n.Package, n.Name.Value+" for "+n.Package.Value)
		}
	case "rules":
		each(f.Rules)
	case "cancel":
		each([]config.Text{f.Cancel})
	case "thread":
		each([]config.Text{f.Thread})
	case "api":
		each([]config.Text{f.API})
	case "exclude.packages":
		each(f.Exclude.Packages)
	case "exclude.files":
		each(f.Exclude.Files)
	case "idioms.plain":
		for _, d := range f.Idioms {
			add(d.Plain, d.Plain.Value)
		}
	case "idioms.xray":
		for _, d := range f.Idioms {
			add(d.XRay, d.XRay.Value)
		}
	case "capture.func":
		for _, c := range f.Capture {
			add(c.Func, c.Func.Value)
		}
	case "capture.name":
		for _, c := range f.Capture {
			add(c.Name, c.Name.Value)
		}
	case "capture.annotate":
		for _, c := range f.Capture {
			for _, a := range c.Annotate {
				add(a.Key, a.Key.Value+": "+a.Value.Value)
			}
		}
	case "setup.version":
		each([]config.Text{f.Setup.Version})
	case "setup.sampling":
		each([]config.Text{f.Setup.Sampling})
	case "setup.context_missing":
		each([]config.Text{f.Setup.ContextMissing})
	case "setup.plugins":
		each(f.Setup.Plugins)
	case "sensitive":
		each(f.Sensitive)
	}
	return out
}

// OwnIdioms returns the idioms that the module has for itself.
func (s *Settings) OwnIdioms() []*rules.Idiom {
	var out []*rules.Idiom
	for _, d := range s.Matcher.Catalog.Idioms {
		if d.Own != nil {
			out = append(out, d)
		}
	}
	return out
}
