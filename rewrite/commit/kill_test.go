package commit

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The tests of this file run this binary again as another process, and kill it.
const (
	helperMode = "COMMIT_TEST_MODE"
	helperRoot = "COMMIT_TEST_ROOT"
	helperStep = "COMMIT_TEST_STEP"
)

func TestMain(m *testing.M) {
	if mode := os.Getenv(helperMode); mode != "" {
		if err := helper(mode, os.Getenv(helperRoot)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func helper(mode, root string) error {
	killAt, _ := strconv.Atoi(os.Getenv(helperStep))
	step := 0
	atStep = func(string, string) error {
		if step++; step == killAt {
			killSelf()
		}
		return nil
	}
	switch mode {
	case "apply":
		return Apply(root, programChanges(root), programDirs(root)...)
	case "recover":
		return Recover(root)
	case "many":
		return Apply(root, manyChanges())
	case "count":
		return countUnderLock(root)
	}
	return fmt.Errorf("no mode %s", mode)
}

func killSelf() {
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		_ = p.Kill()
	}
	select {}
}

// start runs a helper; it is to be killed at the n-th step, or not at all if n is 0.
func start(t *testing.T, mode, root string, n int) (cmd *exec.Cmd, output *strings.Builder) {
	t.Helper()
	cmd, output = exec.Command(os.Args[0]), &strings.Builder{}
	cmd.Env = append(os.Environ(), helperMode+"="+mode, helperRoot+"="+root, helperStep+"="+strconv.Itoa(n))
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, output
}

// runHelper reports whether the helper came to its end.
func runHelper(t *testing.T, mode, root string, n int) (done bool) {
	t.Helper()
	cmd, output := start(t, mode, root, n)
	err := cmd.Wait()
	if output.Len() > 0 {
		t.Fatalf("%s at step %d: %s", mode, n, output)
	}
	return err == nil
}

// killedAt returns the tree of a run that was killed at its n-th step; done: it has fewer steps.
func killedAt(t *testing.T, n int) (root string, done bool) {
	t.Helper()
	root = program(t)
	prepareDirs(t, root)
	return root, runHelper(t, "apply", root, n)
}

// dropPrepared removes the folders that a commit had not yet taken over.
func dropPrepared(root string) {
	_ = os.RemoveAll(filepath.Join(root, ".vendor.new"))
	_ = os.RemoveAll(filepath.Join(root, "sub", ".vendor.new"))
}

// wantWhole accepts the tree as it was before, or, once it was seen after, after.
func wantWhole(t *testing.T, root string, before, after tree, seenAfter *bool) {
	t.Helper()
	got := readTree(t, root)
	if got.diff(after) == "" {
		*seenAfter = true
		return
	}
	d := got.diff(before)
	switch {
	case d != "":
		t.Errorf("neither before nor after:\n%s", d)
	case *seenAfter:
		t.Error("before, although a kill at an earlier step gave after")
	}
}

func TestKillAtEveryStep(t *testing.T) {
	before, after := readTree(t, program(t)), changedProgram(t)
	seenAfter := false
	for n := 1; ; n++ {
		root, done := killedAt(t, n)
		if done {
			break
		}
		dropPrepared(root)
		if err := Recover(root); err != nil {
			t.Fatalf("killed at step %d: %v", n, err)
		}
		wantWhole(t, root, before, after, &seenAfter)
	}
	if !seenAfter {
		t.Error("no kill gave the tree after")
	}
}

// The recovery is killed as well, at its first step, then at its second, and so on.
func TestKillRecover(t *testing.T) {
	before, after := readTree(t, program(t)), changedProgram(t)
	seenAfter := false
	step := 1
	if testing.Short() {
		step = 5
	}
	for n := 1; ; n += step {
		root, done := killedAt(t, n)
		if done {
			return
		}
		dropPrepared(root)
		for m := 1; !runHelper(t, "recover", root, m); m++ {
			if m > 100 {
				t.Fatalf("killed at step %d: the recovery comes to no end", n)
			}
		}
		wantWhole(t, root, before, after, &seenAfter)
	}
}

// A new run recovers by itself, and then finds the files as they were.
func TestApplyAfterKill(t *testing.T) {
	after := changedProgram(t)
	for _, n := range []int{3, 20, 30} {
		root, done := killedAt(t, n)
		if done {
			t.Fatal("not killed")
		}
		dropPrepared(root)
		prepareDirs(t, root)
		if err := Apply(root, programChanges(root), programDirs(root)...); err != nil {
			t.Fatal(err)
		}
		wantTree(t, root, after)
	}
}

func manyName(i int) string { return fmt.Sprintf("pkg%d/file%d.go", i%20, i) }
func manyText(i, v int) string {
	return strings.Repeat(fmt.Sprintf("// %d of version %d\n", i, v), 500)
}

const manyFiles = 200

func manyChanges() []Change {
	var list []Change
	for i := range manyFiles {
		list = append(list, Change{Path: manyName(i), Before: []byte(manyText(i, 1)), After: []byte(manyText(i, 2))})
	}
	return list
}

func manyProgram(t *testing.T, version int) string {
	root := t.TempDir()
	files := map[string]string{}
	for i := range manyFiles {
		files[manyName(i)] = manyText(i, version)
	}
	writeFiles(t, root, files)
	return root
}

func TestKillAtRandomTimes(t *testing.T) {
	before, after := readTree(t, manyProgram(t, 1)), readTree(t, manyProgram(t, 2))
	begin := time.Now()
	runHelper(t, "many", manyProgram(t, 1), 0)
	whole := time.Since(begin)
	rounds := 20
	if testing.Short() {
		rounds = 10
	}
	undone := 0
	for range rounds {
		root := manyProgram(t, 1)
		cmd, _ := start(t, "many", root, 0)
		time.Sleep(rand.N(whole))
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if _, err := os.Stat(filepath.Join(root, JournalName)); err == nil {
			undone++
		}
		if err := Recover(root); err != nil {
			t.Fatal(err)
		}
		seen := false
		wantWhole(t, root, before, after, &seen)
	}
	t.Logf("%d of %d runs were killed while they wrote", undone, rounds)
}
