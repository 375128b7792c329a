package rewrite

import (
	"context"
	"fmt"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
)

// What -check adds to the message of a call without a context: go vet, which sees
// one package at a time, cannot know it.
const (
	Foreseen = "; xray-instrument passes one down to it"
	Obstacle = "; xray-instrument cannot pass one down: "
)

// contextless is the diagnostic of a call that lacks a context.
type contextless struct {
	Index int // of Checked.Diagnostics
	File  string
	Line  int
}

// foresee threads contexts as a run would, without writing anything. It adds to the
// diagnostics of calls without a context whether one would be passed down to them, and
// otherwise what stands in the way; and the diagnostics of what is there only once
// functions have a context.
func (r *run) foresee(ctx context.Context, out *Checked) error {
	if len(out.contextless) == 0 || !r.threads() {
		return nil
	}
	if !r.prog.Stands() { // asked here, of the files as they are on disk
		return errStale
	}
	defer r.overhear(false)() // what does not compile has been told already
	if err := r.thread(ctx); err != nil || r.threaded == nil {
		return err
	}
	for _, c := range out.contextless {
		message := &out.Diagnostics[c.Index].Message
		if why := r.threaded.reason(c.File, c.Line); why != nil {
			*message += Obstacle + why.String()
		} else {
			*message += Foreseen
		}
	}
	if r.threaded.plan.Empty() {
		return nil
	}
	return r.foreseeWork(out)
}

// foreseeWork adds the diagnostics of background work and goroutines that do something
// traced when what they call has a context, and of root contexts that are to be replaced
// when their function has another.
func (r *run) foreseeWork(out *Checked) error {
	then := &Checked{}
	known, kept := map[string]bool{}, r.parts
	r.parts = nil // they are of the program as it is
	defer func() { r.parts = kept }()
	if err := r.diagnoseAll(then); err != nil {
		return err
	}
	for _, d := range out.Diagnostics {
		known[fmt.Sprint(d.File, d.Line, d.Column, d.Rule)] = true
	}
	for _, d := range then.Diagnostics {
		switch d.Rule {
		case find.WorkItem, find.Goroutine, find.RootContext:
			if !known[fmt.Sprint(d.File, d.Line, d.Column, d.Rule)] {
				out.Diagnostics = append(out.Diagnostics, d)
			}
		}
	}
	return nil
}
