package misuse_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/analysis/misuse"
	"github.com/seed-4257438c/xray-instrument/rewrite"
)

// TestOwnCode: what a run writes is never reported. The programs of testdata go
// into one module for each folder of testdata/modules and are instrumented
// together; those of a shape that needs a module of its own are left out.
func TestOwnCode(t *testing.T) {
	modules := map[string]map[string]string{"xray": {}, "awsv2-xray": {}, "awsv1-xray": {}}
	for _, folder := range []string{"idioms", "context", "files"} {
		files, err := filepath.Glob(filepath.Join("../../testdata", folder, "*.txtar"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no archives in testdata/%s: %v", folder, err)
		}
		for _, file := range files {
			a, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if module := moduleOf(a); module != "" {
				add(modules[module], folder+"/"+strings.TrimSuffix(filepath.Base(file), ".txtar"), a)
			}
		}
	}
	for name, files := range modules {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if len(files) == 0 {
				t.Fatal("no programs")
			}
			for _, f := range []string{"go.mod", "go.sum"} {
				files[f] = sharedModule(t, name, f)
			}
			dir := t.TempDir()
			writeFiles(t, dir, files)
			if _, err := rewrite.Run(context.Background(), rewrite.Options{Dir: dir, Patterns: []string{"./..."}}); err != nil {
				t.Fatal(err)
			}
			nothingOwn(t, dir)
		})
	}
}

// nothingOwn fails if something is found in an instrumented module.
func nothingOwn(t *testing.T, dir string) {
	t.Helper()
	traced := 0
	for _, p := range load(t, dir) {
		if p.Support != nil {
			traced++
		}
		if found := misuse.Check(p, misuse.View{SDKs: sdks(p)}); len(found) > 0 {
			t.Errorf("code that a run has written is reported:\n%s", listing(dir, found))
		}
	}
	if traced == 0 {
		t.Error("the run has traced nothing")
	}
}

// sdks returns the packages of the SDK that a package imports itself.
func sdks(p *find.Package) []string {
	var paths []string
	for _, dep := range p.Types.Imports() {
		if strings.HasPrefix(dep.Path(), "github.com/aws/aws-xray-sdk-go") {
			paths = append(paths, dep.Path())
		}
	}
	return paths
}

// moduleOf returns the folder of testdata/modules for an archive's module, or ""
// if it must stand alone: it has a go.mod, imports packages of its own, or says
// in its comment that it is run in a special way.
func moduleOf(a *txtar.Archive) string {
	module := "xray"
	for line := range strings.Lines(string(a.Comment)) {
		if key, _, ok := strings.Cut(line, ": "); ok && !strings.Contains(key, " ") {
			return ""
		}
	}
	for _, f := range a.Files {
		text := string(f.Data)
		switch {
		case f.Name == "go.mod" || strings.Contains(text, `"example.com/`) || strings.Contains(text, `import "C"`):
			return ""
		case strings.Contains(text, `"github.com/aws/aws-sdk-go/`):
			module = "awsv1-xray"
		case strings.Contains(text, `"github.com/aws/aws-sdk-go-v2/`):
			module = "awsv2-xray"
		}
	}
	return module
}

// add adds an archive's module as a folder of another one, without what a run is
// expected to give.
func add(files map[string]string, folder string, a *txtar.Archive) {
	for _, f := range a.Files {
		top, _, _ := strings.Cut(f.Name, "/")
		if filepath.Ext(f.Name) == ".go" && top != "want" && top != "want2" && top != "plain" && top != "next" {
			files[folder+"/"+f.Name] = string(f.Data)
		}
	}
}
