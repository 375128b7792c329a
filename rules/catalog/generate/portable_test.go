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
	files, err := filepath.Glob("../xray/*.go")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	overlay := map[string][]byte{}
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		abs, err := filepath.Abs(name)
		if err != nil {
			t.Fatal(err)
		}
		overlay[abs] = []byte(strings.ReplaceAll(string(src), rules.SDKv2+"/", rules.SDKv1+"/"))
	}
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax, Overlay: overlay}, module+"xray")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range pkgs[0].Errors {
		t.Error(e)
	}
	if pkgs[0].Imports[rules.SDKv2+"/xray"] != nil {
		t.Error("the second major is still imported")
	}
}

// oldest is the first Go version whose programs may get support code.
const oldest = 21

// Support code is written in the language of Go 1.21 and uses no more of the
// standard library than that had.
func TestSupportBuildsWithOldGo(t *testing.T) {
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax}, module+"xray")
	if err != nil {
		t.Fatal(err)
	}
	pkg := pkgs[0]
	cfg := &types.Config{
		GoVersion: "go1." + strconv.Itoa(oldest),
		Importer:  imported(pkg.Imports),
		Error:     func(err error) { t.Error(err) },
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	_, _ = cfg.Check(pkg.PkgPath, pkg.Fset, pkg.Syntax, info)
	newer := addedSince(t)
	for id, obj := range info.Uses {
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

type imported map[string]*packages.Package

func (m imported) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	return m[path].Types, nil
}

var feature = regexp.MustCompile(`^pkg ([\w/.]+)(?: \([^)]*\))?, (?:func|var|const|type|method \(\*?(\w+)[^)]*\)) (\w+)(?: struct, (\w+) )?`)

// addedSince returns the keys that the standard library has only in versions
// behind the oldest one. A field is known by its package and name alone.
func addedSince(t *testing.T) map[string]string {
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
