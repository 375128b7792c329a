package cache

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func key(texts ...string) Key {
	h := NewHash()
	h.Add(texts...)
	return h.Key()
}

func TestKept(t *testing.T) {
	c := In(filepath.Join(t.TempDir(), "runs"))
	var got string
	if c.Get(key("a"), &got) {
		t.Fatal("something is there before anything was kept")
	}
	c.Put(key("a"), "first")
	c.Put(key("b"), "second")
	if !c.Get(key("a"), &got) || got != "first" {
		t.Errorf("got %q, want what was kept", got)
	}
	c.Put(key("a"), "third")
	if !c.Get(key("a"), &got) || got != "third" {
		t.Errorf("got %q, want what was kept last", got)
	}
	if In("").Put(key("a"), "first"); In("").Get(key("a"), &got) {
		t.Error("without a folder, something was kept")
	}
}

// files returns the files of a cache whose names have an ending.
func files(t *testing.T, dir, ending string) []string {
	t.Helper()
	var out []string
	filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.HasSuffix(name, ending) {
			out = append(out, name)
		}
		return nil
	})
	if len(out) == 0 {
		t.Fatalf("no file *%s", ending)
	}
	return out
}

// TestDamaged checks that nothing is believed that is not what was kept.
func TestDamaged(t *testing.T) {
	for _, ending := range []string{"-a", "-d"} {
		for name, damage := range map[string]func([]byte) []byte{
			"a bit":   func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
			"short":   func(b []byte) []byte { return b[:len(b)/2] },
			"long":    func(b []byte) []byte { return append(b, b...) },
			"empty":   func(b []byte) []byte { return nil },
			"changed": func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("first"), []byte("other")) },
		} {
			t.Run(ending+" "+name, func(t *testing.T) {
				c := In(t.TempDir())
				c.Put(key("a"), "first")
				file := files(t, c.dir, ending)[0]
				data, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				want := damage(bytes.Clone(data))
				if bytes.Equal(want, data) {
					t.Skip("holds no such thing")
				}
				if err := os.WriteFile(file, want, 0o666); err != nil {
					t.Fatal(err)
				}
				var got string
				if c.Get(key("a"), &got) && got != "first" {
					t.Errorf("%q was believed", got)
				}
				c.Put(key("a"), "again")
				if !c.Get(key("a"), &got) || got != "again" {
					t.Errorf("the entry cannot be mended: got %q", got)
				}
			})
		}
	}
}

// TestExchanged checks that what belongs to another key is not believed.
func TestExchanged(t *testing.T) {
	c := In(t.TempDir())
	c.Put(key("a"), "first")
	a := files(t, c.dir, "-a")[0]
	entry, err := os.ReadFile(a)
	if err != nil {
		t.Fatal(err)
	}
	other := In(t.TempDir())
	other.Put(key("b"), "other")
	b := files(t, other.dir, "-a")[0]
	foreign, err := os.ReadFile(b)
	if err != nil {
		t.Fatal(err)
	}
	id := func(text []byte) []byte { return bytes.Fields(text)[1] }
	if err := os.WriteFile(a, bytes.Replace(foreign, id(foreign), id(entry), 1), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(c.dir, os.DirFS(filepath.Dir(filepath.Dir(b)))); err != nil && !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	for _, d := range files(t, other.dir, "-d") {
		data, err := os.ReadFile(d)
		if err != nil {
			t.Fatal(err)
		}
		rel, _ := filepath.Rel(other.dir, d)
		if err := os.WriteFile(filepath.Join(c.dir, rel), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var got string
	if c.Get(key("a"), &got) {
		t.Errorf("%q was believed, which is another key's", got)
	}
}

func TestTrim(t *testing.T) {
	c := &Cache{dir: t.TempDir(), most: 16 << 10}
	big := strings.Repeat("x", 1500)
	for i := range 16 {
		c.Put(key(fmt.Sprint(i)), big+fmt.Sprint(i))
		for _, name := range files(t, c.dir, "") { // each is older than the next
			if info, err := os.Stat(name); err == nil && time.Since(info.ModTime()) < time.Hour {
				at := time.Now().Add(time.Duration(i-1000) * time.Hour)
				os.Chtimes(name, at, at)
			}
		}
	}
	total := int64(0)
	for _, name := range files(t, c.dir, "") {
		if info, err := os.Stat(name); err == nil {
			total += info.Size()
		}
	}
	if total > c.most+2500 {
		t.Errorf("%d bytes are kept, want at most %d", total, c.most)
	}
	var got string
	if !c.Get(key("15"), &got) {
		t.Error("what was kept last is gone")
	}
	if c.Get(key("0"), &got) {
		t.Error("what was kept first is still there")
	}
}

// TestAtOnce checks that runs at the same time see nothing or all of an entry.
func TestAtOnce(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			c := In(dir)
			for i := range 6 {
				var got string
				want := strings.Repeat(fmt.Sprint(i), 1000)
				if c.Get(key(fmt.Sprint(i)), &got) && got != want {
					t.Errorf("got %.10q..., want %.10q...", got, want)
				}
				c.Put(key(fmt.Sprint(i)), want)
			}
		})
	}
	wg.Wait()
}

// TestTexts checks that texts do not run into each other.
func TestTexts(t *testing.T) {
	if key("a", "bc") == key("ab", "c") || key("a") == key("a", "") {
		t.Error("different texts have the same key")
	}
}

func TestTree(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o777), os.WriteFile(name, []byte(text), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	tree := func() Key {
		t.Helper()
		h := NewHash()
		if err := h.Tree(dir); err != nil {
			t.Fatal(err)
		}
		return h.Key()
	}
	write("a/a.go", "package a")
	seen := map[Key]string{tree(): "nothing"}
	for _, step := range []struct{ name, file, text string }{
		{"a Go file", "a/a.go", "package b"},
		{"a test", "a/a_test.go", "package a"},
		{"a template", "a/page.html", "{{.X}}"},
		{"the template", "a/page.html", "{{.Y}}"},
		{"an empty file", "a/empty", ""},
		{"a hidden file", ".xray-instrument.yaml", "service: x"},
		{"a big Go file", "a/big.go", "package a//" + strings.Repeat("x", 2*largest)},
		{"its end", "a/big.go", "package a//" + strings.Repeat("x", 2*largest) + "y"},
		{"vendored code", "vendor/x/x.go", "package x"},
	} {
		write(step.file, step.text)
		k := tree()
		if other := seen[k]; other != "" {
			t.Errorf("%s has the key of %s", step.name, other)
		}
		seen[k] = step.name
	}
	before := tree()
	if err := os.Rename(filepath.Join(dir, "a", "empty"), filepath.Join(dir, "empty")); err != nil {
		t.Fatal(err)
	}
	if tree() == before {
		t.Error("a file was moved, and the key is the same")
	}
	before = tree()
	write(".git/index", "x")
	now := time.Now().Add(time.Hour)
	if err := os.Chtimes(filepath.Join(dir, "a", "a.go"), now, now); err != nil {
		t.Fatal(err)
	}
	if tree() != before {
		t.Error("a commit or a checkout that changes nothing has another key")
	}
	if err := os.Symlink(dir, filepath.Join(dir, "link")); err != nil {
		t.Skip(err)
	}
	if err := NewHash().Tree(dir); !errors.Is(err, ErrLink) {
		t.Errorf("a link to a folder: error %v, want %v", err, ErrLink)
	}
}
