package misuse_test

import (
	"flag"
	"fmt"
	"go/types"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/txtar"

	"github.com/seed-4257438c/xray-instrument/analysis/edit/splice"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/analysis/misuse"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

var update = flag.Bool("u", false, "write what the rules find into the archives of testdata/misuse; review the difference")

const archives = "../../testdata/misuse"

// fixedDir is the folder of an archive with the files as the fixes leave them.
const fixedDir = "fixed/"

// TestRules runs the rules over the archives of testdata/misuse. An archive is a
// module with
//
//   - findings.txt, what is found, one "file:line:col Rule message" a line;
//   - fixed/FILE, FILE with all fixes, which must compile and need no fix again.
//
// Its comment may have lines "module: NAME", the folder of testdata/modules that
// has its go.mod, "stub: PATH", a module that stands in the folder stub,
// "sdks: PATHS" and "lambda: true", for the View. It is called by its rule, with
// a suffix behind a "-" where a rule has more than one.
func TestRules(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(archives, "*.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := readCase(t, file)
			c.run(t)
			rule, _, _ := strings.Cut(name, "-")
			if !strings.Contains(c.text("findings.txt"), " "+rule+" ") {
				t.Errorf("%s finds nothing in its own archive", rule)
			}
		})
	}
}

// TestEveryRule: no rule is without its archive.
func TestEveryRule(t *testing.T) {
	for _, r := range misuse.Rules() {
		if _, err := os.Stat(filepath.Join(archives, r.Name+".txtar")); err != nil {
			t.Error(err)
		}
	}
}

type testCase struct {
	file    string
	archive *txtar.Archive
	module  string
	stub    string
	view    misuse.View
}

func readCase(t *testing.T, file string) *testCase {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := &testCase{file: file, archive: a, module: "xray"}
	for line := range strings.Lines(string(a.Comment)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		switch key {
		case "module":
			c.module = value
		case "stub":
			c.stub = value
		case "sdks":
			c.view.SDKs = strings.Fields(value)
		case "lambda":
			c.view.Lambda = value == "true"
		}
	}
	return c
}

func (c *testCase) text(name string) string {
	for _, f := range c.archive.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

// sources returns the archive's module.
func (c *testCase) sources(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, f := range c.archive.Files {
		if f.Name != "findings.txt" && !strings.HasPrefix(f.Name, fixedDir) {
			files[f.Name] = string(f.Data)
		}
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		if _, ok := files[name]; !ok {
			files[name] = sharedModule(t, c.module, name)
		}
	}
	if c.stub != "" {
		files["go.mod"] += "\nrequire " + c.stub + " v1.47.0\n\nreplace " + c.stub + " => ./stub\n"
	}
	return files
}

func sharedModule(t *testing.T, module, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../testdata/modules", module, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func (c *testCase) run(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, c.sources(t))
	found := check(t, dir, c.view)
	got := map[string]string{"findings.txt": listing(dir, found)}
	fixed := apply(t, dir, found)
	for name, text := range fixed {
		got[fixedDir+name] = text
	}
	c.compare(t, got)
	writeFiles(t, dir, fixed)
	left := check(t, dir, c.view)
	for rule, n := range withoutFix(found, left) {
		if n < 0 {
			t.Errorf("after the fixes, %s finds more than what has no fix:\n%s", rule, listing(dir, left))
		}
	}
}

// withoutFix counts, by rule, the findings that have no fix, less those that are
// left after the fixes. None of those may have one.
func withoutFix(found, left []misuse.Finding) map[string]int {
	n := map[string]int{}
	for _, f := range found {
		if f.Fix == nil {
			n[f.Rule]++
		}
	}
	for _, f := range left {
		n[f.Rule]--
		if f.Fix != nil {
			n[f.Rule] -= len(found)
		}
	}
	return n
}

// compare compares the expectations of the archive, or writes them.
func (c *testCase) compare(t *testing.T, got map[string]string) {
	t.Helper()
	want := map[string]string{}
	sources := &txtar.Archive{Comment: c.archive.Comment}
	for _, f := range c.archive.Files {
		if f.Name == "findings.txt" || strings.HasPrefix(f.Name, fixedDir) {
			want[f.Name] = string(f.Data)
		} else {
			sources.Files = append(sources.Files, f)
		}
	}
	if *update {
		for _, name := range sortedKeys(got) {
			sources.Files = append(sources.Files, txtar.File{Name: name, Data: []byte(got[name])})
		}
		c.archive = sources
		if err := os.WriteFile(c.file, txtar.Format(sources), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", c.file, diff)
	}
}

// check runs the rules over the packages of a module, tests included.
func check(t *testing.T, dir string, view misuse.View) []misuse.Finding {
	t.Helper()
	var found []misuse.Finding
	for _, p := range load(t, dir) {
		found = append(found, misuse.Check(p, view)...)
	}
	return found
}

const mode = packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedTypes |
	packages.NeedTypesSizes | packages.NeedSyntax | packages.NeedTypesInfo

// load returns the packages of a module: where a package has tests, the one with
// them.
func load(t *testing.T, dir string) []*find.Package {
	t.Helper()
	pkgs, err := packages.Load(&packages.Config{Mode: mode, Dir: dir, Tests: true}, "./...")
	if err != nil {
		t.Fatal(err)
	}
	if len(pkgs) == 0 {
		t.Fatal("no packages")
	}
	variants := map[string]*packages.Package{}
	for _, p := range pkgs {
		for _, e := range p.Errors {
			t.Errorf("%v", e)
		}
		if old := variants[p.PkgPath]; !strings.HasSuffix(p.PkgPath, ".test") && (old == nil || len(old.Syntax) < len(p.Syntax)) {
			variants[p.PkgPath] = p
		}
	}
	var list []*find.Package
	for _, path := range sortedKeys(variants) {
		list = append(list, convert(t, variants[path]))
	}
	return list
}

func convert(t *testing.T, p *packages.Package) *find.Package {
	t.Helper()
	out := &find.Package{Fset: p.Fset, Types: p.Types, Info: p.TypesInfo}
	for i, f := range p.Syntax {
		src, err := os.ReadFile(p.CompiledGoFiles[i])
		if err != nil {
			t.Fatal(err)
		}
		file := &find.File{Path: p.CompiledGoFiles[i], Src: src, Syntax: f}
		out.Files = append(out.Files, file)
		if find.IsSupport(src) {
			out.Support = file
		}
	}
	return out
}

// listing returns findings as the archives have them.
func listing(dir string, found []misuse.Finding) string {
	var b strings.Builder
	for _, f := range found {
		start := f.File.Src[:f.Pos-f.File.Syntax.FileStart]
		col := len(start) - strings.LastIndexByte(string(start), '\n')
		fmt.Fprintf(&b, "%s:%d:%d %s %s", relative(dir, f.File.Path), f.File.Line(f.Pos), col, f.Rule, f.Message)
		if f.FixTitle != "" {
			fmt.Fprintf(&b, " [%s]", f.FixTitle)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// apply returns the files that the fixes of some findings change.
func apply(t *testing.T, dir string, found []misuse.Finding) map[string]string {
	t.Helper()
	edits := map[*find.File][]match.Edit{}
	for _, f := range found {
		if (f.Fix == nil) != (f.FixTitle == "") {
			t.Errorf("%s: a fix without a title, or a title without a fix", f.Message)
		}
		if f.Fix != nil {
			edits[f.File] = append(edits[f.File], f.Fix...)
		}
	}
	out := map[string]string{}
	for file, list := range edits {
		text, err := splice.Apply(file.Src, list)
		if err != nil {
			t.Fatalf("%s: %v", file.Path, err)
		}
		out[relative(dir, file.Path)] = string(splice.Layout(file.Src, text))
	}
	return out
}

func relative(dir, file string) string {
	rel, err := filepath.Rel(dir, file)
	if err != nil {
		return file
	}
	return filepath.ToSlash(rel)
}

func writeFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// TestFixedFiles: a file that cannot be edited has findings and no fixes.
func TestFixedFiles(t *testing.T) {
	dir := t.TempDir()
	writeFiles(t, dir, readCase(t, filepath.Join(archives, "NilHandler.txtar")).sources(t))
	n := 0
	for _, p := range load(t, dir) {
		for _, f := range p.Files {
			f.Reason = "the file is generated: change what generates it"
		}
		for _, f := range misuse.Check(p, misuse.View{}) {
			n++
			if f.Fix != nil || f.FixTitle != "" {
				t.Errorf("%s: a file that cannot be edited is fixed: %s", f.File.Path, f.FixTitle)
			}
		}
	}
	if n == 0 {
		t.Error("nothing is found")
	}
}

// TestLineEnds: the fixes of a file with CRLF line ends have them, too.
func TestLineEnds(t *testing.T) {
	crlf := func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }
	for _, name := range []string{"UnclosedSegment", "LateClose", "NilError"} {
		c := readCase(t, filepath.Join(archives, name+".txtar"))
		files := c.sources(t)
		for file, text := range files {
			if strings.HasSuffix(file, ".go") {
				files[file] = crlf(text)
			}
		}
		dir := t.TempDir()
		writeFiles(t, dir, files)
		for file, got := range apply(t, dir, check(t, dir, c.view)) {
			if diff := cmp.Diff(crlf(c.text(fixedDir+file)), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", file, diff)
			}
		}
	}
}

// TestNoSDK: a package that does not use the SDK is looked at no further.
func TestNoSDK(t *testing.T) {
	if found := misuse.Check(&find.Package{Types: types.NewPackage("example.com/app", "app")}, misuse.View{Lambda: true}); found != nil {
		t.Errorf("%v", found)
	}
}
