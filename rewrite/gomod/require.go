package gomod

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// Require plans the requirement of the SDK by the module that holds dir, for a
// program that will import pkgs, which are packages of the SDK. If that version would raise the
// module's go line, or the program does not load with it, an older one is taken, unless the module
// requires that one already.
//
// A module that requires all of it already has a plan without files. The plan
// is to be closed.
func Require(ctx context.Context, dir string, sdk SDK, pkgs []string, opts *Options) (*Plan, error) {
	for _, p := range pkgs {
		if !strings.HasPrefix(p, sdk.Path+"/") {
			return nil, fmt.Errorf("%s is not a package of %s", p, sdk.Path)
		}
	}
	m, err := openModule(ctx, dir, opts)
	if err != nil {
		return nil, err
	}
	s, err := newScratch(m, pkgs)
	if err != nil {
		return nil, err
	}
	plan, err := s.require(ctx, sdk)
	if err != nil {
		s.Close()
		return nil, err
	}
	if opts != nil {
		plan.Record = joinRecords(opts.Record, plan.Record)
	}
	return plan, nil
}

// require tries the SDK in one version after the other.
func (s *scratch) require(ctx context.Context, sdk SDK) (*Plan, error) {
	if s.vendored && !s.pruned() {
		// modules.txt tells the go lines of modules only since then: the SDK would be compiled as Go 1.16.
		return nil, fmt.Errorf("%w: in a vendor folder the SDK %w: run `go mod edit -go=1.17`, `go mod tidy` and `go mod vendor`, and run again",
			ErrVendor, ErrGoLine)
	}
	f, err := modfile.Parse("go.mod", s.mod, nil)
	if err != nil {
		return nil, err
	}
	tries := []SDK{sdk}
	if have := requirementsOf(f)[sdk.Path].version; semver.Compare(have, sdk.Version) < 0 {
		tries = append(tries, olderThan(sdk)...)
	}
	var first error
	for _, try := range tries {
		r, err := s.resolve(ctx, try)
		if err == nil {
			return s.plan(ctx, r)
		}
		if err = explain(try, err); first == nil {
			first = err
		}
		if !errors.Is(err, ErrGoLine) && !IsConflict(err) {
			return nil, err
		}
	}
	return nil, first
}
