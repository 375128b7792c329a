package rewrite_test

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/seed-4257438c/xray-instrument/rewrite"
)

// A testCase is a module with what is expected of a run over it. It is a txtar
// archive:
//
//   - its comment is prose with lines "key: value", see [testCase.set];
//   - files are the module; without a go.mod it gets one of
//     testdata/modules: the one that "module: NAME" in the comment names,
//     else by what it imports;
//   - want/FILE is FILE after the run; files without one must not change;
//   - report.txt is the report, one site a line, then notes and messages;
//     "..." at a line's end stands for any reason;
//   - next/FILE are written after the run; then a second run is expected to
//     give want2/FILE and report2.txt, and -remove to give plain/FILE.
type testCase struct {
	name    string
	archive *txtar.Archive

	opts     rewrite.Options
	shares   string            // the folder of testdata/modules, if it is named
	wantErr  string            // the error that the run must give
	broken   bool              // the module does not build
	crlf     map[string]bool   // files with CRLF line ends
	bom      map[string]bool   // files that begin with a byte order mark
	chopped  map[string]bool   // files without a final newline
	symlinks map[string]string // link to target, relative to the module
}

const bom = "\xef\xbb\xbf"

// set applies a line of the archive's comment.
func (c *testCase) set(key, value string) error {
	switch key {
	case "service":
		c.opts.Service = value
	case "rules":
		c.opts.Rules = value
	case "tags":
		c.opts.BuildFlags = append(c.opts.BuildFlags, "-tags="+value)
	case "api":
		c.opts.API = value
	case "thread":
		c.opts.Thread = value
	case "cancel":
		c.opts.Cancel = value
	case "patterns":
		c.opts.Patterns = strings.Fields(value)
	case "dir":
		c.opts.Dir = value
	case "module":
		c.shares = value
	case "error":
		c.wantErr = value
	case "broken":
		c.broken = true
	case "crlf", "bom", "chopped":
		set := map[string]map[string]bool{"crlf": c.crlf, "bom": c.bom, "chopped": c.chopped}[key]
		for _, f := range strings.Fields(value) {
			set[f] = true
		}
	case "symlink":
		link, target, ok := strings.Cut(value, " -> ")
		if !ok {
			return fmt.Errorf("symlink: %s: no arrow", value)
		}
		c.symlinks[link] = target
	}
	return nil
}

func readCase(t *testing.T, file string) *testCase {
	t.Helper()
	a, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := &testCase{
		name: strings.TrimSuffix(filepath.Base(file), ".txtar"), archive: a, opts: rewrite.Options{Patterns: []string{"./..."}},
		crlf: map[string]bool{}, bom: map[string]bool{}, chopped: map[string]bool{}, symlinks: map[string]string{},
	}
	for line := range strings.Lines(string(a.Comment)) {
		if key, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			if err := c.set(key, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	return c
}

// The folders of an archive that do not belong to the module.
const (
	wantDir  = "want/"
	nextDir  = "next/"
	want2Dir = "want2/"
	plainDir = "plain/"
)

// files returns the archive's files below a folder, "" for the module's own,
// with the bytes that the comment asks for.
func (c *testCase) files(folder string) map[string]string {
	out := map[string]string{}
	for _, f := range c.archive.Files {
		name, ok := strings.CutPrefix(f.Name, folder)
		if !ok || folder == "" && c.isExpectation(f.Name) {
			continue
		}
		out[name] = c.encode(name, string(f.Data))
	}
	return out
}

func (c *testCase) isExpectation(name string) bool {
	for _, folder := range []string{wantDir, nextDir, want2Dir, plainDir} {
		if strings.HasPrefix(name, folder) {
			return true
		}
	}
	return name == "report.txt" || name == "report2.txt"
}

func (c *testCase) encode(name, text string) string {
	if c.chopped[name] {
		text = strings.TrimSuffix(text, "\n")
	}
	if c.crlf[name] {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	if c.bom[name] {
		text = bom + text
	}
	return text
}

// decode is the way back, for archives that are written anew.
func (c *testCase) decode(name, text string) string {
	text = strings.TrimPrefix(text, bom)
	if c.crlf[name] {
		text = strings.ReplaceAll(text, "\r\n", "\n")
	}
	if c.chopped[name] {
		text += "\n"
	}
	return text
}

// text returns a file of the archive.
func (c *testCase) text(name string) string {
	for _, f := range c.archive.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

// put replaces or adds a file of the archive.
func (c *testCase) put(name, text string) {
	for i := range c.archive.Files {
		if c.archive.Files[i].Name == name {
			c.archive.Files[i].Data = []byte(text)
			return
		}
	}
	c.archive.Files = append(c.archive.Files, txtar.File{Name: name, Data: []byte(text)})
}

// putFolder makes the files of one expectation what they are in got.
func (c *testCase) putFolder(folder string, got map[string]string) {
	kept := c.archive.Files[:0]
	for _, f := range c.archive.Files {
		name, below := strings.CutPrefix(f.Name, folder)
		if _, ok := got[name]; !below || ok {
			kept = append(kept, f)
		}
	}
	c.archive.Files = kept
	for _, name := range sortedKeys(got) {
		c.put(folder+name, c.decode(name, got[name]))
	}
}

// module writes the case's module to a new folder and returns the folder.
func (c *testCase) module(t *testing.T) string {
	t.Helper()
	parent, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(parent, "app")
	files := c.files("")
	if _, ok := files["go.mod"]; !ok {
		c.shared(t, files)
	}
	writeFiles(t, dir, files)
	for link, target := range c.symlinks {
		if err := os.Symlink(filepath.FromSlash(target), filepath.Join(dir, filepath.FromSlash(link))); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	return dir
}

// shared adds the go.mod and go.sum of testdata that the module's imports need.
func (c *testCase) shared(t *testing.T, files map[string]string) {
	t.Helper()
	all := strings.Join(slices.Collect(maps.Values(files)), "")
	var parts []string
	for _, p := range []struct{ name, path string }{
		{"awsv1", "github.com/aws/aws-sdk-go/"}, {"awsv2", "github.com/aws/aws-sdk-go-v2/"}, {"xray", "github.com/aws/aws-xray-sdk-go"},
	} {
		if strings.Contains(all, `"`+p.path) {
			parts = append(parts, p.name)
		}
	}
	folder := cmp.Or(c.shares, strings.Join(parts, "-"), "std")
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(filepath.Join("..", "testdata", "modules", folder, name))
		if err == nil {
			files[name] = string(data)
		} else if name == "go.mod" {
			t.Fatal(err)
		}
	}
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
