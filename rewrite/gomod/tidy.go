package gomod

import (
	"context"
	"maps"
	"os"
	"time"

	"golang.org/x/mod/modfile"
)

// tidyTime bounds the attempt: where a network is there but silent, a tidy go.sum is not
// worth the wait.
const tidyTime = 2 * time.Minute

// tidied returns a tidied copy of the result, if the original is tidy. Nothing
// is lost when it can't be done: the program builds all the same.
func (s *scratch) tidied(ctx context.Context, c *copied) (*copied, bool) {
	ctx, cancel := context.WithTimeout(ctx, tidyTime)
	defer cancel()
	if !s.originalIsTidy(ctx) {
		return nil, false
	}
	mod, err := os.ReadFile(c.name)
	if err != nil {
		return nil, false
	}
	sum, err := os.ReadFile(sumName(c.name))
	if err != nil {
		return nil, false
	}
	t, err := s.copyOf(mod, sum)
	if err != nil {
		return nil, false
	}
	return t, s.tidy(ctx, t, func(before, after *modfile.File, _, _ []byte) bool {
		return before.Go.Version == after.Go.Version && toolchain(before) == toolchain(after)
	})
}

// originalIsTidy reports whether go mod tidy would leave the module as it is, but for its layout.
func (s *scratch) originalIsTidy(ctx context.Context) bool {
	c, err := s.bare().copyMod(func(*modfile.File) error { return nil })
	if err != nil {
		return false
	}
	return s.tidy(ctx, c, func(before, after *modfile.File, sumBefore, sumAfter []byte) bool {
		return before.Go.Version == after.Go.Version && toolchain(before) == toolchain(after) &&
			maps.Equal(requirementsOf(before), requirementsOf(after)) &&
			maps.Equal(texts(sumLines(sumBefore)), texts(sumLines(sumAfter)))
	})
}

// tidy runs go mod tidy on a copy, and asks accept about the outcome.
func (s *scratch) tidy(ctx context.Context, c *copied, accept func(before, after *modfile.File, sumBefore, sumAfter []byte) bool) bool {
	before, sumBefore, err := c.read()
	if err != nil {
		return false
	}
	if _, err := c.run(ctx, "mod", "tidy"); err != nil {
		return false
	}
	after, sumAfter, err := c.read()
	return err == nil && after.Go != nil && accept(before, after, sumBefore, sumAfter)
}

// complete reports whether the original program loads, with its tests and without a network: only then
// does the go command add what the SDK makes necessary, and nothing else.
func (s *scratch) complete(ctx context.Context) bool {
	c, err := s.bare().copyMod(func(*modfile.File) error { return nil })
	if err != nil {
		return false
	}
	_, err = c.run(ctx, "list", "-mod=readonly", "-deps", "-test", "./...")
	return err == nil
}

func toolchain(f *modfile.File) string {
	if f.Toolchain == nil {
		return ""
	}
	return f.Toolchain.Name
}
