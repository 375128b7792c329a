package main

import (
	"bufio"
	"go/ast"
	"go/build"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// Support code goes into programs that use either major of the X-Ray SDK.
func TestSupportBuildsWithBothMajors(t *testing.T) {
	var second []string
	for path := range dialect(t).Imports {
		if rules.NormalSDK(path) != path {
			second = append(second, path)
		}
	}
	patterns := []string{module + "xray"}
	for _, path := range second {
		patterns = append(patterns, rules.NormalSDK(path))
	}
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax}, patterns...)
	if err != nil {
		t.Fatal(err)
	}
	var pkg *packages.Package
	first := imported{}
	for _, p := range pkgs {
		if p.PkgPath == module+"xray" {
			pkg = p
		}
		first[p.PkgPath] = p
	}
	for path, p := range pkg.Imports {
		first[path] = p
	}
	for _, path := range second {
		if first[path] = first[rules.NormalSDK(path)]; first[path] == nil {
			t.Fatalf("the first major has no package %s", path)
		}
	}
	check(t, pkg, &types.Config{Importer: first})
}

// oldest is the first Go version whose programs may get support code.
const oldest = 21

// Support code is written in the language of Go 1.21 and uses no more of the
// standard library than that had.
func TestSupportBuildsWithOldGo(t *testing.T) {
	pkg := dialect(t)
	uses := check(t, pkg, &types.Config{GoVersion: "go1." + strconv.Itoa(oldest), Importer: imported(pkg.Imports)})
	newer := addedSince(t, pkg.Imports)
	for id, obj := range uses {
		if obj.Pkg() == nil || strings.Contains(obj.Pkg().Path(), ".") {
			continue
		}
		key := rules.KeyOf(obj, nil)
		if v, ok := obj.(*types.Var); ok && v.IsField() {
			key = rules.Key(obj.Pkg().Path(), "", obj.Name())
		}
		if version := newer[key]; version != "" {
			t.Errorf("%s: %s is of %s", pkg.Fset.Position(id.Pos()), key, version)
		}
	}
}

// dialect returns the traced dialect.
func dialect(t *testing.T) *packages.Package {
	t.Helper()
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax}, module+"xray")
	if err != nil {
		t.Fatal(err)
	}
	return pkgs[0]
}

// check type-checks a package once more and returns what its names stand for.
func check(t *testing.T, pkg *packages.Package, cfg *types.Config) map[*ast.Ident]types.Object {
	t.Helper()
	cfg.Error = func(err error) { t.Error(err) }
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	_, _ = cfg.Check(pkg.PkgPath, pkg.Fset, pkg.Syntax, info)
	return info.Uses
}

type imported map[string]*packages.Package

func (m imported) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	return m[path].Types, nil
}

var feature = regexp.MustCompile(`^pkg ([\w/.]+)(?: \([^)]*\))?, (?:func|var|const|type|method \(\*?(\w+)[^)]*\)) (\w+)(?: struct, (\w+) )?`)

// addedSince returns the keys that the standard library has only in versions
// behind the oldest one, for the packages that are imported. A field is known by its package and name alone.
func addedSince(t *testing.T, of imported) map[string]string {
	files, err := filepath.Glob(filepath.Join(build.Default.GOROOT, "api", "go1.*.txt"))
	if err != nil || len(files) == 0 {
		t.Skip("this installation of Go does not list its API")
	}
	newer := map[string]string{}
	var old []string
	for _, name := range files {
		version := strings.TrimSuffix(filepath.Base(name), ".txt")
		minor, _ := strconv.Atoi(strings.TrimPrefix(version, "go1."))
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(f); lines.Scan(); {
			path, _, _ := strings.Cut(strings.TrimPrefix(lines.Text(), "pkg "), ",")
			if of[path] == nil {
				continue
			}
			m := feature.FindStringSubmatch(lines.Text())
			if m == nil {
				continue
			}
			key := rules.Key(m[1], m[2], m[3])
			if m[4] != "" {
				key = rules.Key(m[1], "", m[4])
			}
			if minor > oldest {
				newer[key] = version
			} else {
				old = append(old, key)
			}
		}
		f.Close()
	}
	for _, key := range old {
		delete(newer, key)
	}
	if newer["net/http.Request.PathValue"] == "" || newer["net/http.Pattern"] == "" || newer["context.WithoutCancel"] != "" {
		t.Fatal("the lists are not understood")
	}
	return newer
}
