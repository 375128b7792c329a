package rewrite

import (
	"errors"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/prove"
)

// attempts bounds how often a package is planned again.
const attempts = 25

// prove checks a plan, and plans again without the site that a failure names,
// until the plan is believed or nothing is left of it.
func (r *run) prove(w *work) error {
	for range attempts {
		err := r.proveOnce(w)
		if err == nil {
			return nil
		}
		var f *prove.Failure
		if !errors.As(err, &f) {
			return err
		}
		if f.Site == nil || f.Site.Status != find.Traceable || r.opts.Remove {
			return r.giveUp(w, f)
		}
		key := w.res.Key(f.Site)
		if w.opts.Refused[key] != "" {
			return r.giveUp(w, f)
		}
		w.opts.Refused[key] = f.Reason
		if err := r.again(w); err != nil {
			return err
		}
	}
	return r.giveUp(w, &prove.Failure{Reason: "too many of its sites could not be proved"})
}

func (r *run) proveOnce(w *work) error {
	if r.opts.Remove {
		return prove.Removed(r.prog, w.pkg, w.res)
	}
	return prove.Check(r.prog, w.pkg, w.res, w.opts)
}

// giveUp leaves a package as it is, and says so.
func (r *run) giveUp(w *work, f *prove.Failure) error {
	w.leave(f.Reason)
	r.message("%s: left as it is: %s", w.pkg.Path, f.Reason)
	return nil
}
