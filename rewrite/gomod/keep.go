package gomod

import (
	"context"
	"errors"
	"maps"
	"slices"
)

// Kept is what is worth keeping of a plan: with it the same plan can be made again
// without the go command, for a module whose files and imports are the same.
type Kept struct {
	SDK    SDK
	After  map[string][]byte // the new files, by path
	Tidy   bool
	Record string
}

// Keep returns what is worth keeping, or nothing for a plan that depends on more than
// the module: one in a workspace or with a vendor folder, or that changes the versions
// of other modules, with which the program has to be loaded again.
func (p *Plan) Keep() (Kept, bool) {
	if p.scratch.work != "" || p.Vendored || len(p.Changed) > 0 {
		return Kept{}, false
	}
	return Kept{SDK: p.SDK, After: p.Overlay(), Tidy: p.Tidy, Record: p.Record}, true
}

// errKept says that a module is not as it was when a plan was kept.
var errKept = errors.New("the plan is of another module")

// Again makes a plan from what was kept of it. The module in dir must have the files and
// the imports that it had then.
func Again(ctx context.Context, dir string, kept Kept, opts *Options) (*Plan, error) {
	m, err := openModule(ctx, dir, opts)
	if err != nil {
		return nil, err
	}
	if m.work != "" || m.vendored {
		return nil, errKept
	}
	s, err := newScratch(m, nil)
	if err != nil {
		return nil, err
	}
	p := &Plan{SDK: kept.SDK, Tidy: kept.Tidy, Record: kept.Record, scratch: s}
	for _, path := range slices.Sorted(maps.Keys(kept.After)) {
		before, err := readFile(path)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		p.Files = append(p.Files, File{path, before, kept.After[path]})
	}
	if err := p.writeModFile(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return p, nil
}
