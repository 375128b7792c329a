// Package local looks at xray-local from outside: in a real browser, with what the demonstration
// makes and with every quirk that datagrams may have, and beside an independent decoder.
package local

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/seed-4257438c/xray-instrument/integration/internal/decoder"
	"github.com/seed-4257438c/xray-instrument/integration/internal/proc"
	"github.com/seed-4257438c/xray-instrument/integration/internal/tool"
)

// screenshots is where the pictures stay; the test run does not remove them.
const screenshots = "screenshots"

// startLimit is how long the demonstration may take to build everything.
const startLimit = 15 * time.Minute

// local is a running xray-local.
type local struct {
	url, udp string
	cmd      *exec.Cmd
	out      *output
	ended    chan error
}

// output is what a program has printed.
type output struct{ lines chan string }

func (o *output) Write(text []byte) (int, error) {
	o.lines <- string(text)
	return len(text), nil
}

// build builds the command.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "xray-local")
	tool.Run(t, tool.Checkout(t), "go", "build", "-buildvcs=false", "-o", path, "./cmd/xray-local")
	return path
}

// start starts the command in the repository and waits until it has printed a line with a text.
func start(t *testing.T, path, ready string, env []string, args ...string) *local {
	t.Helper()
	l := &local{udp: proc.FreeAddr(t), out: &output{make(chan string, 1000)}, ended: make(chan error, 1)}
	page := proc.FreeAddr(t)
	l.url = "http://" + page + "/"
	l.cmd = exec.Command(path, append([]string{"-listen", l.udp, "-http", page}, args...)...)
	l.cmd.Dir, l.cmd.Env = tool.Checkout(t), append(os.Environ(), env...)
	l.cmd.Stdout, l.cmd.Stderr = l.out, l.out
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { l.ended <- l.cmd.Wait() }()
	t.Cleanup(func() { l.interrupt(t) })
	var seen strings.Builder
	for deadline := time.After(startLimit); ; {
		select {
		case text := <-l.out.lines:
			if seen.WriteString(text); strings.Contains(seen.String(), ready) {
				t.Log(seen.String())
				return l
			}
		case err := <-l.ended:
			l.ended <- err
			t.Fatalf("it has ended: %v\n%s", err, seen.String())
		case <-deadline:
			t.Fatalf("not ready:\n%s", seen.String())
		}
	}
}

// interrupt does what Ctrl-C does, and waits for the end.
func (l *local) interrupt(t *testing.T) {
	t.Helper()
	_ = l.cmd.Process.Signal(os.Interrupt) // fails only when it has ended
	select {
	case err := <-l.ended:
		if err != nil {
			t.Errorf("it ended with %v", err)
		}
		l.ended <- nil
	case <-time.After(time.Minute):
		t.Error("it does not end")
		_ = l.cmd.Process.Kill()
	}
}

// browser runs a script that looks at the page.
func (l *local) browser(t *testing.T, script string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", script, l.url, l.udp, filepath.Join(screenshots, strings.TrimSuffix(script, ".mjs")))
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
}

func (l *local) ask(t *testing.T, path string, answer any) {
	t.Helper()
	resp, err := http.Get(l.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(answer); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// TestQuirks shows what quirky and hostile datagrams look like.
func TestQuirks(t *testing.T) {
	start(t, build(t), "Look at", nil).browser(t, "quirks.mjs")
}

// TestDemo runs the demonstration, looks at it, compares what the page tells with what an
// independent decoder has understood of the same datagrams, and ends it.
func TestDemo(t *testing.T) {
	if testing.Short() {
		t.Skip("takes minutes")
	}
	traces := decoder.Start(t)
	temp := t.TempDir()
	l := start(t, build(t), "Orders are on their way", []string{"TMPDIR=" + temp}, "-demo", "-forward", traces.Addr())
	l.browser(t, "demo.mjs")
	t.Run("decoder", func(t *testing.T) { compare(t, l, traces) })
	l.interrupt(t)
	entries, err := os.ReadDir(temp)
	if err != nil || len(entries) > 0 {
		t.Errorf("it has left %v, %v", entries, err)
	}
	if left := processesIn(temp); len(left) > 0 {
		t.Errorf("it has left %v running", left)
	}
}

// compare looks at the traces that are complete: each has the spans that the decoder has seen,
// each of them below the same parent, and no others.
func compare(t *testing.T, l *local, traces *decoder.Decoder) {
	var page struct {
		Rows []struct{ ID string }
	}
	l.ask(t, "api/traces?outcome=ok&service=notificationdispatcher&length=50", &page)
	if len(page.Rows) < 10 {
		t.Fatalf("%d orders went through", len(page.Rows))
	}
	parents := map[string]map[string]string{} // by trace
	for _, span := range traces.Spans() {
		if parents[span.Trace] == nil {
			parents[span.Trace] = map[string]string{}
		}
		parents[span.Trace][span.ID] = span.Parent
	}
	for _, row := range page.Rows {
		var line struct {
			Spans []struct{ ID, Parent string }
		}
		l.ask(t, "api/traces/"+row.ID, &line)
		got := map[string]string{}
		for _, span := range line.Spans {
			got[span.ID] = span.Parent
		}
		want := parents[strings.ReplaceAll(strings.TrimPrefix(row.ID, "1-"), "-", "")]
		for id, parent := range want {
			if got[id] != parent {
				t.Errorf("trace %s: span %s is below %q, the decoder says %q", row.ID, id, got[id], parent)
			}
		}
		if len(got) != len(want) {
			t.Errorf("trace %s has %d spans, the decoder has seen %d", row.ID, len(got), len(want))
		}
	}
}

// processesIn returns the programs that run from a folder.
func processesIn(dir string) []string {
	links, _ := filepath.Glob("/proc/[0-9]*/exe")
	var found []string
	for _, link := range links {
		if path, err := os.Readlink(link); err == nil && strings.HasPrefix(path, dir) {
			found = append(found, path)
		}
	}
	return found
}

// TestDemoInOneLine ends the demonstration in every way that it can't begin.
func TestDemoInOneLine(t *testing.T) {
	path := build(t)
	taken := proc.FreeAddr(t)
	busy := &http.Server{Addr: taken}
	go busy.ListenAndServe()
	t.Cleanup(func() { busy.Close() })
	time.Sleep(100 * time.Millisecond)
	blocked := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(blocked, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	root := tool.Checkout(t)
	for _, test := range []struct {
		name, dir, http, want string
		env                   []string
	}{
		{"port in use", root, taken, "address already in use", nil},
		{"no temporary folder", root, proc.FreeAddr(t), "temporary folder", []string{"TMPDIR=" + blocked}},
		{"no clone", t.TempDir(), proc.FreeAddr(t), "in a clone of the repository only", nil},
		{"no network", root, proc.FreeAddr(t), "is there a network?", []string{"GOPROXY=http://127.0.0.1:1", "GOMODCACHE=" + t.TempDir(), "GOFLAGS=-modcacherw"}},
		{"no Go", root, proc.FreeAddr(t), "needs Go", []string{"PATH=" + t.TempDir()}},
	} {
		t.Run(test.name, func(t *testing.T) {
			temp := t.TempDir()
			cmd := exec.Command(path, "-demo", "-listen", proc.FreeAddr(t), "-http", test.http)
			cmd.Dir = test.dir
			cmd.Env = append(append(os.Environ(), "TMPDIR="+temp), test.env...)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			err := cmd.Run()
			if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 1 {
				t.Errorf("it ended with %v", err)
			}
			if got := stderr.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, test.want) {
				t.Errorf("it says %q, want one line with %q", got, test.want)
			}
			if entries, _ := os.ReadDir(temp); len(entries) > 0 {
				t.Errorf("it has left %v", entries)
			}
		})
	}
}

// TestBundle builds the page again, with the packages that are locked: it must be byte by byte what is embedded.
func TestBundle(t *testing.T) {
	web := filepath.Join(tool.Checkout(t), "cmd", "xray-local", "web")
	copied := filepath.Join(t.TempDir(), "web")
	if err := copyWeb(copied, web); err != nil {
		t.Fatal(err)
	}
	tool.Run(t, copied, "npm", "ci", "--no-audit", "--no-fund")
	tool.Run(t, copied, "npm", "run", "check")
	built := filepath.Join(t.TempDir(), "dist")
	tool.Run(t, copied, "node", "build.mjs", built)
	tool.SameFiles(t, tool.Snapshot(t, built), tool.Snapshot(t, filepath.Join(web, "..", "internal", "page", "dist")))
}

// copyWeb copies the sources of the page without installed packages.
func copyWeb(to, from string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		switch {
		case err != nil:
			return err
		case entry.Name() == "node_modules":
			return fs.SkipDir
		case entry.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), text, 0o644)
	})
}
