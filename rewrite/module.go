package rewrite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/builds"
	"github.com/seed-4257438c/xray-instrument/rewrite/commit"
	"github.com/seed-4257438c/xray-instrument/rewrite/gomod"
	"github.com/seed-4257438c/xray-instrument/rewrite/load"
	"github.com/seed-4257438c/xray-instrument/rewrite/support"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// module is a main module of the run.
type module struct {
	path, dir string
	set       *analysis.Settings
	asked     bool // the run's patterns match a package of it
	survey    *find.Survey
	sdk       gomod.SDK
	direct    bool   // go.mod requires the SDK already
	record    string // of an earlier requirement of the SDK
	plan      *gomod.Plan
	vendored  *commit.Dir // the vendor folder that goes with the plan, if there is one
}

// goEnv returns what the go command says of its settings in a folder.
func goEnv(ctx context.Context, dir string) (map[string]string, error) {
	cmd := exec.CommandContext(ctx, "go", append([]string{"env", "-json=false"}, goVariables...)...)
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			line, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(string(exit.Stderr)), "go: "), "\n")
			return nil, load.WithGOFLAGS(errors.New(line), os.Getenv("GOFLAGS"))
		}
		return nil, fmt.Errorf("the go command cannot be run: %w", err)
	}
	env := map[string]string{}
	lines := strings.Split(strings.ReplaceAll(string(out), "\r", ""), "\n")
	for i, name := range goVariables[:min(len(goVariables), len(lines))] {
		env[name] = strings.TrimSpace(lines[i])
	}
	return env, nil
}

// listing are the flags with which go list prints something else than the packages.
var listing = map[string]bool{"json": true, "f": true, "find": true, "m": true, "versions": true, "retracted": true, "reuse": true}

// checkGOFLAGS refuses flags that take the list of packages away.
func checkGOFLAGS(flags string) error {
	for _, flag := range strings.Fields(flags) {
		flag = strings.TrimLeft(flag, "'\"")
		name, value, _ := strings.Cut(strings.TrimLeft(flag, "-"), "=")
		if flag != name && listing[name] && value != "false" {
			return fmt.Errorf("GOFLAGS is %s, and with -%s the go command does not list packages: take it out", flags, name)
		}
	}
	return nil
}

// listFlags returns the flags of a list of packages: a build that counts what is covered would list
// its own form of the files, which cannot be edited.
func listFlags(flags []string, goflags string) []string {
	if !strings.Contains(goflags, "-cover") {
		return flags
	}
	return append(slices.Clip(flags), "-cover=false")
}

// openRoot notes the folder that a run may write in, the workspace's or the module's,
// what is built with the run's flags, and the -mod flag that GOFLAGS holds.
func (r *run) openRoot(ctx context.Context) (err error) {
	if r.goEnv, err = goEnv(ctx, r.opts.Dir); err != nil {
		return err
	}
	if err := checkGOFLAGS(r.goEnv["GOFLAGS"]); err != nil {
		return err
	}
	r.base = builds.New(r.goEnv["GOOS"], r.goEnv["GOARCH"], r.goEnv["CGO_ENABLED"], r.goEnv["GOFLAGS"], r.opts.BuildFlags)
	if r.opts.Mod == "" {
		for _, flag := range strings.Fields(r.goEnv["GOFLAGS"]) {
			if value, ok := strings.CutPrefix(flag, "-mod="); ok {
				r.opts.Mod = value
			}
		}
	}
	for _, name := range []string{"GOWORK", "GOMOD"} {
		if file := r.goEnv[name]; file != "" && file != "off" && file != os.DevNull {
			r.root, err = filepath.EvalSymlinks(filepath.Dir(file))
			return err
		}
	}
	return errors.New("go.mod file not found in current directory or any parent directory; run in a module")
}

// findModules reads what the decisions about each module's packages need to
// know of the module.
func (r *run) findModules() error {
	for _, pkg := range r.prog.Packages {
		m := r.moduleOf(pkg)
		if m.sdk.Path != "" {
			continue
		}
		facts, err := r.facts(pkg)
		if err != nil {
			return err
		}
		m.sdk = gomod.Choose(facts)
		m.direct = facts.Direct[m.sdk.Path] != ""
	}
	return nil
}

// openModules reads the settings of the main modules, and what is known of each as a
// whole. Removing takes out of excluded files too what is in them.
func (r *run) openModules() error {
	for _, pkg := range append(r.prog.Ordered(), r.prog.TestOnly...) {
		if !pkg.Module.Main {
			continue
		}
		if m := r.moduleOf(pkg); m != nil {
			m.asked = m.asked || pkg.Root
			continue
		}
		set, err := analysis.SettingsOf(pkg.Module.Dir, pkg.Module.Path, r.opts.Flags, r.opts.BuildFlags)
		if err != nil {
			return errors.New(strings.ReplaceAll(err.Error(), r.opts.Dir+string(filepath.Separator), ""))
		}
		m := &module{path: pkg.Module.Path, dir: pkg.Module.Dir, set: set, asked: pkg.Root}
		if !set.Alone() {
			r.widen(onModules)
		}
		r.modules = append(r.modules, m)
	}
	if !r.opts.Remove {
		r.prog.Exclude(func(pkg *load.Package, file string) bool { return r.settings(pkg).Excluded(pkg.Path, file) })
	}
	return nil
}

// moduleOf returns the module of a package of the program's own.
func (r *run) moduleOf(pkg *load.Package) *module {
	for _, m := range r.modules {
		if m.path == pkg.Module.Path {
			return m
		}
	}
	return nil
}

// settings returns what is in force for a package.
func (r *run) settings(pkg *load.Package) *analysis.Settings {
	if m := r.moduleOf(pkg); m != nil && pkg.Module.Main {
		return m.set
	}
	return r.builtin
}

// facts returns what the choice of the SDK for a package's module depends on.
func (r *run) facts(pkg *load.Package) (gomod.Facts, error) {
	data, err := os.ReadFile(pkg.Module.GoMod)
	if err != nil {
		return gomod.Facts{}, err
	}
	f, err := gomod.Read(data)
	if err != nil {
		return f, err
	}
	f.Linked = map[string]string{}
	for _, path := range []string{gomod.V1, gomod.V2} {
		if v := r.prog.ModuleVersion(path+"/xray", path); v != "" {
			f.Linked[path] = v
		}
	}
	for _, p := range r.prog.Packages {
		f.UsesAWSv1 = f.UsesAWSv1 || p.Module.Path == pkg.Module.Path && p.Imports(func(path string) bool { return strings.HasPrefix(path, "github.com/aws/aws-sdk-go/") })
	}
	return f, nil
}

// require plans the requirement of the SDK by the modules whose packages will
// import it, and adds its export data to the program's.
func (r *run) require(ctx context.Context, todo []*work) error {
	if r.opts.Remove {
		return nil
	}
	for _, m := range r.modules {
		err := r.requireFor(ctx, m, importsOf(m, todo))
		if isConflict(err) {
			err = r.fallBack(ctx, m, todo, err)
		}
		switch {
		case err == nil:
		case errors.Is(err, gomod.ErrUnavailable), gomod.IsLocal(err), ctx.Err() != nil:
			return err
		default:
			m.plan = nil
			r.withoutSDK(m, todo, err)
		}
		for _, w := range todo { // the record is kept by the first package of the module
			if w.mod == m && m.plan != nil && m.plan.Record != "" && len(w.res.Changes) > 0 {
				w.opts.Module = m.plan.Record
				if err := r.again(w); err != nil {
					return err
				}
				break
			}
		}
	}
	return nil
}

// importsOf returns what the plans of a module's packages import.
func importsOf(m *module, todo []*work) map[string]bool {
	paths := map[string]bool{}
	for _, w := range todo {
		if w.mod == m {
			for _, p := range w.res.Imports {
				paths[p] = true
			}
		}
	}
	return paths
}

// conflict is the error of an SDK with whose modules the program does not compile.
type conflict struct{ error }

// isConflict reports whether an SDK and the program need other versions of a module.
func isConflict(err error) bool { return gomod.IsConflict(err) || errors.As(err, &conflict{}) }

// fallBack plans a module's packages again with an SDK that requires less, where one does
// not go together with the program's modules. It returns the first error if that does not
// either.
func (r *run) fallBack(ctx context.Context, m *module, todo []*work, why error) error {
	least, ok := gomod.Fallback(m.sdk)
	if !ok || m.direct || r.prog.Has(m.sdk.Path+"/xray") {
		return why
	}
	first := m.sdk
	err := r.takeSDK(m, todo, least)
	if err == nil {
		err = r.requireFor(ctx, m, importsOf(m, todo))
	}
	if err == nil || ctx.Err() != nil {
		return err
	}
	return errors.Join(why, r.takeSDK(m, todo, first))
}

// takeSDK plans a module's packages again with another SDK.
func (r *run) takeSDK(m *module, todo []*work, sdk gomod.SDK) error {
	m.sdk = sdk
	for _, w := range todo {
		if w.mod != m {
			continue
		}
		w.opts.SDK = sdk.Path
		if err := r.again(w); err != nil {
			return err
		}
	}
	return nil
}

// withoutSDK leaves the packages of a module that cannot require the SDK as they are: a
// context that reaches a call is of no use to anybody where nothing begins a segment.
func (r *run) withoutSDK(m *module, todo []*work, why error) {
	r.refused = true
	r.message("module %s: %v", m.path, why)
	for _, w := range todo {
		if w.mod == m {
			w.leave(why.Error())
		}
	}
}

// errVendored says what to do about a vendor folder, which may change a lot when
// the SDK is required.
var errVendored = errors.New("the module is vendored: run with -mod=vendor to have the vendor folder brought up to date too, or with -mod=mod and then go mod vendor")

func (r *run) requireFor(ctx context.Context, m *module, paths map[string]bool) error {
	var sdk, missing []string
	for p := range paths {
		if rules.IsSDK(rules.NormalSDK(p)) {
			sdk = append(sdk, p)
		}
		if !r.prog.Has(p) {
			missing = append(missing, p)
		}
	}
	sort.Strings(sdk)
	sort.Strings(missing)
	if len(missing) == 0 && (len(sdk) == 0 || m.direct) {
		return nil
	}
	modfile := ""
	if _, err := os.Stat(filepath.Join(m.dir, "vendor", "modules.txt")); err == nil && r.opts.Mod == "" && len(sdk) > 0 {
		return errVendored
	}
	if len(sdk) > 0 {
		r.unsure = true // the answer is the network's
		if r.requiredBefore(ctx, m, sdk, missing) {
			return nil
		}
		plan, err := gomod.Require(ctx, m.dir, m.sdk, sdk, &gomod.Options{Record: m.record, Mod: r.opts.Mod})
		if err != nil {
			return err
		}
		r.closers = append(r.closers, plan.Close)
		m.plan, modfile = plan, plan.ModFile
		if err := r.vendor(ctx, m, nil); err != nil {
			return err
		}
	}
	files, err := r.addExports(ctx, m, modfile, missing)
	if err == nil {
		r.keepRequired(m, sdk, missing, files)
	}
	return err
}

// addExports makes the packages that the new code imports known to the type
// checker. Where requiring them has changed versions of modules that the program
// uses already, all of it is loaded again. It returns the files of that data.
func (r *run) addExports(ctx context.Context, m *module, modfile string, missing []string) (map[string]string, error) {
	var overlay map[string][]byte
	if m.plan != nil && modfile == "" {
		overlay = m.plan.Overlay()
	}
	if m.plan != nil && len(m.plan.Changed) > 0 {
		prog, err := r.prog.Reload(ctx, modfile, overlay)
		if err != nil {
			return nil, err
		}
		if bad := prog.NewErrors(r.prog); bad != "" {
			return nil, conflict{fmt.Errorf("requiring %s %s raises %d other modules, with which a package of the program no longer compiles (%s): update its module and run again", m.plan.SDK.Path, m.plan.SDK.Version, len(m.plan.Changed), bad)}
		}
		if err := r.prog.Adopt(prog); err != nil {
			return nil, err
		}
	}
	if len(missing) == 0 {
		return nil, nil
	}
	files, err := r.prog.Exports(ctx, modfile, overlay, missing)
	if err != nil {
		return nil, fmt.Errorf("the packages that traced code imports cannot be built: %w", err)
	}
	r.prog.AddExports(files)
	return files, nil
}

// moduleChanges adds what becomes of go.mod, go.sum and vendor folders.
func (r *run) moduleChanges(ctx context.Context, out *Result) ([]commit.Dir, error) {
	var dirs []commit.Dir
	for _, m := range r.modules {
		if r.opts.Remove {
			if err := r.drop(ctx, m, out); err != nil {
				return nil, err
			}
		}
		if m.plan == nil || !r.changes(m, out) {
			continue
		}
		for _, f := range m.plan.Files {
			out.Changes = append(out.Changes, commit.Change{Path: f.Path, Before: f.Before, After: f.After})
		}
		if m.vendored != nil {
			dirs = append(dirs, *m.vendored)
		}
	}
	return dirs, nil
}

// changes reports whether the run changes a Go file of a module.
func (r *run) changes(m *module, out *Result) bool {
	for _, c := range out.Changes {
		if isUnder(c.Path, m.dir) && strings.HasSuffix(c.Path, ".go") {
			return true
		}
	}
	return false
}

// drop plans the end of the requirement when no package uses the SDK any more.
func (r *run) drop(ctx context.Context, m *module, out *Result) error {
	if m.record == "" || !r.changes(m, out) {
		return nil
	}
	gone := map[string]bool{}
	for _, c := range out.Changes {
		gone[c.Path] = true
	}
	if usesSDK(m.dir, gone, out.Changes) {
		return nil
	}
	plan, err := gomod.Drop(ctx, m.dir, m.record, &gomod.Options{Mod: r.opts.Mod})
	if err != nil {
		return err
	}
	m.plan = plan
	r.closers = append(r.closers, plan.Close)
	sources := map[string][]byte{}
	for _, c := range out.Changes {
		if isUnder(c.Path, m.dir) && strings.HasSuffix(c.Path, ".go") {
			sources[c.Path] = c.After
		}
	}
	return r.vendor(ctx, m, sources)
}

// constraintOf returns the build constraint of a package's support file.
func constraintOf(p *find.Package) string {
	names := make([]string, 0, len(p.Files))
	srcs := make([][]byte, 0, len(p.Files))
	for _, f := range p.Files {
		if f != p.Support {
			names, srcs = append(names, filepath.Base(f.Path)), append(srcs, f.Src)
		}
	}
	return support.Constraint(names, srcs)
}
