package analysis

import (
	"fmt"
	"go/token"
	"go/types"
	"path"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/seed-4257438c/xray-instrument/analysis/edit/imports"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/analysis/misuse"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// Analyzer reports what AWS X-Ray does not see of a package. Its flags are -rules,
// -service and -cancel, as for the command.
var Analyzer = newAnalyzer()

// flagged is an analyzer's run with the values of its flags.
type flagged struct{ Flags }

func newAnalyzer() *analysis.Analyzer {
	set := &flagged{}
	a := &analysis.Analyzer{
		Name: "xray",
		Doc: "report calls that AWS X-Ray does not trace\n\n" +
			"HTTP servers and clients, database statements and AWS calls that are missing from\n" +
			"traces, and code that uses the X-Ray SDK in a way that loses data.",
		URL:       docs + "gate.md",
		FactTypes: []analysis.Fact{new(facts)},
		Run:       func(pass *analysis.Pass) (any, error) { return nil, set.run(pass) },
	}
	a.Flags.StringVar(&set.Rules, "rules", "", "only these rules or kinds, comma separated `list`; all but those with a leading -; with a leading +, those as well")
	a.Flags.StringVar(&set.Service, "service", "", "the `name` of the segments in suggested fixes (default: the last element of a main package's path)")
	a.Flags.StringVar(&set.Cancel, "cancel", "", "`mode` of calls in suggested fixes that could not be cancelled before: follow or detach (default: follow)")
	return a
}

// facts are what a package tells those that import it.
type facts struct {
	find.Facts
	SDKs []string // the majors of the X-Ray SDK that the package's build reaches
}

func (*facts) AFact() {}

func (f *facts) String() string {
	return fmt.Sprintf("xray(%d forwarding, %s)", len(f.Funcs), strings.Join(f.SDKs, " "))
}

func (set *flagged) run(pass *analysis.Pass) error {
	known := knownFacts(pass)
	out := &facts{SDKs: sdks(pass, known)}
	err := set.look(pass, known, out)
	if err == nil && (!out.IsEmpty() || len(out.SDKs) > 0) {
		pass.ExportPackageFact(out)
	}
	return err
}

// look does what there is to be done for a package: nothing, most often.
func (set *flagged) look(pass *analysis.Pass, known map[string]*facts, out *facts) error {
	own := isOwn(pass)
	if !own && !importsSDK(pass.Pkg) && !importsFacts(pass.Pkg, known) || rules.IsSDK(pass.Pkg.Path()) {
		return nil
	}
	in, mod, err := set.settings(pass, own)
	if err != nil {
		return err
	}
	p, err := packageOf(pass, in)
	if err != nil || p == nil {
		return err
	}
	view := find.View{Facts: func(pkg *types.Package) *find.Facts {
		if f := known[pkg.Path()]; f != nil {
			return &f.Facts
		}
		return nil
	}}
	if own && !mentioned(p, in.Filter, known) && !in.Asks(folder(pass)) && len(out.SDKs) < 2 {
		return nil
	}
	if !own {
		out.Facts = *find.Forwarders(in.Matcher, p, view)
		return nil
	}
	view.Module, view.Dir, view.File, view.Rules, view.Filter = mod.path, mod.dir, in.File, in.Rules, in.Filter
	view.Survey = func() *find.Survey { return mod.survey(in) }
	ds, fs := Diagnose(p, options(pass, in, view, out.SDKs))
	out.Facts = *fs
	for _, d := range ds {
		pass.Report(d.diagnostic(pass.Fset))
	}
	return nil
}

// diagnostic returns the form of go/analysis.
func (d *Diagnostic) diagnostic(fset *token.FileSet) analysis.Diagnostic {
	out := analysis.Diagnostic{Pos: d.Pos, End: d.End, Category: string(d.Kind) + "/" + d.Rule, Message: d.Rule + ": " + d.Message, URL: d.URL}
	if d.Fix == nil {
		return out
	}
	file := fset.File(d.File.Syntax.FileStart)
	fix := analysis.SuggestedFix{Message: d.Fix.Title}
	for _, e := range d.Fix.Edits {
		fix.TextEdits = append(fix.TextEdits, analysis.TextEdit{Pos: file.Pos(e.Start), End: file.Pos(e.End), NewText: []byte(e.New)})
	}
	out.SuggestedFixes = []analysis.SuggestedFix{fix}
	return out
}

// settings returns what is in force for a package, and its module if it is one of the
// program's own.
func (set *flagged) settings(pass *analysis.Pass, own bool) (*Settings, *module, error) {
	if !own {
		in, err := Builtin()
		return in, nil, err
	}
	mod := moduleOf(pass)
	in, err := mod.settings(set.Flags)
	return in, mod, err
}

func options(pass *analysis.Pass, in *Settings, view find.View, sdks []string) Options {
	opts := Options{
		Matcher: in.Matcher, Rules: in.Rules, View: view, Service: in.Service(), SDK: rules.SDKv2, Detach: in.Detach(),
		Import: importer(pass.Pkg), Sizes: pass.TypesSizes, GoVersion: pass.Pkg.GoVersion(), Misuse: misuse.View{SDKs: sdks},
	}
	if len(sdks) == 1 {
		opts.SDK = strings.TrimSuffix(sdks[0], "/xray")
	}
	if opts.Service == "" && pass.Pkg.Name() == "main" {
		opts.Service = in.ServiceOf(pass.Pkg.Path())
	}
	return opts
}

// ServiceName returns the name of the service that a main package is: the last
// element of its path that is no major version.
func ServiceName(p string) string {
	base := path.Base(p)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" && strings.Contains(p, "/") {
		return path.Base(path.Dir(p))
	}
	return base
}

// isOwn reports whether a package belongs to the program: to a main module, as far
// as its host says.
func isOwn(pass *analysis.Pass) bool {
	switch p := pass.Pkg.Path(); {
	case pass.Module != nil && pass.Module.Path != "":
		return pass.Module.Version == "" && pass.Module.Path != "std" && pass.Module.Path != "cmd"
	case p == "command-line-arguments":
		return true
	default: // no module: a host like Bazel's, or the standard library
		return !imports.IsStd(p)
	}
}

func importsSDK(pkg *types.Package) bool {
	for _, dep := range pkg.Imports() {
		if rules.IsSDK(dep.Path()) {
			return true
		}
	}
	return false
}

// importsFacts reports whether a package imports one that has forwarding functions.
func importsFacts(pkg *types.Package, known map[string]*facts) bool {
	for _, dep := range pkg.Imports() {
		if f := known[dep.Path()]; f != nil && !f.IsEmpty() {
			return true
		}
	}
	return false
}

// knownFacts returns the facts of the packages that this one imports, directly or
// not, by path.
func knownFacts(pass *analysis.Pass) map[string]*facts {
	known := map[string]*facts{}
	for _, f := range pass.AllPackageFacts() {
		if fact, ok := f.Fact.(*facts); ok && f.Package != pass.Pkg {
			known[f.Package.Path()] = fact
		}
	}
	return known
}

// sdks returns the majors of the SDK's package xray that a package's build reaches.
func sdks(pass *analysis.Pass, known map[string]*facts) []string {
	reached := map[string]bool{}
	for _, f := range known {
		for _, path := range f.SDKs {
			reached[path] = true
		}
	}
	for _, dep := range pass.Pkg.Imports() {
		if rules.NormalSDK(dep.Path()) == rules.SDKv1+"/xray" {
			reached[dep.Path()] = true
		}
	}
	var out []string
	for _, path := range []string{rules.SDKv1 + "/xray", rules.SDKv2 + "/xray"} {
		if reached[path] {
			out = append(out, path)
		}
	}
	return out
}

// mentioned reports whether a package can contain a site, a directive or a use of
// the SDK.
func mentioned(p *find.Package, filter *find.Filter, known map[string]*facts) bool {
	var more []string
	for _, f := range known {
		more = append(more, f.Names()...)
	}
	for path := range imported(p.Types) {
		more = append(more, filter.Members(path)...)
	}
	for _, f := range p.Files {
		if filter.Mentioned(f.Src, more) || find.HasDirective(f.Src) {
			return true
		}
	}
	return importsSDK(p.Types)
}

// importer returns the packages that a package imports, directly or not: some may
// be incomplete.
func importer(pkg *types.Package) func(path string) *types.Package {
	var all map[string]*types.Package
	return func(path string) *types.Package {
		if all == nil {
			all = imported(pkg)
		}
		return all[path]
	}
}

// imported returns the packages that a package imports, directly or not, by path.
func imported(pkg *types.Package) map[string]*types.Package {
	all := map[string]*types.Package{}
	var visit func(*types.Package)
	visit = func(p *types.Package) {
		for _, dep := range p.Imports() {
			if all[dep.Path()] == nil {
				all[dep.Path()] = dep
				visit(dep)
			}
		}
	}
	visit(pkg)
	return all
}
