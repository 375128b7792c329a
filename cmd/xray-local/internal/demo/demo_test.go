package demo

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestExplain(t *testing.T) {
	failed := errors.New("exit status 1")
	for _, test := range []struct{ output, want string }{
		{"go: a: Get \"https://proxy\": dial tcp: lookup proxy: no such host\nmore\n", "the demonstration needs modules that can't be downloaded, is there a network? go: a: Get \"https://proxy\": dial tcp: lookup proxy: no such host"},
		{"x\nmkdir /tmp/x: no space left on device\n", "the demonstration needs room for temporary files: mkdir /tmp/x: no space left on device"},
		{"./main.go:1:1: expected package\n", "go build: exit status 1: ./main.go:1:1: expected package"},
		{"", "go build: exit status 1: "},
	} {
		if got := explain("go build", test.output, failed); got != test.want || strings.Contains(got, "\n") {
			t.Errorf("explain(%q) = %q, want %q", test.output, got, test.want)
		}
	}
}

func TestSummarize(t *testing.T) {
	before, after := t.TempDir(), t.TempDir()
	write := func(dir, name, text string) {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(before, "same.go", "a\n")
	write(after, "same.go", "a\n")
	write(before, "sub/changed.go", "a\nb\n--c\n")
	write(after, "sub/changed.go", "a\nx\ny\n")
	write(after, "new.go", "a\n")
	write(after, "settings.yaml", "a\n")
	got, err := summarize(before, after)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(got) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	if want := "new.go +1 -0 (new: helper code)|sub/changed.go +2 -2"; strings.Join(lines, "|") != want {
		t.Errorf("the summary is %q, want %q", lines, want)
	}
}

func TestOutsideOfAClone(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, err := New(Options{}); err == nil || !strings.Contains(err.Error(), "in a clone of the repository only") {
		t.Errorf("the error is %v", err)
	}
}

// Whatever ends it, the temporary folder goes.
func TestInterrupted(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	d, err := New(Options{Out: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := d.Run(ctx, func() { t.Error("it is ready") }); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v", err)
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(d.dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is there: %v", err)
	}
}
