package load

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/seed-4257438c/xray-instrument/rewrite/builds"
)

// Other lists the same packages for another build. Nothing is compiled for that, and
// nothing downloaded: what its packages import comes from the export data of p
// where both builds have the same files of it, and else from its source, without the
// bodies of functions.
func (p *Program) Other(ctx context.Context, b builds.Build) (*Program, error) {
	cfg := p.cfg
	cfg.Build, cfg.Flags = b, b.Flags(p.cfg.Flags)
	out, err := load(ctx, cfg, sourceConfig(ctx, cfg))
	if out == nil || len(out.Packages)+len(out.TestOnly) == 0 {
		return nil, err
	}
	out.model, out.alike, out.exclude = p, map[string]bool{}, p.exclude
	for _, m := range out.graph {
		out.settle(m)
	}
	return out, nil
}

// sourceMode is mode without what takes a compiler.
const sourceMode = mode &^ (packages.NeedExportFile | packages.NeedCompiledGoFiles | packages.NeedTypesSizes)

func sourceConfig(ctx context.Context, cfg Config) *packages.Config {
	return &packages.Config{Context: ctx, Mode: sourceMode, Dir: cfg.Dir, BuildFlags: cfg.Flags, Env: append(cfg.Build.Env(), "GOPROXY=off")}
}

// settle fills in what was not asked of the go command.
func (p *Program) settle(m *packages.Package) {
	m.CompiledGoFiles, m.TypesSizes = m.GoFiles, types.SizesFor("gc", p.cfg.Build.GOARCH)
}

// addSources lists packages that a program for another build does not use yet.
func (p *Program) addSources(ctx context.Context, paths []string) error {
	roots, err := packages.Load(sourceConfig(ctx, p.cfg), paths...)
	if err != nil {
		return fmt.Errorf("%s", oneLine(err))
	}
	packages.Visit(roots, nil, func(m *packages.Package) {
		if p.graph[m.PkgPath] == nil {
			p.graph[m.PkgPath] = m
			p.settle(m)
		}
	})
	return nil
}

// Forget drops what a program for another build has read of its dependencies. Nothing
// that was type-checked before may be used with what is type-checked later.
func (p *Program) Forget() {
	p.checked, p.Fset = map[string]*types.Package{"unsafe": types.Unsafe}, token.NewFileSet()
}

// Alike reports whether a program for another build has the same files of a package,
// and of all that it imports, as the one that it was made from.
func (p *Program) Alike(pkg *Package) bool { return p.isAlike(pkg.Path) }

func (p *Program) isAlike(path string) bool {
	if is, ok := p.alike[path]; ok {
		return is
	}
	m, was := p.graph[path], p.model.graph[path]
	is := m != nil && was != nil && was.ExportFile != "" && !p.model.stale[path] && slices.Equal(m.GoFiles, was.GoFiles) && p.cfg.Build.GOARCH == p.model.cfg.Build.GOARCH
	if is {
		for _, path := range slices.Sorted(maps.Keys(m.Imports)) {
			dep := m.Imports[path].PkgPath
			is = is && (dep == "unsafe" || dep == "C" || p.isAlike(dep))
		}
	}
	p.alike[path] = is
	return is
}

// fromSource returns a dependency as its source declares it.
func (p *Program) fromSource(path string) (*types.Package, error) {
	m := p.graph[path]
	if m == nil || len(m.GoFiles) == 0 {
		return nil, fmt.Errorf("no source of %s%s", path, why(m))
	}
	var files []*ast.File
	for _, name := range m.GoFiles {
		src, err := p.Read(name)
		if err != nil {
			return nil, err
		}
		f, err := parser.ParseFile(p.Fset, name, src, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	cfg := &types.Config{Importer: importer{p, m, nil}, IgnoreFuncBodies: true, FakeImportC: true, Sizes: m.TypesSizes, Error: func(error) {}}
	pkg, err := cfg.Check(path, p.Fset, files, nil)
	if pkg == nil {
		return nil, err
	}
	p.checked[path] = pkg
	return pkg, nil
}

// why returns what the go command says of a package that it could not find.
func why(m *packages.Package) string {
	if m == nil || len(m.Errors) == 0 {
		return ""
	}
	if strings.Contains(m.Errors[0].Msg, "GOPROXY=off") {
		return ": run go mod download"
	}
	return ": " + oneLine(errors.New(m.Errors[0].Msg))
}

// Alone returns a file as a package of its own, as go run makes it of one that the
// build leaves out. It has the module and the build of another package.
func (p *Program) Alone(ctx context.Context, file, path string, like *Package) *Package {
	meta := &packages.Package{
		PkgPath: like.Module.Path + "/" + path, Name: "main", GoFiles: []string{file}, CompiledGoFiles: []string{file},
		Imports: map[string]*packages.Package{}, Module: like.Module, TypesSizes: like.meta.TypesSizes,
	}
	p.AddImports(ctx, meta.GoFiles) // what is missing then, the type checker says
	for path := range p.importsOf(meta.GoFiles) {
		if dep := p.graph[path]; dep != nil {
			meta.Imports[path] = dep
		}
	}
	return &Package{Path: meta.PkgPath, Name: meta.Name, Root: true, Module: like.Module, Dir: filepath.Dir(file), Files: meta.GoFiles, CgoFile: map[string]bool{}, meta: meta}
}
