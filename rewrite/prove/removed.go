package prove

import (
	"github.com/seed-4257438c/xray-instrument/rewrite/load"
	"github.com/seed-4257438c/xray-instrument/rewrite/plan"
)

// Removed checks the plan of a removal: the package type-checks without what was
// taken out.
func Removed(prog *load.Program, pkg *load.Package, res *plan.Result) error {
	overlay := map[string][]byte{}
	for _, c := range res.Changes {
		overlay[c.Path] = c.After
	}
	if _, err := prog.Check(pkg, overlay); err != nil {
		return blame(res, err)
	}
	return nil
}
