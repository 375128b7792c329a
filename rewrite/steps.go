package rewrite

import (
	"time"

	"github.com/seed-4257438c/xray-instrument/rewrite/load"
)

// The steps of a run, as a user is told of them.
const (
	stepEnv     = "ask the go command"
	stepCache   = "look for an earlier run"
	stepLoad    = "list packages"
	stepListed  = "read an earlier list"
	stepRead    = "read the modules"
	stepPlan    = "find and plan"
	stepFind    = "find"
	stepThread  = "thread contexts"
	stepRequire = "require the SDK"
	stepProve   = "prove"
	stepWrite   = "write"
)

// begin ends the step that is under way and begins another; "" begins none.
func (r *run) begin(step string) {
	now := time.Now()
	if r.step != "" && r.opts.Step != nil {
		r.opts.Step(r.step, now.Sub(r.since))
	}
	r.step, r.since = step, now
}

// progress says how many packages of a step are done, and which is next.
func (r *run) progress(done, total int, next *load.Package) {
	if r.opts.Progress == nil {
		return
	}
	path := ""
	if next != nil {
		path = next.Path
	}
	r.opts.Progress(done, total, path)
}
