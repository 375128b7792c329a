package rewrite

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/builds"
	"github.com/seed-4257438c/xray-instrument/rewrite/load"
	"github.com/seed-4257438c/xray-instrument/rewrite/thread"
)

// build is the program as one build has it: that of the run, or another one, for the
// files that the run's leaves out.
type build struct {
	prog   *load.Program
	conf   builds.Build
	name   string          // what a user would ask for to have another build than the run's
	alone  []*load.Package // left-out files that are programs of their own
	own    map[string]bool // files that no earlier build has; nil for the run's, whose files all are
	looked map[*load.Package]bool
	broken map[*load.Package]bool       // that did not compile before
	tested map[*load.Package]load.Tests // whose tests are part of the plan
	tried  map[*load.Package]bool       // whose tests have been looked at
	sums   []*thread.Summary
}

func newBuild(prog *load.Program) *build {
	return &build{prog: prog, looked: map[*load.Package]bool{}, broken: map[*load.Package]bool{}, tested: map[*load.Package]load.Tests{}, tried: map[*load.Package]bool{}}
}

// packages returns the packages, and those that consist of tests alone.
func (b *build) packages() []*load.Package { return append(b.prog.WithTests(), b.alone...) }

// files returns the files of a package, and of its tests if they are part of the
// plan, that no earlier build has.
func (b *build) files(pkg *load.Package) []string {
	tests := b.tested[pkg]
	return b.owned(slices.Concat(pkg.Files, tests.Own, tests.External))
}

func (b *build) owned(files []string) []string {
	if b.own == nil {
		return files
	}
	return slices.DeleteFunc(files, func(file string) bool { return !b.own[file] })
}

// part returns a package with the files that no earlier build has.
func (b *build) part(p *find.Package) *find.Package {
	if p == nil || b.own == nil {
		return p
	}
	out := *p
	out.Files = slices.DeleteFunc(slices.Clone(p.Files), func(f *find.File) bool { return !b.own[f.Path] })
	return &out
}

// touched returns the packages that a plan may change.
func (b *build) touched(plan *thread.Plan) []*load.Package {
	return slices.DeleteFunc(b.packages(), func(pkg *load.Package) bool { return b.broken[pkg] || !mentionsAny(b.files(pkg), plan) })
}

// edit calls a function that makes edits with each of some packages.
func (b *build) edit(pkgs []*load.Package, overlay map[string][]byte, do func(pkg *load.Package, p *find.Package) error) error {
	for _, pkg := range pkgs {
		own, external := b.check(pkg, overlay)
		for _, p := range []*find.Package{b.part(own), b.part(external)} {
			if p == nil {
				continue
			}
			if err := do(pkg, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// check type-checks a package and its tests, although it may not compile: in the
// middle of an edit, calls lack arguments.
func (b *build) check(pkg *load.Package, overlay map[string][]byte) (own, external *find.Package) {
	tests := b.tested[pkg]
	texts := map[string][]byte{} // a folder's files of other builds are no part of this package
	for _, file := range slices.Concat(pkg.Files, tests.Own, tests.External) {
		if text, ok := overlay[file]; ok {
			texts[file] = text
		}
	}
	if tests.Empty() {
		return b.prog.CheckAnyway(pkg, texts), nil
	}
	own, external, _ = b.prog.CheckTests(pkg, tests, texts)
	return own, external
}

// has reports whether a file that no earlier build has is one of those wanted.
func (b *build) has(files []string, wanted []builds.File) bool {
	return slices.ContainsFunc(files, func(file string) bool {
		return b.own[file] && slices.ContainsFunc(wanted, func(f builds.File) bool { return f.Name == realPath(file) })
	})
}

// forget drops the types that another build has read of its dependencies, which are many:
// they are read anew when they are needed again.
func (b *build) forget() {
	if b.own != nil {
		b.prog.Forget()
	}
}

// in names the build at the end of a sentence.
func (b *build) in() string {
	if b.name == "" {
		return ""
	}
	return " with " + b.name
}

// summarizeTests adds the tests of packages that change, and of those that see them,
// or hold a file that is wanted, and reports whether there were any that had not been
// looked at.
func (t *threader) summarizeTests(ctx context.Context, b *build, wanted []builds.File, paths map[string]bool) bool {
	sees := func(path string) bool { return paths[path] }
	todo := map[*load.Package]load.Tests{}
	var all []string
	for _, pkg := range b.prog.WithTests() {
		if b.tried[pkg] || b.broken[pkg] {
			continue
		}
		tests := b.prog.Tests(pkg)
		files := slices.Concat(tests.Own, tests.External)
		if len(files) == 0 || b.own != nil && b.prog.Alike(pkg) && len(b.owned(slices.Clone(files))) == 0 {
			continue
		}
		if paths[pkg.Path] || b.prog.Reaches(pkg, sees) || b.prog.TestsReach(files, sees) || b.has(files, wanted) {
			todo[pkg] = tests
			all = append(all, files...)
		}
	}
	b.prog.AddImports(ctx, all) // what is missing then, the type checker says
	for _, pkg := range b.prog.WithTests() {
		if tests, ok := todo[pkg]; ok {
			b.tried[pkg] = true
			t.summarizeTest(b, pkg, tests)
		}
	}
	return len(todo) > 0
}

func (t *threader) summarizeTest(b *build, pkg *load.Package, tests load.Tests) {
	files := slices.Concat(tests.Own, tests.External)
	own, external, err := b.prog.CheckTests(pkg, tests, nil)
	if err != nil { // they did not compile before either
		t.r.unsure = true
		t.unread.add("in tests that do not compile"+b.in()+": "+complaint(err), b.owned(files)...)
		return
	}
	b.tested[pkg] = tests
	isSource := func(file string) bool { return slices.Contains(pkg.Files, file) }
	ok := t.add(b, t.pkg(pkg, own, nil, isSource), tests.Own)
	if external != nil {
		ok = t.add(b, t.pkg(pkg, external, nil, nil), tests.External) && ok
	}
	if ok {
		t.unread.done(files)
	}
}

// complaint returns the compiler's first words about a package.
func complaint(err error) string {
	var te *load.TypeError
	if errors.As(err, &te) {
		_, _, msg, _ := te.At()
		err = errors.New(msg)
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return first
}

// prove type-checks the program, tests included, with the new texts, and returns the
// first error.
func (b *build) prove(done *threading) error {
	var changed []*load.Package
	paths := map[string]bool{}
	for _, pkg := range b.prog.Ordered() {
		isChanged := slices.ContainsFunc(pkg.Files, func(name string) bool { return done.texts[name] != nil })
		if pkg.Root && isChanged && !b.broken[pkg] {
			changed = append(changed, pkg)
			paths[pkg.Path] = true
		}
	}
	if err := b.prog.SetBase(done.texts, changed); err != nil {
		return err
	}
	sees := func(path string) bool { return paths[path] }
	for _, pkg := range slices.Concat(b.prog.Ordered(), b.prog.TestOnly, b.alone) {
		tests, tested := b.tested[pkg]
		if !pkg.Root || b.broken[pkg] || !paths[pkg.Path] && !tested && !b.prog.Reaches(pkg, sees) {
			continue
		}
		if !paths[pkg.Path] && len(pkg.Files) > 0 && (b.own == nil || b.looked[pkg]) {
			if _, err := b.prog.Check(pkg, nil); err != nil && len(pkg.Errors) == 0 {
				return err
			}
		}
		if tested {
			if _, _, err := b.prog.CheckTests(pkg, tests, nil); err != nil {
				return err
			}
		}
	}
	return nil
}
