package analysis

import (
	"go/ast"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"golang.org/x/tools/go/analysis"
)

// packageOf returns the package without its tests, which are not traced, or nil if
// there is nothing else in it.
// set are the settings that hold for it.
func packageOf(pass *analysis.Pass, set *Settings) (*find.Package, error) {
	p := &find.Package{Fset: pass.Fset, Types: pass.Pkg, Info: pass.TypesInfo}
	dir := folder(pass)
	root := dir
	if set.dir != "" {
		root = set.dir
	}
	tests := false
	for _, f := range pass.Files {
		name := pass.Fset.File(f.FileStart).Name()
		if strings.HasSuffix(name, "_test.go") {
			tests = true
			continue
		}
		src, err := readFile(pass, name)
		if err != nil {
			return nil, err
		}
		file := &find.File{Path: name, Src: src, Syntax: f, Reason: find.Fixed(name, dir, root, src, f)}
		p.Files = append(p.Files, file)
		if set.Excluded(pass.Pkg.Path(), name) {
			file.Reason = find.Excluded
		}
		if find.IsSupport(src) {
			p.Support = file
		}
	}
	if len(p.Files) == 0 {
		return nil, nil
	}
	if tests {
		p.Info = withoutTests(pass.Fset, p.Info)
	}
	return p, nil
}

// readFile reads a file by way of the host, if it has one: nogo does not.
func readFile(pass *analysis.Pass, name string) ([]byte, error) {
	if pass.ReadFile == nil {
		return os.ReadFile(name)
	}
	return pass.ReadFile(name)
}

// folder returns the folder of a package: cgo's generated files lie elsewhere and
// say where they come from.
func folder(pass *analysis.Pass) string {
	dir := ""
	for _, f := range pass.Files {
		own, adjusted := pass.Fset.File(f.FileStart).Name(), pass.Fset.Position(f.Package).Filename
		if own == adjusted && filepath.Base(own) != "_cgo_gotypes.go" {
			return filepath.Dir(own)
		}
		if filepath.IsAbs(adjusted) && dir == "" && own != adjusted {
			dir = filepath.Dir(adjusted)
		}
	}
	return dir
}

// withoutTests returns what the type checker says of the files that are no tests:
// the rewriter, with which the analyzer must agree, does not see them.
func withoutTests(fset *token.FileSet, info *types.Info) *types.Info {
	isTest := func(n ast.Node) bool { return strings.HasSuffix(fset.File(n.Pos()).Name(), "_test.go") }
	out := *info
	out.Uses, out.Defs, out.Selections = map[*ast.Ident]types.Object{}, map[*ast.Ident]types.Object{}, map[*ast.SelectorExpr]*types.Selection{}
	for id, obj := range info.Uses {
		if !isTest(id) {
			out.Uses[id] = obj
		}
	}
	for id, obj := range info.Defs {
		if !isTest(id) {
			out.Defs[id] = obj
		}
	}
	for sel, s := range info.Selections {
		if !isTest(sel) {
			out.Selections[sel] = s
		}
	}
	return &out
}
