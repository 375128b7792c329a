package rewrite

import (
	"slices"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/load"
	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/config"
)

// setUp gives a command's plan the set-up of the SDK that its module's file asks for,
// where anything of the command is traced, and reports whether it did: the plan must
// then be made again.
func (r *run) setUp(w *work, checked *find.Package) (bool, error) {
	if r.opts.Remove || !w.pkg.Main() || w.opts.Setup != nil || !w.mod.set.File.Setup.Given() || !r.changed[w.pkg.Path] && !r.reachesChanged(w.pkg) {
		return false, nil
	}
	if slices.ContainsFunc(checked.Files, func(f *find.File) bool { return f.Reason == find.Excluded }) {
		return false, nil
	}
	if configures(checked) {
		r.message("%s: calls xray.Configure itself, and is not set up as %s says", w.pkg.Path, config.Name)
		return false, nil
	}
	var err error
	w.opts.Setup, err = w.mod.set.Setup()
	return err == nil, err
}

// reachesChanged reports whether anything is traced in a package that this one uses.
func (r *run) reachesChanged(pkg *load.Package) bool {
	return r.prog.Reaches(pkg, func(path string) bool { return path != pkg.Path && r.changed[path] })
}

// configures reports whether a package calls xray.Configure, but for its support code.
func configures(p *find.Package) bool {
	for id, obj := range p.Info.Uses {
		if obj.Name() != "Configure" || obj.Pkg() == nil || rules.NormalSDK(obj.Pkg().Path()) != rules.SDKv1+"/xray" {
			continue
		}
		if f := p.Support; f == nil || id.Pos() < f.Syntax.FileStart || id.Pos() >= f.Syntax.FileEnd {
			return true
		}
	}
	return false
}
