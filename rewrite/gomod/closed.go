package gomod

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	modpath "golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// To find the modules of the SDK's packages, the go command loads the whole graph of
// modules, down to what no package of the program needs: one that is no longer to be had
// there keeps a program that builds from requiring anything. It does not look beyond what
// go.mod lists where all packages are found in that. So the list is closed: with all that
// the SDK itself requires.

// tryClosed is tryCopy with the list of requirements closed: first by all of them, to learn
// which have a package that is needed, and then by these.
func (s *scratch) tryClosed(ctx context.Context, r *resolution) (*copied, error) {
	needs, err := s.needs(ctx, r.sdk)
	if err == nil {
		err = s.raiseToProgram(ctx, needs)
	}
	if err != nil {
		return nil, err
	}
	try := func() (*copied, error) {
		return s.tryCopy(ctx, r, func(f *modfile.File) error { return errors.Join(raise(f, r.sdk), raiseAll(f, needs)) })
	}
	if _, err := try(); err != nil {
		return nil, err
	}
	maps.DeleteFunc(needs, func(path string, _ requirement) bool { return !r.closure[path] })
	return try()
}

// raiseToProgram raises the versions of needs to what the modules require that the program
// requires, as far as the module cache has their go.mod: the go command takes a list in which
// one module is lower than another one asks for as not closed.
func (s *scratch) raiseToProgram(ctx context.Context, needs requirements) error {
	cache, err := s.module.run(ctx, "env", "GOMODCACHE")
	if err != nil {
		return err
	}
	f, err := modfile.Parse("go.mod", s.mod, nil)
	if err != nil {
		return err
	}
	for path, have := range requirementsOf(f) {
		escaped, err := modpath.EscapePath(path)
		if err != nil {
			return err
		}
		version, err := modpath.EscapeVersion(have.version)
		if err != nil {
			return err
		}
		name := filepath.Join(strings.TrimSpace(string(cache)), "cache", "download", filepath.FromSlash(escaped), "@v", version+".mod")
		data, err := os.ReadFile(name)
		if err != nil {
			continue // it is replaced, say
		}
		required, err := modfile.ParseLax(name, data, nil)
		if err != nil {
			return err
		}
		for path, to := range requirementsOf(required) {
			if need, ok := needs[path]; ok && semver.Compare(need.version, to.version) < 0 {
				needs[path] = requirement{to.version, need.indirect}
			}
		}
	}
	return nil
}

// raiseAll requires what an SDK needs, in the given versions or the higher ones that are required.
func raiseAll(f *modfile.File, needs requirements) error {
	have := requirementsOf(f)
	for _, path := range slices.Sorted(maps.Keys(needs)) {
		switch was, ok := have[path]; {
		case !ok:
			f.AddNewRequire(path, needs[path].version, true)
		case semver.Compare(was.version, needs[path].version) < 0:
			if err := f.AddRequire(path, needs[path].version); err != nil {
				return err
			}
		}
	}
	return nil
}

// needs returns what an SDK's go.mod requires.
func (s *scratch) needs(ctx context.Context, sdk SDK) (requirements, error) {
	c, err := s.bare().copyMod(func(*modfile.File) error { return nil })
	if err != nil {
		return nil, err
	}
	out, err := c.run(ctx, "mod", "download", "-json", sdk.Path+"@"+sdk.Version)
	if err != nil {
		return nil, err
	}
	var info struct{ GoMod string }
	if err := json.Unmarshal(out, &info); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(info.GoMod)
	if err != nil {
		return nil, err
	}
	f, err := modfile.ParseLax(info.GoMod, data, nil)
	if err != nil {
		return nil, err
	}
	return requirementsOf(f), nil
}
