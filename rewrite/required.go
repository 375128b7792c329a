package rewrite

import (
	"context"
	"os"

	"github.com/seed-4257438c/xray-instrument/rewrite/cache"
	"github.com/seed-4257438c/xray-instrument/rewrite/gomod"
)

// required is what it took to require the SDK. It depends on the program alone, once the
// network has answered: whoever looks at the -diff of a program first does not wait for
// it a second time.
type required struct {
	Plan    gomod.Kept
	Exports map[string]string // files of export data, by path
}

// requiredBefore does what requiring the SDK gave an earlier run of the same kind in the same
// program, and reports whether there was one.
func (r *run) requiredBefore(ctx context.Context, m *module, sdk, missing []string) bool {
	kept, key := r.requirements(m, sdk, missing)
	var was required
	if kept == nil || !kept.Get(key, &was) {
		return false
	}
	for _, path := range missing {
		if was.Exports[path] == "" {
			return false
		}
	}
	for _, file := range was.Exports {
		if _, err := os.Stat(file); err != nil { // the build cache has been cleaned
			return false
		}
	}
	plan, err := gomod.Again(ctx, m.dir, was.Plan, &gomod.Options{Mod: r.opts.Mod})
	if err != nil {
		return false
	}
	r.closers = append(r.closers, plan.Close)
	m.plan = plan
	r.prog.AddExports(was.Exports)
	return true
}

// keepRequired keeps what it took to require the SDK.
func (r *run) keepRequired(m *module, sdk, missing []string, exports map[string]string) {
	if m.plan == nil {
		return
	}
	plan, ok := m.plan.Keep()
	if kept, key := r.requirements(m, sdk, missing); ok && kept != nil {
		kept.Put(key, required{plan, exports})
	}
}

// requirements returns where that is kept, or nil.
func (r *run) requirements(m *module, sdk, missing []string) (*cache.Cache, cache.Key) {
	if r.known == (cache.Key{}) {
		return nil, cache.Key{}
	}
	h := cache.NewHash()
	h.Add("required", string(r.known[:]), m.dir, m.sdk.Path, m.sdk.Version)
	h.Add(sdk...)
	h.Add("")
	h.Add(missing...)
	return r.kept(), h.Key()
}
