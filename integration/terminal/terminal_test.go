// Package terminal tests what a run shows on a terminal.
package terminal

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"

	"github.com/seed-4257438c/xray-instrument/integration/internal/tool"
)

// watched writes a module of two packages with a call that no context reaches, and returns the
// command that looks at it.
func watched(t *testing.T) func() *exec.Cmd {
	t.Helper()
	dir, bin := t.TempDir(), tool.Build(t)
	for name, text := range map[string]string{
		"go.mod": "module example.com/watched\n\ngo 1.24\n",
		"a/a.go": "package a\n\nimport \"database/sql\"\n\nfunc F(db *sql.DB) (e error) { return db.Ping() }\n",
		"b/b.go": "package b\n\nimport \"database/sql\"\n\nfunc F(db *sql.DB) (e error) { return db.Ping() }\n",
	} {
		name = filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o777), os.WriteFile(name, []byte(text), 0o666)); err != nil {
			t.Fatal(err)
		}
	}
	return func() *exec.Cmd {
		cmd := exec.Command(bin, "-diff", "./...")
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "TERM=xterm", "XRAY_INSTRUMENT_CACHE=off")
		return cmd
	}
}

// TestStatusLine checks that a terminal has a status line while a run goes on, and only
// the report when it is over.
func TestStatusLine(t *testing.T) {
	f, err := pty.Start(watched(t)())
	if err != nil {
		t.Skip(err)
	}
	defer f.Close()
	out, err := io.ReadAll(f)
	if err != nil && !errors.Is(err, syscall.EIO) { // what Linux says at the end
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(out), "\r\n", "\n")
	for _, want := range []string{"0/2 example.com/watched/a", "1/2 example.com/watched/b"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in %q", want, text)
		}
	}
	// What is left on the screen: a carriage return and ESC [ K take a line away.
	screen := regexp.MustCompile(`[^\n]*\r\x1b\[K`).ReplaceAllString(text, "")
	if strings.ContainsAny(screen, "\r\x1b") || strings.Contains(screen, "0/2") || !strings.HasPrefix(screen, "a/a.go:5:39: DBPing: ") {
		t.Errorf("left on the screen: %q", screen)
	}
}

// TestNoStatusLine checks that there is none on a pipe.
func TestNoStatusLine(t *testing.T) {
	cmd := watched(t)()
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	if text := stderr.String(); strings.ContainsAny(text, "\r\x1b") || strings.Contains(text, "/2 ") || !strings.HasPrefix(text, "a/a.go:5:39: DBPing: ") {
		t.Errorf("standard error: %q", text)
	}
}
