// Package load is the first step of a run: it finds the program's packages and
// type-checks, one at a time, those that can contain a site.
//
// One call of the go command lists the packages with their dependencies' export
// data. A package is then type-checked from its own source against that data, so
// that its syntax is the only one in memory, and it can be dropped as soon as it
// has been looked at. A package whose files mention no name that any idiom is
// recognised by is never parsed.
//
// Packages that do not compile are kept in the list with the compiler's words.
// It imports analysis and rules/match for what a package is, and rewrite/builds.
package load

import (
	"context"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"

	"golang.org/x/tools/go/gcexportdata"
	"golang.org/x/tools/go/packages"

	"github.com/seed-4257438c/xray-instrument/rewrite/builds"
)

// Config says what to load.
type Config struct {
	Dir      string   // the folder that patterns are relative to
	Patterns []string // as for go build; none: the package in Dir
	Flags    []string // further flags of the go command, such as -tags and -mod
	Build    builds.Build
	GOFLAGS  string // that the go command adds to them
}

// Program is what was listed.
type Program struct {
	Packages []*Package // those of the main modules that match the patterns, by path
	TestOnly []*Package // those that have nothing but tests
	Unfound  []string   // what the go command says of patterns that name no package
	Fset     *token.FileSet

	cfg     Config
	roots   []*packages.Package
	graph   map[string]*packages.Package // every package and dependency, by path
	helpers map[string]*packages.Package // what only tests import, by path
	exports map[string]string            // export data of packages that the program does not use yet, by path
	checked map[string]*types.Package    // of dependencies
	exclude func(*Package, string) bool  // files that are left as they are
	base    map[string][]byte            // texts that stand for those on disk
	changed []*Package                   // with such texts, dependencies first

	model *Program        // what a program for another build was made from
	alike map[string]bool // packages of which that has the same files

	stale map[string]bool // packages whose export data is out of date: see Again
	sound map[string]bool // of stale: those that have been type-checked
	// unlisted says that there is no telling what a package means that imports one of stale.
	unlisted bool
}

// Package is a package of a main module, or one that it imports.
type Package struct {
	Path    string
	Name    string
	Root    bool // it matches the patterns: others are imported by one that does
	Module  *packages.Module
	Dir     string
	Files   []string        // that the build uses, absolute, in order
	CgoFile map[string]bool // of Files: those that import "C"
	Errors  []string        // what keeps it from being type-checked, in the compiler's words
	// Blind says that the go command could not read all of its imports.
	Blind bool

	meta *packages.Package
}

const mode = packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedDeps |
	packages.NeedExportFile | packages.NeedModule | packages.NeedTypesSizes

// Load lists the packages. An error means that nothing could be loaded.
func Load(ctx context.Context, cfg Config) (*Program, error) {
	if len(cfg.Patterns) == 0 {
		cfg.Patterns = []string{"."}
	}
	return load(ctx, cfg, &packages.Config{Context: ctx, Mode: mode, Dir: cfg.Dir, BuildFlags: cfg.Flags})
}

func load(ctx context.Context, cfg Config, pc *packages.Config) (*Program, error) {
	roots, err := packages.Load(pc, cfg.Patterns...)
	if err == nil && len(roots) == 0 {
		err = refusal(ctx, pc, cfg.Patterns)
	}
	if err != nil {
		return nil, WithGOFLAGS(errors.New(oneLine(err)), cfg.GOFLAGS)
	}
	return newProgram(cfg, roots)
}

// newProgram makes a program of listed packages.
func newProgram(cfg Config, roots []*packages.Package) (*Program, error) {
	p := &Program{cfg: cfg, roots: roots, graph: map[string]*packages.Package{}, helpers: map[string]*packages.Package{}, exports: map[string]string{}, sound: map[string]bool{}}
	p.Forget()
	packages.Visit(roots, nil, func(m *packages.Package) { p.graph[m.PkgPath] = m })
	for _, m := range roots {
		pkg, ok := p.root(m)
		switch {
		case ok:
			p.Packages = append(p.Packages, pkg)
		case isTestOnly(m):
			p.TestOnly = append(p.TestOnly, &Package{Path: m.PkgPath, Name: m.Name, Root: true, Module: m.Module, Dir: m.Dir, meta: m})
		case len(m.Errors) > 0:
			p.Unfound = append(p.Unfound, strings.Join(p.words(m.Errors[0]), " "))
		}
	}
	sort.Slice(p.Packages, func(i, j int) bool { return p.Packages[i].Path < p.Packages[j].Path })
	if len(p.Packages) > 0 {
		return p, nil
	}
	err := nothing(cfg, roots, p.Unfound)
	if err == nil && len(p.TestOnly) == 0 && !hasGoFiles(cfg) {
		p.Unfound = []string{fmt.Sprintf("%s matches no packages", strings.Join(cfg.Patterns, " "))}
	}
	return p, err
}

// nothing returns the error, if it is one, that there is no package to look at.
func nothing(cfg Config, roots []*packages.Package, empty []string) error {
	var err error
	switch {
	case len(empty) > 0:
		err = errors.New(empty[0])
	case !hasGoFiles(cfg) && !areFolders(cfg):
		err = fmt.Errorf("no package of the main module matches %s", strings.Join(cfg.Patterns, " "))
	}
	built := func(m *packages.Package) bool { return len(m.GoFiles) > 0 || len(m.IgnoredFiles) == 0 }
	if err == nil || len(roots) == 0 || slices.ContainsFunc(roots, built) {
		return err
	}
	return Excluded{err}
}

// Excluded is the error of Load where the build leaves out every file of the
// packages: they are for another system, or need a tag.
type Excluded struct{ error }

// isTestOnly reports whether a listed root is a package of the main module with
// nothing but tests.
func isTestOnly(m *packages.Package) bool {
	return m.Module != nil && m.Module.Main && len(m.GoFiles) == 0 && m.Dir != "" && len(m.Errors) == 0
}

// hasGoFiles reports whether there are Go files in a folder that the patterns
// cover, although none is built: tests alone, or files for other systems.
func hasGoFiles(cfg Config) bool {
	found := false
	for _, pattern := range cfg.Patterns {
		dir, below := strings.CutSuffix(pattern, "...")
		root := filepath.Join(cfg.Dir, dir)
		filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
			case d.IsDir() && !below && name != root:
				return fs.SkipDir
			case !d.IsDir() && strings.HasSuffix(name, ".go"):
				found = true
				return fs.SkipAll
			}
			return nil
		})
	}
	return found
}

// areFolders reports whether the patterns mean all packages below folders that there are: it
// is no mistake if there are none, as in a module that only requires tools.
func areFolders(cfg Config) bool {
	return !slices.ContainsFunc(cfg.Patterns, func(pattern string) bool {
		dir, below := strings.CutSuffix(pattern, "/...")
		info, err := os.Stat(filepath.Join(cfg.Dir, dir))
		return !below || !strings.HasPrefix(pattern, ".") || err != nil || !info.IsDir()
	})
}

// refusal returns the go command's complaint where it lists nothing at all, nil if there
// is none: go/packages takes every failure of a listing with export data for that of
// packages that do not compile.
func refusal(ctx context.Context, pc *packages.Config, patterns []string) error {
	cmd := exec.CommandContext(ctx, "go", slices.Concat([]string{"list", "-e", "-export"}, pc.BuildFlags, []string{"--"}, patterns)...)
	cmd.Dir, cmd.Env = pc.Dir, pc.Env
	_, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return errors.New(string(exit.Stderr))
	}
	return err
}

// WithGOFLAGS adds to an error of the go command the flags that it was given behind the
// user's back.
func WithGOFLAGS(err error, flags string) error {
	if flags == "" || strings.Contains(err.Error(), "GOFLAGS") {
		return err
	}
	return fmt.Errorf("%w (GOFLAGS is %s)", err, flags)
}

// prefix is what go/packages puts in front of the go command's own words.
var prefix = regexp.MustCompile(`^(exit status \d+: stderr: )?(go: )?`)

// oneLine returns an error's first line, with the next one if it only announces
// that.
func oneLine(err error) string {
	text := strings.TrimPrefix(strings.TrimSpace(err.Error()), "err: ")
	line, rest, _ := strings.Cut(prefix.ReplaceAllString(text, ""), "\n")
	if next, _, _ := strings.Cut(rest, "\n"); strings.HasSuffix(line, ":") && next != "" {
		line += " " + strings.TrimSpace(next)
	}
	return line
}

// root returns the package of a listed root, if it is one to be looked at.
func (p *Program) root(m *packages.Package) (*Package, bool) {
	if m.Module == nil || !m.Module.Main || len(m.GoFiles) == 0 || isFixture(m) {
		return nil, false
	}
	pkg := &Package{Path: m.PkgPath, Name: m.Name, Root: true, Module: m.Module, Dir: filepath.Dir(m.GoFiles[0]), Files: m.GoFiles, CgoFile: map[string]bool{}, meta: m}
	compiled := map[string]bool{}
	for _, f := range m.CompiledGoFiles {
		compiled[f] = true
	}
	for _, f := range m.GoFiles {
		if !compiled[f] {
			pkg.CgoFile[f] = true
		}
	}
	for _, e := range m.Errors {
		pkg.Errors = append(pkg.Errors, p.words(e)...)
	}
	if pkg.Blind = len(pkg.Errors) > 0 && !p.hasImports(m); len(pkg.Errors) == 0 {
		pkg.Errors = p.missing(m)
	}
	return pkg, true
}

// hasImports reports whether the files of a package can be read as far as their imports
// go. Of one that can't, the go command lists no import at all.
func (p *Program) hasImports(m *packages.Package) bool {
	for _, name := range m.GoFiles {
		if _, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly|parser.ParseComments); err != nil {
			return false
		}
	}
	return true
}

// missing returns what the go command says of the imports of a package that no
// module provides.
func (p *Program) missing(m *packages.Package) []string {
	var lines []string
	for _, dep := range m.Imports {
		if dep.ExportFile == "" && dep.Module == nil && len(dep.Errors) > 0 {
			lines = append(lines, strings.Join(p.words(dep.Errors[0]), " "))
		}
	}
	sort.Strings(lines)
	return lines
}

// words returns an error of the go command or the compiler as lines, with paths
// relative to the working folder.
func (p *Program) words(e packages.Error) []string {
	text := e.Msg
	if e.Pos != "" && e.Pos != "-" {
		text = e.Pos + ": " + e.Msg
	}
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "# ") {
			lines = append(lines, strings.ReplaceAll(line, p.cfg.Dir+string(filepath.Separator), ""))
		}
	}
	return lines
}

// isFixture reports whether a package lies in a testdata or vendor folder of its
// module, which only a pattern that spells it out matches.
func isFixture(m *packages.Package) bool {
	rel, err := filepath.Rel(m.Module.Dir, filepath.Dir(m.GoFiles[0]))
	if err != nil {
		return false
	}
	for _, part := range strings.Split(filepath.ToSlash(rel), "/") {
		if part == "testdata" || part == "vendor" {
			return true
		}
	}
	return false
}

// Main reports whether the package is a command.
func (p *Package) Main() bool { return p.Name == "main" }

// GoVersion returns the language version of the package's module, as "1.22".
func (p *Package) GoVersion() string {
	if p.Module == nil || p.Module.GoVersion == "" {
		return "1.16" // what the go command assumes of a go.mod without a go line
	}
	return p.Module.GoVersion
}

// Reaches reports whether the package imports, directly or not, one of the paths
// that want accepts.
func (p *Program) Reaches(pkg *Package, want func(path string) bool) bool {
	seen := map[*packages.Package]bool{}
	var visit func(m *packages.Package) bool
	visit = func(m *packages.Package) bool {
		if seen[m] {
			return false
		}
		seen[m] = true
		for path, dep := range m.Imports {
			if want(dep.PkgPath) || want(path) || visit(dep) {
				return true
			}
		}
		return false
	}
	return visit(pkg.meta)
}

// Ordered returns the packages, and those of any module that they import, directly
// or not, with each behind its own imports.
func (p *Program) Ordered() []*Package {
	roots := map[string]*Package{}
	for _, pkg := range p.Packages {
		roots[pkg.Path] = pkg
	}
	var out []*Package
	seen := map[*packages.Package]bool{}
	var visit func(m *packages.Package)
	visit = func(m *packages.Package) {
		if seen[m] {
			return
		}
		seen[m] = true
		for _, path := range slices.Sorted(maps.Keys(m.Imports)) {
			visit(m.Imports[path])
		}
		switch {
		case roots[m.PkgPath] != nil:
			out = append(out, roots[m.PkgPath])
		case m.Module != nil && len(m.GoFiles) > 0:
			out = append(out, &Package{Path: m.PkgPath, Name: m.Name, Module: m.Module, Dir: filepath.Dir(m.GoFiles[0]), Files: m.GoFiles, meta: m})
		}
	}
	for _, pkg := range p.Packages {
		visit(pkg.meta)
	}
	return out
}

// ModuleVersion returns the version of the module that a package of the program
// comes from, or "" if the program does not use the package.
func (p *Program) ModuleVersion(pkg, module string) string {
	if m := p.graph[pkg]; m != nil && m.Module != nil && m.Module.Path == module {
		return m.Module.Version
	}
	return ""
}

// Has reports whether a path is among the program's packages and dependencies.
func (p *Program) Has(path string) bool {
	_, ok := p.graph[path]
	return ok
}

// AddExports adds the export data of packages that the program does not use yet.
func (p *Program) AddExports(files map[string]string) {
	for path, file := range files {
		p.exports[path] = file
	}
}

// Importer returns what a package's source may import: packages of the program and
// its dependencies, nil for others.
func (p *Program) Importer(pkg *Package) func(path string) *types.Package {
	return func(path string) *types.Package {
		dep, err := importer{p, pkg.meta, nil}.Import(path)
		if err != nil {
			return nil
		}
		return dep
	}
}

// Sizes returns the sizes of types on the platform that the package is built for.
func (p *Package) Sizes() types.Sizes { return p.meta.TypesSizes }

// Imports reports whether the package itself imports a path that want accepts.
func (p *Package) Imports(want func(path string) bool) bool {
	for path, dep := range p.meta.Imports {
		if want(path) || want(dep.PkgPath) {
			return true
		}
	}
	return false
}

// importPath returns a dependency of the package that is being checked, from its
// export data.
func (p *Program) importPath(path string) (*types.Package, error) {
	if pkg := p.checked[path]; pkg != nil && pkg.Complete() {
		return pkg, nil
	}
	if p.model != nil && !p.isAlike(path) {
		return p.fromSource(path)
	}
	if p.stale[path] {
		return p.fromChanged(path)
	}
	file := p.exportFile(path)
	if file == "" {
		return nil, fmt.Errorf("no export data of %s: it does not compile", path)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r, err := gcexportdata.NewReader(f)
	if err != nil {
		return nil, err
	}
	return p.readExport(r, path)
}

// exportFile returns the file of a package's export data, or "".
func (p *Program) exportFile(path string) string {
	if p.model != nil {
		return p.model.exportFile(path)
	}
	if m := p.graph[path]; m != nil && m.ExportFile != "" {
		return m.ExportFile
	}
	if m := p.helpers[path]; m != nil && m.ExportFile != "" {
		return m.ExportFile
	}
	return p.exports[path]
}

func (p *Program) readExport(r io.Reader, path string) (pkg *types.Package, err error) {
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("reading the export data of %s: %v", path, e)
		}
	}()
	return gcexportdata.Read(r, p.Fset, p.checked, path)
}
