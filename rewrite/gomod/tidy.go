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

// withTests and withoutTests are how packages are listed with all that they need.
var withTests, withoutTests = []string{"-deps", "-test"}, []string{"-deps"}

// complete returns how the original program can be listed without a network: with its tests, or
// without them where go.sum lacks what they need, or nil. What loads before does so afterwards: the
// go command then adds what the SDK makes necessary, and nothing else.
func (s *scratch) complete(ctx context.Context) []string {
	c, err := s.bare().copyMod(func(*modfile.File) error { return nil })
	if err != nil {
		return nil
	}
	for _, deps := range [][]string{withTests, withoutTests} {
		if _, err = c.run(ctx, append(append([]string{"list", "-mod=readonly"}, deps...), "./...")...); err == nil {
			return deps
		}
	}
	return nil
}

func toolchain(f *modfile.File) string {
	if f.Toolchain == nil {
		return ""
	}
	return f.Toolchain.Name
}
