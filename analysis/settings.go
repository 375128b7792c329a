package analysis

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/config"
	"github.com/seed-4257438c/xray-instrument/rules/custom"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// Flags are the settings that a command line gives, each "" if it is not given. They
// win over the module's file.
type Flags struct{ Rules, Service, Cancel, Thread, API string }

// byName returns the flags' values by the names of the fields of the file.
func (f Flags) byName() map[string]string {
	return map[string]string{"rules": f.Rules, "service": f.Service, "cancel": f.Cancel, "thread": f.Thread, "api": f.API}
}

// Check says which flag has a value that it cannot have.
func (f Flags) Check() error {
	given := f.byName()
	for _, field := range config.Fields {
		if value := given[field.Name]; value != "" && !field.Allows(value) {
			return fmt.Errorf("-%s=%s: it is %s", field.Name, value, field.Choices())
		}
	}
	return nil
}

// Settings are what is in force for the packages of one module: what the command line
// says, else the module's file, else the default.
type Settings struct {
	File    *config.File
	Matcher *match.Matcher // of the catalog and the module's own idioms
	Filter  *find.Filter
	Rules   rules.Selection

	dir, module string
	flags       Flags
	idioms      map[string]bool // import paths of packages that hold idioms
}

// builtin is the matcher of the catalog alone. It is made when the first package
// needs it.
var builtin = sync.OnceValues(func() (*match.Matcher, error) {
	c, err := rules.Embedded()
	if err != nil {
		return nil, err
	}
	return match.New(c)
})

// Builtin returns the settings for packages of no main module: the catalog, and
// nothing else.
var Builtin = sync.OnceValues(func() (*Settings, error) {
	m, err := builtin()
	if err != nil {
		return nil, err
	}
	return &Settings{File: &config.File{}, Matcher: m, Filter: find.NewFilter(m.Catalog)}, nil
})

// SettingsOf returns the settings of the module with a path in a folder; without a
// path, it has no file. build are flags for the go command, which lists the packages
// of the module's own idioms.
func SettingsOf(dir, module string, flags Flags, build []string) (*Settings, error) {
	if err := flags.Check(); err != nil {
		return nil, err
	}
	base, err := Builtin()
	if err != nil {
		return nil, err
	}
	s := &Settings{File: base.File, Matcher: base.Matcher, Filter: base.Filter, dir: dir, module: module, flags: flags, idioms: map[string]bool{}}
	if module != "" {
		if s.File, err = config.Read(dir); err != nil {
			return nil, err
		}
		s.noteIdioms(s.File)
		for _, other := range MainModules(dir) { // a workspace's, which may hold the packages that this one names and the other way round
			if f, err := config.Read(other); err == nil {
				s.noteIdioms(f)
			}
		}
	}
	if err := s.addIdioms(build); err != nil {
		return nil, err
	}
	return s, s.selectRules()
}

func (s *Settings) noteIdioms(f *config.File) {
	for _, d := range f.Idioms {
		s.idioms[d.Plain.Value], s.idioms[d.XRay.Value] = true, true
	}
}

// addIdioms adds the module's own idioms to the matcher.
func (s *Settings) addIdioms(build []string) error {
	if len(s.File.Idioms) == 0 {
		return nil
	}
	words := Words(s.Matcher.Catalog)
	own, err := custom.Resolve(s.File, custom.Options{
		Dir: s.dir, Flags: build, Catalog: s.Matcher.Catalog, Guards: find.OwnGuards,
		Taken: func(rule string) bool { return words[rule] },
	})
	if err != nil {
		return err
	}
	all := s.Matcher.Catalog.With(own)
	if s.Matcher, err = match.New(all); err != nil {
		return err
	}
	s.Filter = find.NewFilter(all)
	return nil
}

// selectRules reads which rules are on.
func (s *Settings) selectRules() error {
	if s.flags.Rules != "" {
		var err error
		if s.Rules, err = Select(s.Matcher.Catalog, s.flags.Rules); err != nil {
			s.Rules, err = Select(s.Matcher.Catalog, s.flags.Rules, s.idiomsElsewhere()...)
		}
		return err
	}
	var errs []error
	var words []string
	known := Words(s.Matcher.Catalog)
	for _, t := range s.File.Rules {
		word := strings.TrimLeft(t.Value, "+-")
		if !known[word] {
			errs = append(errs, s.File.Errorf(t.Pos, "rules: no rule or kind is called %q%s", word, meant(word, known)))
		}
		words = append(words, t.Value)
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	var err error
	s.Rules, err = Select(s.Matcher.Catalog, strings.Join(words, ","))
	return err
}

// idiomsElsewhere returns the idioms that the other modules of a workspace have for
// themselves: the command line is about all of them.
func (s *Settings) idiomsElsewhere() []string {
	var names []string
	for _, dir := range MainModules(s.dir) {
		if other, err := SettingsIn(dir, Flags{}, nil); err == nil {
			for _, d := range other.OwnIdioms() {
				names = append(names, d.Name)
			}
		}
	}
	return names
}

// meant asks whether another word was meant.
func meant(word string, known map[string]bool) string {
	if near := config.Nearest(word, slices.Sorted(maps.Keys(known))); near != "" {
		return ": did you mean " + near + "?"
	}
	return ""
}

// text returns the value of a setting that is one word, "" for the default.
func (s *Settings) text(name string, given config.Text) string {
	if value := s.flags.byName()[name]; value != "" {
		return value
	}
	return given.Value
}

// Detach reports whether calls are not cancelled with the request.
func (s *Settings) Detach() bool { return s.text("cancel", s.File.Cancel) == "detach" }

// Wrap reports whether functions that other modules can call get a twin with a
// context.
func (s *Settings) Wrap() bool { return s.text("api", s.File.API) == "wrap" }

// Thread returns in which scope functions may gain a context, "" if that depends on
// the program.
func (s *Settings) Thread() string { return s.text("thread", s.File.Thread) }

// Service returns the name of the service for the whole module, "" if there is none.
func (s *Settings) Service() string { return s.text("service", s.File.Service.Name) }

// ServiceOf returns the name of the service that a main package is.
func (s *Settings) ServiceOf(main string) string {
	if name := s.Service(); name != "" {
		return name
	}
	for _, n := range s.File.Service.Mains {
		if path.Join(s.module, n.Package.Value) == main {
			return n.Name.Value
		}
	}
	return ServiceName(main)
}

// Excluded reports whether a file of a package is left out.
func (s *Settings) Excluded(pkg, file string) bool {
	if s.idioms[pkg] {
		return true
	}
	rel, err := filepath.Rel(s.dir, file)
	return err == nil && s.File.Exclude.Excludes(filepath.ToSlash(rel))
}

// Setup returns what the support code of commands that set up the X-Ray SDK is given,
// by the names of its constants, or nil.
func (s *Settings) Setup() (map[string]string, error) {
	in := s.File.Setup
	if !in.Given() {
		return nil, nil
	}
	out := map[string]string{"xraySetupVersion": in.Version.Value, "xraySetupMissing": in.ContextMissing.Value}
	var plugins []string
	for _, t := range in.Plugins {
		plugins = append(plugins, t.Value)
	}
	out["xraySetupPlugins"] = strings.Join(plugins, " ")
	if in.Sampling.Given() {
		data, err := os.ReadFile(filepath.Join(s.dir, filepath.FromSlash(in.Sampling.Value)))
		if err != nil {
			return nil, err
		}
		out["xraySetupSampling"] = string(data)
	}
	return out, nil
}

// Asks reports whether the module's file asks for something in a package's folder.
func (s *Settings) Asks(dir string) bool {
	rel, err := filepath.Rel(s.dir, dir)
	return err == nil && slices.ContainsFunc(s.File.Capture, func(c config.Capture) bool { return c.In(filepath.ToSlash(rel)) })
}

// Alone reports whether the settings are what the module's file says, whatever else there is in
// the module: it names nothing there.
func (s *Settings) Alone() bool {
	f := s.File
	return len(s.idioms)+len(f.Service.Mains)+len(f.Exclude.Packages)+len(f.Capture) == 0 && !f.Setup.Sampling.Given()
}

// HoldsIdioms reports whether a file belongs to a package with idioms: what it does
// with the X-Ray SDK says nothing of the program.
func (s *Settings) HoldsIdioms(file string) bool {
	rel, err := filepath.Rel(s.dir, filepath.Dir(file))
	return err == nil && s.idioms[path.Join(s.module, filepath.ToSlash(rel))]
}

// Fingerprint returns a text that changes with what the module's file says and with
// what its idioms mean.
func (s *Settings) Fingerprint() (string, error) {
	if s.File.Path == "" {
		return "", nil
	}
	data, err := json.Marshal(s.File)
	if err != nil {
		return "", err
	}
	idioms, err := s.Matcher.Catalog.Encode()
	return string(data) + string(idioms), err
}
