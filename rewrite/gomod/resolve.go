package gomod

import (
	"context"
	"errors"
	"go/version"
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// resolution is what the go command made of the copies.
type resolution struct {
	sdk      SDK
	have     requirements // of the original
	want     requirements // all that the copy requires
	sum      []byte       // the copy's go.sum
	closure  map[string]bool
	tidy     bool
	changed  []Change
	patterns []string // what must load with the result
	deps     []string // how it is listed
}

// resolve lets the go command find out what the SDK in that version brings along.
func (s *scratch) resolve(ctx context.Context, sdk SDK) (*resolution, error) {
	r := &resolution{sdk: sdk, patterns: []string{"./" + importsDir}, deps: withTests}
	c, err := s.tryCopy(ctx, r, func(f *modfile.File) error { return raise(f, sdk) })
	var ge *goError
	isClosed := false
	if errors.As(err, &ge) && ge.says("ambiguous import") && ge.says(genproto) {
		c, err = s.tryCopy(ctx, r, func(f *modfile.File) error { return errors.Join(raise(f, sdk), split(f)) })
	}
	if errors.As(err, &ge) && ge.unreachable() {
		if closed, e := s.tryClosed(ctx, r); e == nil { // the first error says what is missing
			c, err, isClosed = closed, nil, true
		}
	}
	if err != nil {
		return nil, err
	}
	if err := s.result(c, r); err != nil {
		return nil, err
	}
	if r.changed, err = s.changes(ctx, c, r); err != nil {
		return nil, err
	}
	if t, ok := s.tidied(ctx, c); ok {
		r.tidy = true
		return r, s.result(t, r)
	}
	if len(r.changed) == 0 && !isClosed {
		return r, s.result(c, r)
	}
	// Nobody has looked at more of the program than what it is to import.
	if deps := s.complete(ctx); deps != nil {
		r.patterns, r.deps = append(r.patterns, "./..."), deps
		if len(r.changed) > 0 {
			r.closure = nil // whatever is added now, the program needs
			if _, err := c.run(ctx, append(append([]string{"list", "-mod=mod"}, deps...), r.patterns...)...); err != nil {
				return nil, err
			}
		}
	}
	return r, s.result(c, r)
}

// tryCopy lets the go command load the SDK's packages with an edited copy of
// go.mod.
func (s *scratch) tryCopy(ctx context.Context, r *resolution, edit func(*modfile.File) error) (*copied, error) {
	c, err := s.copyMod(edit)
	if err != nil {
		return nil, err
	}
	out, err := c.run(ctx, "list", "-mod=mod", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "./"+importsDir)
	if err != nil {
		return nil, err
	}
	r.closure = set(strings.Fields(string(out)))
	return c, nil
}

// genproto was split in 2023: its packages below googleapis/rpc, which the SDK
// needs by way of gRPC, have a module of their own since. A program whose modules
// name an older one has these packages twice, until that is raised to a version
// behind the split.
const (
	genproto      = "google.golang.org/genproto"
	genprotoSplit = "v0.0.0-20240227224415-6ceb2ff114de"
)

// split requires genproto behind its split.
func split(f *modfile.File) error {
	if have, ok := requirementsOf(f)[genproto]; ok && !have.indirect {
		return f.AddRequire(genproto, genprotoSplit)
	}
	if err := f.DropRequire(genproto); err != nil {
		return err
	}
	f.AddNewRequire(genproto, genprotoSplit, true)
	return nil
}

// raise requires the SDK, in the given version or the higher one that is required.
func raise(f *modfile.File, sdk SDK) error {
	have := requirementsOf(f)[sdk.Path].version
	if semver.Compare(have, sdk.Version) >= 0 {
		return nil
	}
	return f.AddRequire(sdk.Path, sdk.Version)
}

// result reads what the go command made of the copy, and makes sure that the go and
// toolchain lines are what they were.
func (s *scratch) result(c *copied, r *resolution) error {
	f, sum, err := c.read()
	if err != nil {
		return err
	}
	old, err := modfile.Parse("go.mod", s.mod, nil)
	if err != nil {
		return err
	}
	goBefore := assumedGo
	if old.Go != nil {
		goBefore = old.Go.Version
	}
	// The copy's lines stay the copy's: what counts is whether the language version
	// would be raised. The result is verified with the original's lines.
	if version.Compare(version.Lang("go"+f.Go.Version), version.Lang("go"+goBefore)) > 0 {
		return goLineError(r.sdk)
	}
	r.have, r.want, r.sum = requirementsOf(old), requirementsOf(f), sum
	r.sdk.Version = r.want[r.sdk.Path].version
	return nil
}

// variants lists the requirements to try: first without what the go command changed
// beyond the SDK's needs, then all of it.
func (r *resolution) variants() []requirements {
	all := maps.Clone(r.want)
	all[r.sdk.Path] = requirement{version: r.sdk.Version}
	if r.tidy {
		return []requirements{all}
	}
	least := maps.Clone(r.have)
	for path, to := range all {
		was, known := r.have[path]
		switch {
		case path == r.sdk.Path:
			least[path] = to
		case known:
			least[path] = requirement{to.version, was.indirect}
		case r.closure == nil || r.closure[path]:
			least[path] = to
		}
	}
	return []requirements{least, all}
}

// changes lists the modules whose selected version the SDK changes.
func (s *scratch) changes(ctx context.Context, c *copied, r *resolution) ([]Change, error) {
	before, after := versions(r.have), versions(r.want)
	if !s.pruned() {
		// go.mod does not list them all.
		bare, err := s.bare().copyMod(func(*modfile.File) error { return nil })
		if err != nil {
			return nil, err
		}
		if before, err = bare.selected(ctx); err != nil {
			return nil, err
		}
		if after, err = c.selected(ctx); err != nil {
			return nil, err
		}
	}
	return compareVersions(before, after), nil
}

// compareVersions lists the modules that are in both builds, in different versions.
func compareVersions(before, after map[string]string) []Change {
	var list []Change
	for _, path := range slices.Sorted(maps.Keys(before)) {
		if to, ok := after[path]; ok && to != before[path] {
			list = append(list, Change{path, before[path], to})
		}
	}
	return list
}

// pruned reports whether go.mod lists every module that the program needs.
func (s *scratch) pruned() bool { return allows(goLine(s.mod), "1.17") }

func versions(list requirements) map[string]string {
	m := map[string]string{}
	for path, r := range list {
		m[path] = r.version
	}
	return m
}

// selected lists the modules of the whole graph with their selected versions.
func (c *copied) selected(ctx context.Context) (map[string]string, error) {
	out, err := c.run(ctx, "list", "-mod=mod", "-m", "-f", "{{.Path}} {{.Version}}", "all")
	if err != nil {
		return nil, err
	}
	return parseVersions(out), nil
}

// parseVersions reads lines of a path and a version; main modules have none.
func parseVersions(out []byte) map[string]string {
	m := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(line); len(f) == 2 {
			m[f[0]] = f[1]
		}
	}
	return m
}
