package rewrite

import (
	"bytes"
	"go/types"
	"os"
	"path"
	"path/filepath"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/commit"
	"github.com/seed-4257438c/xray-instrument/rewrite/record"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// survey reads all Go files of a module, tests included, for what decisions about
// one package need to know of the others, and for the records of earlier runs.
// Packages that the run's patterns leave out count too. The gate, which plans nothing,
// has it read when a decision asks for it.
func (r *run) survey(m *module) *find.Survey {
	if m.survey == nil {
		r.widen()
		m.survey = &find.Survey{}
		m.survey.Read(m.dir, m.set.HoldsIdioms, func(name string, src []byte) { r.noteRun(m, name, record.Parse(src)) })
	}
	return m.survey
}

// view returns what decisions about the packages of a module know of the rest of
// the program.
func (r *run) view(m *module) find.View {
	v := find.View{
		Module: m.path, Dir: m.dir, Survey: func() *find.Survey { return r.survey(m) },
		Facts: func(pkg *types.Package) *find.Facts { return r.found[pkg.Path()] },
	}
	if m.set != nil { // a package of the program
		v.File, v.Rules, v.Filter = m.set.File, m.set.Rules, m.set.Filter
	}
	return v
}

// noteRun takes from the record of an earlier run what this one must know of a
// package that its patterns may leave out.
func (r *run) noteRun(m *module, name string, rec *record.Record) {
	if rec.Module != "" {
		m.record = rec.Module
	}
	kinds := map[string]rules.Kind{}
	for _, d := range m.set.Matcher.Catalog.Idioms {
		kinds[d.Name] = d.Kind
	}
	r.changed[path.Join(m.path, relative(m.dir, filepath.Dir(name)))] = true
	for _, s := range rec.Sites {
		if kinds[s.Rule] == rules.SQLOpen || kinds[s.Rule] == rules.AWSConfig {
			r.traced[path.Join(m.path, relative(m.dir, filepath.Dir(name)))] = true
		}
	}
}

// usesSDK reports whether a Go file of a module, as it will be after the changes,
// still imports the X-Ray SDK.
func usesSDK(dir string, changed map[string]bool, changes []commit.Change) bool {
	for _, c := range changes {
		if isUnder(c.Path, dir) && bytes.Contains(c.After, []byte(`"`+rules.SDKv1)) {
			return true
		}
	}
	found := false
	find.EachFile(dir, func(name string) bool {
		if !changed[name] {
			src, err := os.ReadFile(name)
			found = err == nil && bytes.Contains(src, []byte(`"`+rules.SDKv1))
		}
		return !found
	})
	return found
}
