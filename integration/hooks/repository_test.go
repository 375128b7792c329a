package hooks

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// repository is a git repository that a test works in.
type repository struct {
	t   *testing.T
	dir string
	env []string
}

// newRepository makes a repository with some files and commits them.
func newRepository(t *testing.T, env []string, files map[string]string) *repository {
	t.Helper()
	r := &repository{t: t, dir: t.TempDir(), env: env}
	r.run("git", "init", "-q", "-b", "main")
	r.write(files)
	r.run("git", "add", "-A")
	r.run("git", "commit", "-q", "-m", "start")
	return r
}

// environment returns the environment of the programs: that of the test without settings
// of git and Go that would reach into the repositories, and with a committer.
func environment(t *testing.T) []string {
	t.Helper()
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "GIT_") || strings.HasPrefix(v, "PRE_COMMIT") || strings.HasPrefix(v, "GOFLAGS=")
	})
	cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	return append(env,
		"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_AUTHOR_NAME=Test", "GIT_AUTHOR_EMAIL=test@example.com", "GIT_COMMITTER_NAME=Test", "GIT_COMMITTER_EMAIL=test@example.com",
		"PRE_COMMIT_HOME="+t.TempDir(), "PRE_COMMIT_COLOR=never",
		"GOMODCACHE="+strings.TrimSpace(string(cache)), // what is there need not be fetched again
		"GOFLAGS=", "GOWORK=",
	)
}

// write writes files, and removes those whose text is empty.
func (r *repository) write(files map[string]string) {
	r.t.Helper()
	for name, text := range files {
		path := filepath.Join(r.dir, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil && text == "" {
			err = os.Remove(path)
		} else if err == nil {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r *repository) read(name string) string {
	r.t.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, filepath.FromSlash(name)))
	if err != nil {
		r.t.Fatal(err)
	}
	return string(text)
}

// run runs a program, which must succeed, and returns what it prints.
func (r *repository) run(program string, args ...string) string {
	r.t.Helper()
	out, err := r.try(program, args...)
	if err != nil {
		r.t.Fatalf("%s %q: %v\n%s", program, args, err, out)
	}
	return out
}

// try runs a program and returns what it prints.
func (r *repository) try(program string, args ...string) (string, error) {
	cmd := exec.Command(program, args...)
	cmd.Dir, cmd.Env = r.dir, r.env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// stage writes files and stages them, and nothing else.
func (r *repository) stage(files map[string]string) {
	r.t.Helper()
	r.write(files)
	for name := range files {
		r.run("git", "add", "-A", "--", name)
	}
}

// commits commits what is staged and fails the test when that is refused.
func (r *repository) commits() {
	r.t.Helper()
	if out, err := r.try("git", "commit", "-m", "change"); err != nil {
		r.t.Fatalf("the commit is refused:\n%s", out)
	}
}

// refuses tries to commit what is staged, fails the test when that succeeds, and returns
// what the hook printed.
func (r *repository) refuses() string {
	r.t.Helper()
	before := r.run("git", "rev-parse", "HEAD")
	out, err := r.try("git", "commit", "-m", "change")
	if err == nil || r.run("git", "rev-parse", "HEAD") != before {
		r.t.Fatalf("the commit goes through:\n%s", out)
	}
	return out
}

// changed returns the files that git status shows, sorted.
func (r *repository) changed() []string {
	r.t.Helper()
	var names []string
	for line := range strings.Lines(r.run("git", "status", "--porcelain", "-uall")) {
		names = append(names, strings.TrimSpace(line[3:]))
	}
	slices.Sort(names)
	return names
}

// says fails the test unless a text has all of the parts.
func says(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing from:\n%s", part, text)
		}
	}
}

// silentOn fails the test if a text has one of the parts.
func silentOn(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if strings.Contains(text, part) {
			t.Errorf("%q is in:\n%s", part, text)
		}
	}
}
