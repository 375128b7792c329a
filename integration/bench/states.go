package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// program is one of those that take turns.
type program struct {
	name    string
	args    []string
	env     []string
	prepare func() error // before each run, not measured
	after   func() error
}

// module measures a module in all states. file is the one that is changed.
func (b *bench) module(name, dir, file string) error {
	if out, err := b.command(dir, program{args: []string{"go", "build", "./..."}}).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	load := program{name: "bare load", args: []string{b.bare, "./..."}}
	before, err := read(dir)
	if err != nil {
		return err
	}
	whole := program{name: "xray-instrument", args: []string{b.tool, "./..."}, env: b.noCache(), after: func() error { return before.restore(dir) }}
	diff := program{name: "xray-instrument -diff", args: []string{b.tool, "-diff", "./..."}, env: b.noCache()}
	if err := b.compare(name+", plain", dir, load, whole, diff); err != nil {
		return err
	}
	if out, err := b.command(dir, program{args: []string{b.tool, "./..."}}).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	if err := b.compare(name+", instrumented, nothing changed, warm", dir, b.all(load, false)...); err != nil {
		return err
	}
	if err := b.compare(name+", instrumented, nothing changed, cold", dir, b.all(load, true)...); err != nil {
		return err
	}
	changed := b.all(load, false)
	for i := range changed {
		changed[i].prepare = func() error { return b.change(file) }
	}
	if err := b.compare(name+", instrumented, one file changed", dir, changed...); err != nil {
		return err
	}
	pkg := filepath.Dir(file)
	list := program{name: "go list -deps", args: []string{"go", "list", "-deps", pkg}}
	one := program{name: "xray-instrument -check", args: []string{b.tool, "-check", pkg}, env: b.cache(), prepare: func() error { return b.change(file) }}
	again := program{name: "the same, nothing changed", args: one.args, env: one.env}
	return b.compare(name+", instrumented, one package", dir, list, one, again)
}

// all returns the programs that look at a whole module, first what others are
// compared with.
func (b *bench) all(load program, cold bool) []program {
	env := b.cache()
	if cold {
		env = b.noCache()
	}
	return []program{
		load,
		{name: "go list -deps", args: []string{"go", "list", "-deps", "./..."}},
		{name: "go build", args: []string{"go", "build", "./..."}},
		b.vet("go vet, empty analyzer", b.empty, cold),
		b.vet("go vet, xray-instrument", b.tool, cold),
		{name: "xray-instrument -diff", args: []string{b.tool, "-diff", "./..."}, env: env},
		{name: "xray-instrument", args: []string{b.tool, "./..."}, env: env},
		{name: "xray-instrument -check", args: []string{b.tool, "-check", "./..."}, env: env},
	}
}

func (b *bench) cache() []string {
	return []string{"XRAY_INSTRUMENT_CACHE=" + filepath.Join(b.tmp, "cache")}
}
func (b *bench) noCache() []string { return []string{"XRAY_INSTRUMENT_CACHE=off"} }

// vet returns a run of go vet with a tool. Cold, each run is with a tool that it has
// not seen: the same program with a number behind its end.
func (b *bench) vet(name, tool string, cold bool) program {
	if !cold {
		return program{name: name, args: []string{"go", "vet", "-vettool=" + tool, "./..."}}
	}
	copied := filepath.Join(b.tmp, "cold-"+filepath.Base(tool))
	text, err := os.ReadFile(tool)
	return program{name: name, args: []string{"go", "vet", "-vettool=" + copied, "./..."}, prepare: func() error {
		if err != nil {
			return err
		}
		b.made++
		return os.WriteFile(copied, fmt.Appendf(text[:len(text):len(text)], "%d.%d", os.Getpid(), b.made), 0o755)
	}}
}

// change gives a file a function more.
func (b *bench) change(file string) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	b.made++
	_, err = fmt.Fprintf(f, "\nfunc changed%d() {}\n", b.made)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// command returns a program's command in a folder.
func (b *bench) command(dir string, p program) *exec.Cmd {
	cmd := exec.Command(p.args[0], p.args[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), p.env...)
	return cmd
}

// compare measures programs in turns and prints what it found, with the ratios to the
// first.
func (b *bench) compare(title, dir string, programs ...program) error {
	runs := make([][]usage, len(programs))
	for turn := range b.turns + 1 {
		for j := range programs {
			j = (turn + j) % len(programs) // each is first in some turn
			u, err := b.once(dir, programs[j])
			if err != nil {
				return err
			}
			if turn > 0 { // the first fills the caches
				runs[j] = append(runs[j], u)
			}
		}
	}
	report(os.Stdout, title, programs, runs)
	return nil
}

func (b *bench) once(dir string, p program) (usage, error) {
	if p.prepare != nil {
		if err := p.prepare(); err != nil {
			return usage{}, err
		}
	}
	u, err := measure(b.command(dir, p))
	if err == nil && p.after != nil {
		err = p.after()
	}
	return u, err
}
