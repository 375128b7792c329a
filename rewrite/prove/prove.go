// Package prove checks a package's plan before anything is written.
//
// A plan is believed when the package, with its new files, still parses and
// type-checks, when nothing in it is left to do (a second run would change
// nothing), and when removing gives back the bytes that were read. A failure
// names the site that caused it wherever the error's position falls into one of
// the site's edits.
//
// The type check is the whole proof of "never break a build" as far as this
// package goes; what other modules' versions change is for the caller to load
// again. It imports rewrite/load and rewrite/plan.
package prove

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/seed-4257438c/xray-instrument/analysis/edit/splice"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/load"
	"github.com/seed-4257438c/xray-instrument/rewrite/plan"
)

// Failure is why a plan is not believed.
type Failure struct {
	Site   *find.Site // nil: it cannot be told which
	Reason string
}

func (f *Failure) Error() string { return f.Reason }

// Check returns nil or a *Failure.
func Check(prog *load.Program, pkg *load.Package, res *plan.Result, opts plan.Options) error {
	overlay := map[string][]byte{}
	for _, c := range res.Changes {
		overlay[c.Path] = c.After
	}
	after, err := prog.Check(pkg, overlay)
	if err != nil {
		return blame(res, err)
	}
	again, err := plan.Instrument(after, opts)
	if err != nil {
		return &Failure{Reason: "planning a second run: " + err.Error()}
	}
	if f := settled(res, again); f != nil {
		return f
	}
	return reverses(after, res, opts)
}

// settled reports what a second run would change.
func settled(res, again *plan.Result) *Failure {
	for _, s := range again.Sites {
		if s.Status == find.Traceable {
			return &Failure{Site: origin(res, s), Reason: fmt.Sprintf("the next run would edit line %d again, by %s", s.File.Line(s.Pos), s.Rule)}
		}
	}
	if len(again.Changes) > 0 {
		return &Failure{Reason: "the next run would change " + filepath.Base(again.Changes[0].Path) + " again"}
	}
	return nil
}

// origin returns the site of a plan that stands where a site of the second run
// is.
func origin(res *plan.Result, s *find.Site) *find.Site {
	for i := range res.Changes {
		if c := &res.Changes[i]; c.Path == s.File.Path {
			return nearest(c, int(s.Node.Pos()-s.File.Syntax.FileStart))
		}
	}
	return nil
}

// reverses reports whether removing gives back what was read.
func reverses(after *find.Package, res *plan.Result, opts plan.Options) error {
	back, err := plan.Remove(after, opts)
	if err != nil {
		return &Failure{Reason: "planning the removal: " + err.Error()}
	}
	got := map[string][]byte{}
	for _, c := range back.Changes {
		got[c.Path] = c.After
	}
	for i := range res.Changes {
		c := &res.Changes[i]
		if c.Before == nil || find.IsSupport(c.Before) {
			continue
		}
		want := c.Before
		if b, ok := res.Base[c.Path]; ok {
			want = b
		}
		if b, ok := got[c.Path]; !ok || !bytes.Equal(b, want) {
			return &Failure{Site: firstDifference(c, want, b), Reason: "-remove could not give its exact bytes back: give it lines of its own, without comments inside, and run again"}
		}
	}
	return nil
}

// firstDifference returns the site whose edit is nearest to where the bytes that
// come back first differ from those that were read.
func firstDifference(c *plan.Change, want, got []byte) *find.Site {
	n := 0
	for n < len(want) && n < len(got) && want[n] == got[n] {
		n++
	}
	var best *find.Site
	distance := len(want) + 1
	for i, e := range c.Edits {
		if c.Owner[i] == nil {
			continue
		}
		if d := abs(e.Start - n); d < distance {
			best, distance = c.Owner[i], d
		}
	}
	return best
}

func abs(n int) int {
	if n < 0 {
		return -n
	}
	return n
}

// blame returns the failure of a package that does not compile, with the site
// that the first error's position belongs to.
func blame(res *plan.Result, err error) error {
	f := &Failure{Reason: "the traced form does not compile: " + err.Error()}
	var te *load.TypeError
	if !errors.As(err, &te) {
		return f
	}
	file, offset, msg, parse := te.At()
	switch {
	case parse:
		f.Reason = "the traced form does not parse: " + msg
	case file != "":
		f.Reason = "the traced form does not compile: " + msg
	}
	for i := range res.Changes {
		if c := &res.Changes[i]; c.Path == file {
			f.Site = nearest(c, offset)
		}
	}
	return f
}

// nearest returns the site whose edit is nearest to an offset of the new text.
func nearest(c *plan.Change, offset int) *find.Site {
	at := splice.Unmap(c.Edits, offset)
	var best *find.Site
	distance := len(c.Before) + 1
	for i, e := range c.Edits {
		if c.Owner[i] == nil {
			continue
		}
		if d := min(abs(e.Start-at), abs(e.End-at)); d < distance {
			best, distance = c.Owner[i], d
		}
	}
	return best
}
