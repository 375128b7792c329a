// Package custom resolves the idioms that users write for themselves: packages with
// a plain and an xray side, of the same form as the catalog's, which the
// configuration of a module names.
//
// The packages are type-checked as part of the user's module, by the go command and
// against the libraries that the module has, and package resolve makes the same
// records of them as of the catalog. What the catalog's own tests make sure of is
// checked here instead, each breach an error with its place in the user's files.
//
// The gate asks for the same records for one package of the program after the other,
// each in a process of its own. So they are kept in the user's cache folder, with the
// contents of all files that they depend on; see cache.go.
//
// It imports rules, its sister packages config, match and resolve, and go/packages.
package custom

import (
	"cmp"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/config"
	"github.com/seed-4257438c/xray-instrument/rules/match"
	"github.com/seed-4257438c/xray-instrument/rules/resolve"
)

// Options say what idioms are held against.
type Options struct {
	Dir     string   // the module's root
	Flags   []string // of the go command
	Catalog *rules.Catalog
	Taken   func(rule string) bool // names that rules have already
	// Guards are the preconditions that an idiom may name, each with the hole that it
	// is about, "" for none.
	Guards map[string]string
}

// Resolve returns the idioms that a module's configuration names, and their support
// code.
func Resolve(file *config.File, opts Options) (*rules.Catalog, error) {
	if len(file.Idioms) == 0 {
		return &rules.Catalog{}, nil
	}
	slot := openSlot(file, opts)
	if c := slot.read(); c != nil {
		return c, nil
	}
	graph, err := list(file, opts)
	if err != nil {
		return nil, file.Errorf(file.Idioms[0].Plain.Pos, "idioms: the packages cannot be listed: %v", err)
	}
	slot.note(graph.files()) // before they are read: what changes meanwhile does not count as known
	sides, err := load(file, opts)
	if err != nil {
		return nil, err
	}
	if err := graph.complaint(file); err != nil {
		return nil, err
	}
	out := &rules.Catalog{Support: map[string]*rules.Support{}, Carriers: map[string]*rules.Carrier{}}
	var errs []error
	for _, d := range file.Idioms {
		p := &pair{plain: sides[d.Plain.Value], xray: sides[d.XRay.Value], opts: opts}
		if err := p.addTo(out); err != nil {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	for _, idiom := range out.Idioms {
		idiom.Own.Within = graph.within(idiom, out)
	}
	slot.write(out)
	return out, nil
}

// load type-checks the packages that the configuration names, and returns them by
// import path.
func load(file *config.File, opts Options) (map[string]*packages.Package, error) {
	fset := token.NewFileSet()
	cfg := &packages.Config{Mode: packages.LoadSyntax, Dir: opts.Dir, BuildFlags: opts.Flags, Fset: fset}
	pkgs, err := packages.Load(cfg, paths(file)...)
	if err != nil {
		return nil, file.Errorf(file.Idioms[0].Plain.Pos, "idioms: the packages cannot be loaded: %v", err)
	}
	sides := map[string]*packages.Package{}
	for _, pkg := range pkgs {
		sides[pkg.PkgPath] = pkg
	}
	var errs []error
	for _, d := range file.Idioms {
		for _, side := range []config.Text{d.Plain, d.XRay} {
			errs = append(errs, complaints(file, side, sides[side.Value])...)
		}
	}
	return sides, errors.Join(errs...)
}

// complaints returns what keeps a side from being used: errors at their place in the
// package, or in the configuration where there is no such package.
func complaints(file *config.File, side config.Text, pkg *packages.Package) []error {
	if pkg == nil {
		return []error{file.Errorf(side.Pos, "idioms: there is no package %s", side.Value)}
	}
	var placed, others []error
	for _, e := range pkg.Errors {
		if e.Pos != "" && e.Pos != "-" && e.Kind != packages.ListError {
			placed = append(placed, fmt.Errorf("%s: %s", e.Pos, e.Msg))
		} else {
			others = append(others, file.Errorf(side.Pos, "idioms: package %s: %s", side.Value, strings.Join(strings.Fields(e.Msg), " ")))
		}
	}
	switch {
	case len(placed) > 0:
		return placed
	case len(others) == 0 && len(pkg.Syntax) == 0:
		return []error{file.Errorf(side.Pos, "idioms: package %s has no Go files", side.Value)}
	}
	return others
}

// paths returns the import paths that the configuration names, sorted.
func paths(file *config.File) []string {
	var out []string
	for _, d := range file.Idioms {
		out = append(out, d.Plain.Value, d.XRay.Value)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// pair is two packages that hold both sides of idioms.
type pair struct {
	plain, xray *packages.Package
	opts        Options
}

// addTo resolves the pair and adds its idioms and support code to a catalog.
func (p *pair) addTo(out *rules.Catalog) error {
	c, err := resolve.Dialects(p.plain, p.xray)
	if err != nil {
		return err
	}
	var errs []error
	for _, idiom := range c.Idioms {
		at := p.position(p.plain, cmp.Or(idiom.Of, idiom.Name))
		idiom.Own = &rules.Own{At: fmt.Sprintf("%s:%d", p.relative(at.Filename), at.Line)}
		taken := slices.ContainsFunc(out.Idioms, func(d *rules.Idiom) bool { return d.Name == idiom.Name })
		if err := p.check(idiom, taken); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", at, err))
		}
	}
	for name := range c.Support {
		if err := p.checkSupport(name, out.Support[name] != nil); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", p.position(p.xray, name), err))
		}
		out.Support[name] = c.Support[name]
	}
	out.Idioms = append(out.Idioms, c.Idioms...)
	maps.Copy(out.Carriers, c.Carriers)
	slices.SortFunc(errs, func(a, b error) int { return cmp.Compare(a.Error(), b.Error()) })
	return errors.Join(errs...)
}

// check says what is wrong with an idiom that resolves.
func (p *pair) check(d *rules.Idiom, twice bool) error {
	switch {
	case twice:
		return fmt.Errorf("idiom %s is there twice: rename one", d.Name)
	case p.opts.Taken(d.Name):
		return fmt.Errorf("idiom %s: a rule or kind of xray-instrument has this name: rename the idiom", d.Name)
	}
	if err := match.Usable(d); err != nil {
		return fmt.Errorf("idiom %s: %w", d.Name, err)
	}
	for _, g := range d.Guards {
		hole, ok := p.opts.Guards[g]
		switch {
		case !ok && config.Nearest(g, known(p.opts.Guards)) != "":
			return fmt.Errorf("idiom %s: there is no guard %q: did you mean %s?", d.Name, g, config.Nearest(g, known(p.opts.Guards)))
		case !ok:
			return fmt.Errorf("idiom %s: there is no guard %q: there are %s", d.Name, g, strings.Join(known(p.opts.Guards), ", "))
		case hole != "" && !single(d, hole):
			return fmt.Errorf("idiom %s: guard %s is about a parameter %s, which the plain side must have and which must not be variadic", d.Name, g, hole)
		}
	}
	return nil
}

func known(guards map[string]string) []string {
	var names []string
	for name := range guards {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// single reports whether the plain side of an idiom has a hole for one expression.
func single(d *rules.Idiom, hole string) bool {
	return d.Plain.Mentions(hole) && slices.ContainsFunc(d.Params, func(p rules.Param) bool { return p.Name == hole && !p.Variadic })
}

// checkSupport says what is wrong with the name of support code.
func (p *pair) checkSupport(name string, twice bool) error {
	switch {
	case !strings.HasPrefix(name, "xray"):
		return fmt.Errorf("support code %s: its name must begin with xray, so that it can be told from the code of programs", name)
	case twice || p.opts.Catalog.Support[name] != nil:
		return fmt.Errorf("support code %s: other support code has this name: rename it", name)
	}
	return nil
}

// position returns the place of a declaration.
func (p *pair) position(pkg *packages.Package, name string) token.Position {
	for _, f := range pkg.Syntax {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == name {
				return pkg.Fset.Position(fn.Pos())
			}
		}
	}
	if obj := pkg.Types.Scope().Lookup(name); obj != nil {
		return pkg.Fset.Position(obj.Pos())
	}
	return pkg.Fset.Position(pkg.Syntax[0].Package)
}

// relative returns a file's name from the module's root, if it is below that.
func (p *pair) relative(file string) string {
	if rel, err := filepath.Rel(p.opts.Dir, file); err == nil && filepath.IsLocal(rel) {
		return filepath.ToSlash(rel)
	}
	return filepath.Base(file)
}
