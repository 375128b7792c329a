package rewrite

import (
	"context"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/seed-4257438c/xray-instrument/rewrite/builds"
	"github.com/seed-4257438c/xray-instrument/rewrite/load"
)

// otherBuilds bounds how many builds a run looks at beside its own. They are chosen for
// all left-out files, whatever the plan is: a second run must find the same.
const otherBuilds = 8

// lookElsewhere adds what names a function of the plan outside of what has been
// summarized: tests, and files that the build of the run leaves out. Most runs find
// none of the latter, and load nothing for it.
func (t *threader) lookElsewhere(ctx context.Context) {
	for {
		plan := t.solve()
		paths := map[string]bool{}
		for _, f := range plan.Funcs() {
			paths[f.Pkg] = true
		}
		more := len(paths) > 0 && t.summarizeTests(ctx, t.builds[0], nil, paths)
		wanted := t.unread.wanted(plan)
		if len(wanted) > 0 {
			t.lookAt(ctx, wanted, paths)
		} else if !more {
			return
		}
	}
}

// lookAt looks at left-out files, each on its own or in another build, and gives the
// others a reason.
func (t *threader) lookAt(ctx context.Context, wanted []builds.File, paths map[string]bool) {
	for _, f := range wanted {
		if t.isProgram(f) {
			t.lookAlone(ctx, f)
		}
	}
	for _, b := range t.builds[1:] {
		t.cover(ctx, b, wanted, paths)
	}
	left := t.unread.open(wanted)
	for _, conf := range t.unread.others {
		if len(conf.Of(t.unread.open(left))) == 0 {
			continue
		}
		prog, err := t.r.prog.Other(ctx, conf)
		if err != nil {
			t.r.unsure = true
			t.leave(conf.Of(t.unread.open(left)), "which cannot be loaded with "+conf.From(t.r.base)+": "+err.Error())
			continue
		}
		t.cover(ctx, t.addBuild(prog, conf), left, paths)
	}
	for _, f := range t.unread.open(left) {
		why := "which no build has" + byHand
		if len(builds.Choose([]builds.File{f}, t.r.base, 1)) > 0 {
			why = "which none of the builds has that are looked at"
		}
		t.leave([]builds.File{f}, why)
	}
}

// cover looks in a build at the files that it has.
func (t *threader) cover(ctx context.Context, b *build, wanted []builds.File, paths map[string]bool) {
	t.lookIn(ctx, b, wanted, paths)
	t.leave(b.conf.Of(t.unread.open(wanted)), notCovered)
	b.forget()
}

// leave gives files a reason why they are not read.
func (t *threader) leave(files []builds.File, why string) {
	for _, f := range files {
		t.unread.add(why, f.Name)
	}
}

// addBuild adds another build. Its own files are those that no build before it has.
func (t *threader) addBuild(prog *load.Program, conf builds.Build) *build {
	b := newBuild(prog)
	b.conf, b.name = conf, conf.From(t.r.base)
	b.own = map[string]bool{}
	for file := range t.r.builtFiles(prog) {
		b.own[file] = true
	}
	for _, earlier := range t.builds {
		for file := range t.r.builtFiles(earlier.prog) {
			delete(b.own, file)
		}
	}
	for _, pkg := range prog.WithTests() {
		t.own[pkg.Path] = true
	}
	t.builds = append(t.builds, b)
	return b
}

// lookIn summarizes the packages of another build that are not as the run has them,
// if they have a wanted file or see a package that changes.
func (t *threader) lookIn(ctx context.Context, b *build, wanted []builds.File, paths map[string]bool) {
	sees := func(path string) bool { return paths[path] }
	for _, pkg := range b.prog.Packages {
		if b.looked[pkg] || b.broken[pkg] || b.prog.Alike(pkg) || !b.has(pkg.Files, wanted) && !paths[pkg.Path] && !b.prog.Reaches(pkg, sees) {
			continue
		}
		tests := b.prog.Tests(pkg)
		checked, err := b.prog.Check(pkg, nil)
		if err != nil {
			b.broken[pkg], t.r.unsure = true, true
			t.unread.add("whose package does not compile"+b.in()+": "+complaint(err), b.owned(slices.Concat(pkg.Files, tests.Own, tests.External))...)
			continue
		}
		b.looked[pkg] = true
		if t.add(b, t.pkg(pkg, checked, nil, nil), pkg.Files) {
			t.unread.done(pkg.Files)
		}
	}
	t.summarizeTests(ctx, b, wanted, paths)
}

// isProgram reports whether a left-out file is a program of its own, for go run: it
// cannot be built together with its folder.
func (t *threader) isProgram(f builds.File) bool {
	if !declaresMain(f.Src) {
		return false
	}
	own := builds.Choose([]builds.File{f}, t.r.base, 1)
	if len(own) == 0 {
		return true
	}
	for _, pkg := range t.r.prog.Packages {
		if realPath(pkg.Dir) != filepath.Dir(f.Name) {
			continue
		}
		if !pkg.Main() {
			return true
		}
		for _, file := range pkg.Files {
			if src, err := t.r.prog.Read(file); err == nil && declaresMain(src) && own[0].Has(file, src) {
				return true
			}
		}
	}
	return false
}

var mainFunc = regexp.MustCompile(`(?m)^func main\(\)`)

func declaresMain(src []byte) bool { return packageMain.Match(src) && mainFunc.Match(src) }

var packageMain = regexp.MustCompile(`(?m)^package main\b`)

// lookAlone looks at a file that is a program of its own.
func (t *threader) lookAlone(ctx context.Context, f builds.File) {
	like := t.r.prog.Packages[0]
	for _, pkg := range t.r.prog.Packages {
		if isUnder(f.Name, realPath(pkg.Module.Dir)) && len(pkg.Module.Dir) > len(like.Module.Dir) {
			like = pkg
		}
	}
	b := t.builds[0]
	pkg := b.prog.Alone(ctx, f.Name, t.r.relative(f.Name), like)
	checked, err := b.prog.Check(pkg, nil)
	if err != nil {
		t.r.unsure = true
		t.leave([]builds.File{f}, "a program of its own that does not compile: "+complaint(err))
		return
	}
	t.own[pkg.Path] = true
	if t.add(b, t.pkg(pkg, checked, nil, nil), pkg.Files) {
		b.sums[len(b.sums)-1].Other = true
		b.alone = append(b.alone, pkg)
		t.unread.done(pkg.Files)
	}
}

// drop takes another build out of the plan: nothing is known of its files.
func (t *threader) drop(b *build, why string) {
	t.builds = slices.DeleteFunc(t.builds, func(other *build) bool { return other == b })
	for file := range b.own {
		t.unread.add("which does not stand the change"+b.in()+": "+why, file)
	}
}
