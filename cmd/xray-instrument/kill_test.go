package main

import (
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/seed-4257438c/xray-instrument/rewrite/commit"
)

// killsVariable says how often TestKill kills.
const killsVariable = "XRAY_INSTRUMENT_KILLS"

// TestKill kills the command at random moments, half of them while it writes, and now and then the
// run that repairs that. Once a run has come to its end, the module is as it was before
// the killed run or as it is after it, in every byte, mode and name.
func TestKill(t *testing.T) {
	kills := 4
	if n, err := strconv.Atoi(os.Getenv(killsVariable)); err == nil {
		kills = n
	} else if testing.Short() {
		kills = 2
	}
	k := newKiller(t)
	for k.killed < kills && !t.Failed() {
		k.round()
	}
	t.Logf("%d runs killed: %d while they wrote, of which %d had come to their end; %d repairs killed", k.killed, k.writing, k.done, k.repairs)
}

// killer holds a module that is instrumented and taken back in turns.
type killer struct {
	*testing.T
	tool, dir     string
	plain, traced map[string]string
	isTraced      bool
	whole, writes time.Duration // that a run takes, and that there is a journal

	killed, writing, done, repairs int
}

// killFiles is a module in which a run changes and makes files in several folders, and go.mod, and makes go.sum.
var killFiles = map[string]string{
	"go.mod":       "module example.com/app\n\ngo 1.24\n",
	"main.go":      "package main\n\nimport (\n\t\"net/http\"\n\n\t_ \"example.com/app/a\"\n\t_ \"example.com/app/b\"\n)\n\nfunc main() { http.ListenAndServe(\":80\", nil) }\n",
	"a/a.go":       "package a\n\nimport \"net/http\"\n\nvar C = &http.Client{}\n",
	"a/b.go":       "package a\r\n\r\nimport \"net/http\"\r\n\r\nvar D = http.Client{}\r\n",
	"b/b.go":       "package b\n\nimport \"database/sql\"\n\nvar DB, _ = sql.Open(\"postgres\", \"\")",
	"empty/e.go":   "package empty\n",
	"untouched.md": "# app\n",
}

func newKiller(t *testing.T) *killer {
	tool, err := exec.LookPath("xray-instrument")
	if err != nil {
		t.Fatal(err)
	}
	k := &killer{T: t, tool: tool, dir: filepath.Join(t.TempDir(), "app")}
	for name, text := range killFiles {
		name = filepath.Join(k.dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
	}
	k.plain = k.read()
	k.watch("./...")
	k.traced = k.read()
	k.finish("-remove", "./...")
	if diff := cmp.Diff(k.plain, k.read()); diff != "" {
		t.Fatalf("removed without a kill (-want +got):\n%s", diff)
	}
	return k
}

// read returns every name in the module with its mode and content.
func (k *killer) read() map[string]string {
	k.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(k.dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		var text []byte
		if !d.IsDir() {
			text, err = os.ReadFile(name)
		}
		files[strings.TrimPrefix(name, k.dir)] = fmt.Sprintf("%v %s", info.Mode(), text)
		return err
	})
	if err != nil {
		k.Fatal(err)
	}
	return files
}

func (k *killer) command(args ...string) *exec.Cmd {
	cmd := exec.Command(k.tool, args...)
	cmd.Dir = k.dir
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "TMPDIR="+filepath.Dir(k.dir)) // what a killed run leaves there goes with the test
	return cmd
}

// finish runs the command to its end.
func (k *killer) finish(args ...string) {
	k.Helper()
	if out, err := k.command(args...).CombinedOutput(); err != nil {
		k.Errorf("xray-instrument %q: %v\n%s", args, err, out)
	}
}

// watch runs the command to its end, and measures it.
func (k *killer) watch(args ...string) {
	begin, ended := time.Now(), make(chan bool)
	var from, to time.Time
	go func() {
		k.finish(args...)
		close(ended)
	}()
	for {
		select {
		case <-ended:
			k.whole, k.writes = time.Since(begin), to.Sub(from)
			return
		case <-time.After(100 * time.Microsecond):
		}
		if k.hasJournal() {
			if to = time.Now(); from.IsZero() {
				from = to
			}
		}
	}
}

// round kills a run, lets others repair what it left, and looks at the module.
func (k *killer) round() {
	args := []string{"./..."}
	if k.isTraced {
		args = []string{"-remove", "./..."}
	}
	cmd := k.command(args...)
	if err := cmd.Start(); err != nil {
		k.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	if rand.N(2) == 0 {
		k.pause(ended, rand.N(k.whole))
	} else {
		k.whileWriting(ended)
	}
	_ = cmd.Process.Kill()
	if <-ended != nil {
		k.killed++
	}
	left := k.hasJournal()
	if left {
		k.writing++
	}
	for left && rand.N(3) == 0 {
		k.killRepair()
	}
	k.finish("./empty") // a run that has nothing of its own to do
	k.compare(args, left)
}

// pause waits for some time, or for the end of the command.
func (k *killer) pause(ended chan error, d time.Duration) {
	select {
	case err := <-ended:
		ended <- err
	case <-time.After(d):
	}
}

// whileWriting waits for the journal, and then a moment.
func (k *killer) whileWriting(ended chan error) {
	for !k.hasJournal() {
		select {
		case err := <-ended:
			ended <- err
			return
		case <-time.After(100 * time.Microsecond):
		}
	}
	k.pause(ended, rand.N(k.writes+time.Millisecond))
}

func (k *killer) hasJournal() bool {
	_, err := os.Lstat(filepath.Join(k.dir, commit.JournalName))
	return err == nil
}

// killRepair kills a run at about the time at which it repairs.
func (k *killer) killRepair() {
	cmd := k.command("./empty")
	if err := cmd.Start(); err != nil {
		k.Fatal(err)
	}
	time.Sleep(rand.N(100 * time.Millisecond))
	_ = cmd.Process.Kill()
	if cmd.Wait() != nil {
		k.repairs++
	}
}

// compare expects one of the two states.
func (k *killer) compare(args []string, left bool) {
	now := k.read()
	switch {
	case maps.Equal(now, k.plain):
		if k.isTraced && left {
			k.done++
		}
		k.isTraced = false
	case maps.Equal(now, k.traced):
		if !k.isTraced && left {
			k.done++
		}
		k.isTraced = true
	default:
		k.Errorf("after the kill of xray-instrument %q the module is neither plain (-plain +now):\n%s\nnor traced (-traced +now):\n%s",
			args, cmp.Diff(k.plain, now), cmp.Diff(k.traced, now))
	}
}
