package gomod

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// project is a folder with a program that the tests give to the real go command.
type project struct {
	*testing.T
	dir string
	env []string
}

// newProject writes the files of a txtar archive.
func newProject(t *testing.T, archive string) *project {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p := &project{T: t, dir: dir, env: append(os.Environ(), "GOFLAGS=", "GOWORK=")}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		p.write(f.Name, string(f.Data))
	}
	return p
}

func (p *project) path(name string) string { return filepath.Join(p.dir, filepath.FromSlash(name)) }

func (p *project) write(name, text string) {
	p.Helper()
	if err := os.MkdirAll(filepath.Dir(p.path(name)), 0o777); err != nil {
		p.Fatal(err)
	}
	if err := os.WriteFile(p.path(name), []byte(text), 0o666); err != nil {
		p.Fatal(err)
	}
}

func (p *project) read(name string) string {
	p.Helper()
	data, err := os.ReadFile(p.path(name))
	if err != nil {
		p.Fatal(err)
	}
	return string(data)
}

// goCmd runs the go command in a folder of the project. Environment comes in front of args.
func (p *project) goCmd(dir string, args ...string) (string, error) {
	env := p.env
	for strings.Contains(args[0], "=") {
		env, args = append(env[:len(env):len(env)], args[0]), args[1:]
	}
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Env = p.path(dir), env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

func (p *project) mustGo(dir string, args ...string) {
	p.Helper()
	if out, err := p.goCmd(dir, args...); err != nil {
		p.Fatalf("go %v: %v\n%s", args, err, out)
	}
}

// snapshot reads every file of the project.
func (p *project) snapshot() map[string]string {
	p.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(p.dir, func(name string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(p.dir, name)
		files[filepath.ToSlash(rel)] = p.read(filepath.ToSlash(rel))
		return nil
	})
	if err != nil {
		p.Fatal(err)
	}
	return files
}

func (p *project) wantSnapshot(want map[string]string, when string) {
	p.Helper()
	got := p.snapshot()
	if maps.Equal(got, want) {
		return
	}
	for name, text := range got {
		if text != want[name] {
			p.Errorf("%s: %s is\n%.3000s\nwant\n%.3000s", when, name, text, want[name])
		}
	}
	for name := range want {
		if _, ok := got[name]; !ok {
			p.Errorf("%s: %s is missing", when, name)
		}
	}
}

// require plans the SDK that Choose chooses for the module in a folder.
func (p *project) require(dir string, opts *Options, pkgs ...string) *Plan {
	p.Helper()
	facts, err := Inspect(p.Context(), p.path(dir), p.options(opts))
	if err != nil {
		p.Fatal(err)
	}
	return p.requireSDK(dir, opts, Choose(facts), pkgs...)
}

func (p *project) requireSDK(dir string, opts *Options, sdk SDK, pkgs ...string) *Plan {
	p.Helper()
	before := p.snapshot()
	plan, err := p.tryRequire(dir, opts, sdk, pkgs...)
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() { plan.Close() })
	p.wantSnapshot(before, "after Require")
	return plan
}

func (p *project) tryRequire(dir string, opts *Options, sdk SDK, pkgs ...string) (*Plan, error) {
	var paths []string
	for _, pkg := range pkgs {
		paths = append(paths, sdk.Path+"/"+pkg)
	}
	return Require(p.Context(), p.path(dir), sdk, paths, p.options(opts))
}

func (p *project) drop(dir, record string) *Plan {
	p.Helper()
	plan, err := Drop(p.Context(), p.path(dir), record, p.options(nil))
	if err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() { plan.Close() })
	return plan
}

func (p *project) options(opts *Options) *Options {
	if opts == nil {
		opts = &Options{}
	}
	if opts.Env == nil {
		opts.Env = p.env
	}
	return opts
}

// commit writes the files of a plan.
func (p *project) commit(plan *Plan) {
	p.Helper()
	for _, f := range plan.Files {
		if f.After == nil {
			if err := os.Remove(f.Path); err != nil {
				p.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(f.Path, f.After, 0o666); err != nil {
			p.Fatal(err)
		}
	}
}

// wantBuilds builds and tests the module offline, in the two ways that matter, and makes sure that
// the go command has nothing to write.
func (p *project) wantBuilds(dir string) {
	p.Helper()
	before := p.snapshot()
	p.mustGo(dir, "GOPROXY=off", "build", "-o", os.DevNull, "./...")
	p.mustGo(dir, "GOPROXY=off", "vet", "./...")
	if _, err := os.Stat(p.path("go.work")); err != nil {
		p.mustGo(dir, "GOPROXY=off", "GOFLAGS=-mod=mod", "build", "-o", os.DevNull, "./...")
	}
	p.wantSnapshot(before, "after go build")
}

// wantTidy makes sure that go mod tidy has nothing to do.
func (p *project) wantTidy(dir string) {
	p.Helper()
	if out, err := p.goCmd(dir, "mod", "tidy", "-diff"); err != nil {
		p.Errorf("go mod tidy -diff: %v\n%.3000s", err, out)
	}
	p.mustGo(dir, "mod", "verify")
}
