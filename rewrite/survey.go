package rewrite

import (
	"bytes"
	"crypto/sha256"
	"go/types"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/cache"
	"github.com/seed-4257438c/xray-instrument/rewrite/commit"
	"github.com/seed-4257438c/xray-instrument/rewrite/record"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// survey reads all Go files of a module, tests included, for what decisions about
// one package need to know of the others, and for the records of earlier runs.
// Packages that the run's patterns leave out count too. The gate, which plans nothing,
// has it read when a decision asks for it.
func (r *run) survey(m *module) *find.Survey {
	if m.survey != nil {
		return m.survey
	}
	r.widen(onSurvey)
	m.survey = &find.Survey{}
	files := r.openSurveyed(m)
	m.survey.Read(m.dir, m.set.HoldsIdioms, func(name string, src []byte) { r.noteRun(m, name, record.Parse(src)) }, files)
	files.keep(r)
	return m.survey
}

// surveyed are the surveys of a module's files, under keys of their names and of what the
// system says of them or, where that does not tell, of their texts.
type surveyed struct {
	Silent []byte // the keys of those that say nothing: most
	Files  map[cache.Key]*find.Survey

	silent map[cache.Key]bool
	next   *surveyed
	stamp  cache.Key // of the file that was asked for last, zero if it has none
	key    cache.Key
	news   bool
}

// openSurveyed returns what is kept of the files of a module.
func (r *run) openSurveyed(m *module) *surveyed {
	s := &surveyed{silent: map[cache.Key]bool{}, next: &surveyed{Files: map[cache.Key]*find.Survey{}}}
	if id, err := toolID(); err == nil && r.opts.Cache != "" {
		h := cache.NewHash()
		h.Add("survey", id, m.dir)
		s.key = h.Key()
		r.kept().Get(s.key, s)
	}
	for k := range slices.Chunk(s.Silent, sha256.Size) {
		if len(k) == sha256.Size {
			s.silent[cache.Key(k)] = true
		}
	}
	return s
}

// Unread returns the survey of a file that has not been changed since it was made.
func (s *surveyed) Unread(name, rel string) *find.Survey {
	s.stamp = cache.Key{}
	info, err := os.Lstat(name)
	h := cache.NewHash()
	if err != nil || !h.Stamp(rel, info) {
		return nil
	}
	s.stamp = h.Key()
	file := s.of(s.stamp)
	if file != nil {
		s.next.add(s.stamp, file)
	}
	return file
}

// Of returns the survey of a file with a text.
func (s *surveyed) Of(rel string, src []byte) *find.Survey {
	h := cache.NewHash()
	h.Add(rel, string(src))
	key := h.Key()
	file := s.of(key)
	if file == nil {
		file, s.news = &find.Survey{}, true
		file.Add(rel, src)
	}
	if s.stamp != (cache.Key{}) {
		key, s.news = s.stamp, true
	}
	s.next.add(key, file)
	return file
}

// of returns what is kept under a key, or nil.
func (s *surveyed) of(key cache.Key) *find.Survey {
	if s.silent[key] {
		return &find.Survey{}
	}
	return s.Files[key]
}

func (s *surveyed) add(key cache.Key, file *find.Survey) {
	if reflect.ValueOf(file).Elem().IsZero() {
		s.Silent = append(s.Silent, key[:]...)
	} else {
		s.Files[key] = file
	}
}

// keep keeps the surveys if any of them is new.
func (s *surveyed) keep(r *run) {
	if s.key != (cache.Key{}) && s.news {
		r.kept().Put(s.key, s.next)
	}
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
