package rewrite

import (
	"slices"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/load"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// settleQuiet plans a command again that was to keep the SDK quiet about sites of
// packages below it which could not be traced after all.
func (r *run) settleQuiet(w *work) error {
	if !w.opts.Quiet || w.quietBefore || noisy(w.support, w.res.Sites) || r.reachesTraced(w.pkg) {
		return nil
	}
	w.opts.Quiet, w.note = false, ""
	return r.again(w)
}

func (r *run) reachesTraced(pkg *load.Package) bool {
	return r.prog.Reaches(pkg, func(path string) bool { return r.traced[path] })
}

// noisy reports whether databases or AWS clients are traced, by this run or, in a
// package that has support code, an earlier one: the SDK complains of each call
// outside a segment.
func noisy(hasSupport bool, sites []*find.Site) bool {
	for _, s := range sites {
		opens := s.Kind == rules.SQLOpen || s.Kind == rules.AWSConfig
		if opens && (s.Status == find.Traceable || s.Status == find.Already && s.Match != nil && s.Match.Traced && hasSupport) {
			return true
		}
	}
	return false
}

// quiet reports whether a command needs the SDK to keep quiet about calls outside
// a segment.
func (r *run) quiet(pkg *load.Package, p *find.Package) bool {
	if !pkg.Main() || r.opts.Remove {
		return false
	}
	left := func(f *find.File) bool { return f.Reason == find.Excluded }
	return isQuiet(p) || !slices.ContainsFunc(p.Files, left) && r.reachesTraced(pkg)
}

// isQuiet reports whether a command has the settings from an earlier run.
func isQuiet(p *find.Package) bool {
	return p.Support != nil && p.Types.Scope().Lookup("xrayQuiet") != nil
}
