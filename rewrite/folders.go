package rewrite

import (
	"bytes"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rewrite/cache"
)

// contents is what counts of the files in a folder, as hashes.
type contents struct {
	Dir  string
	Text []byte // of all that the go command may look at
	Head []byte // of what it reads of them to list packages, and of directives for the compiler
	Code []byte // of Go files but for tests: from these comes export data
}

// same reports whether nothing has changed.
func (f *contents) same(other *contents) bool {
	return f.Dir == other.Dir && bytes.Equal(f.Text, other.Text)
}

// readFolder reads a folder. Of one that is as it was, Head and Code are not made anew. One that is not
// there is empty.
func readFolder(dir string, was *contents) (*contents, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	out := &contents{Dir: dir}
	text := cache.NewHash()
	var names []string
	var sources [][]byte
	embeds := false
	for _, e := range entries {
		if e.IsDir() || !isBuilt(e.Name()) {
			continue
		}
		src, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		text.Add(e.Name(), string(src))
		names, sources = append(names, e.Name()), append(sources, src)
		embeds = embeds || bytes.Contains(src, []byte("//go:embed"))
	}
	if len(names) == 0 {
		return out, nil
	}
	tree := ""
	if embeds {
		if tree, err = namesBelow(dir); err != nil {
			return nil, err
		}
	}
	text.Add(tree)
	key := text.Key()
	if out.Text = key[:]; was != nil && was.same(out) {
		return was, nil
	}
	head, code := cache.NewHash(), cache.NewHash()
	head.Add(tree)
	for i, name := range names {
		head.Add(name)
		if !strings.HasSuffix(name, ".go") {
			head.Add(string(sources[i]))
			continue
		}
		if !strings.HasSuffix(name, "_test.go") {
			code.Add(name, string(sources[i]))
		}
		addHead(head, sources[i])
	}
	headKey, codeKey := head.Key(), code.Key()
	out.Head, out.Code = headKey[:], codeKey[:]
	return out, nil
}

// isBuilt reports whether the go command looks at a file of a name: Go files, and what
// other compilers and the linker are given, the module that the folder is, and the profile
// that a command is compiled by.
func isBuilt(name string) bool {
	if strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") {
		return false
	}
	switch filepath.Ext(name) {
	case ".go", ".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp", ".hxx", ".f", ".F", ".for", ".f90", ".s", ".S", ".sx", ".swig", ".swigcxx", ".syso":
		return true
	}
	return name == "go.mod" || name == "default.pgo"
}

// addHead adds what the go command reads of a Go file: all up to the last import, or all of one
// that cannot be read so far. Directives of the compiler are added from the whole of it, for
// the type checker does not know what they may stand above.
func addHead(h *cache.Hash, src []byte) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", src, parser.ImportsOnly|parser.SkipObjectResolution)
	if err != nil {
		h.Add(string(src))
		return
	}
	end := f.Name.End()
	for _, d := range f.Decls {
		if g, ok := d.(*ast.GenDecl); ok {
			end = g.End()
		}
	}
	at := int(end - f.FileStart)
	h.Add(string(src[:at]))
	for rest := src[at:]; ; {
		i := bytes.Index(rest, []byte("//go:"))
		if i < 0 {
			return
		}
		line, after, _ := bytes.Cut(rest[i:], []byte("\n"))
		h.Add(string(line))
		rest = after
	}
}

// namesBelow returns the names of all that a pattern of a go:embed directive may match.
func namesBelow(dir string) (string, error) {
	var b strings.Builder
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil {
			b.WriteString(name + "\x00" + d.Type().String() + "\x00")
		}
		return err
	})
	return b.String(), err
}

// below returns the folder and those below it in which patterns find packages, or would
// if a module were another's.
func below(root string) (dirs []string, err error) {
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if base := d.Name(); name != root && (base == "vendor" || base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")) {
			return fs.SkipDir
		}
		dirs = append(dirs, name)
		return nil
	})
	return dirs, err
}

// readFolders reads folders, given what they were, that have not been read. Empty ones are
// left out.
func readFolders(dirs []string, was, read map[string]*contents) ([]*contents, error) {
	slices.Sort(dirs)
	var out []*contents
	for _, dir := range slices.Compact(dirs) {
		f := read[dir]
		if f == nil {
			var err error
			if f, err = readFolder(dir, was[dir]); err != nil {
				return nil, err
			}
			read[dir] = f
		}
		if f.Text != nil {
			out = append(out, f)
		}
	}
	return out, nil
}
