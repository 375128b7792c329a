package rewrite

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/commit"
	"github.com/seed-4257438c/xray-instrument/rewrite/load"
	"github.com/seed-4257438c/xray-instrument/rewrite/record"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// survey reads all Go files of a module, tests included, for what decisions about
// one package need to know of the others, and for the records of earlier runs.
// Packages that the run's patterns leave out count too.
func (r *run) survey(m *module) error {
	s := &find.Survey{Module: m.path, Dir: m.dir}
	m.survey = s
	dir := m.dir
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // an unreadable folder holds nothing that the go command would build
		}
		if d.IsDir() {
			if name != dir && skipDir(name, d.Name()) {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || !d.Type().IsRegular() {
			return nil
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return nil
		}
		if bytes.HasPrefix(src, []byte(load.SupportHeader)) {
			r.noteRun(m, name, record.Parse(src))
			return nil
		}
		s.Add(relative(dir, name), src)
		return nil
	})
}

// noteRun takes from the record of an earlier run what this one must know of a
// package that its patterns may leave out.
func (r *run) noteRun(m *module, name string, rec *record.Record) {
	if rec.Module != "" {
		m.record = rec.Module
	}
	kinds := map[string]rules.Kind{}
	for _, d := range r.matcher.Catalog.Idioms {
		kinds[d.Name] = d.Kind
	}
	for _, s := range rec.Sites {
		if kinds[s.Rule] == rules.SQLOpen || kinds[s.Rule] == rules.AWSConfig {
			r.traced[path.Join(m.path, relative(m.dir, filepath.Dir(name)))] = true
		}
	}
}

func skipDir(name, base string) bool {
	if base == "vendor" || base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return true
	}
	_, err := os.Stat(filepath.Join(name, "go.mod"))
	return err == nil
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
	filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || found:
			return nil
		case d.IsDir():
			if name != dir && skipDir(name, d.Name()) {
				return fs.SkipDir
			}
		case strings.HasSuffix(name, ".go") && !changed[name]:
			src, err := os.ReadFile(name)
			found = found || err == nil && bytes.Contains(src, []byte(`"`+rules.SDKv1))
		}
		return nil
	})
	return found
}
