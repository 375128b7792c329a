// Command bench compares xray-instrument with what every tool of its sort has to
// pay: -diff with a bare go/packages load of the same packages, and go vet with the
// tool with go vet with an analyzer that does nothing. It measures processor
// seconds and peak memory, on a generated module of a hundred packages.
//
//	cd integration && go run ./bench
//
// The machine is usually busy with other things, so the two programs take turns
// and what counts is the ratio of each pair of runs. A bare load lists the
// packages and type-checks all of them from source, with their dependencies from
// export data: what every tool of this sort has to pay. It is built with the
// module around this one, so that both use the same version of go/packages.
//
// Two states of the module are measured: plain, where the run has to find out
// what requiring the X-Ray SDK means, and instrumented, where there is nothing to
// do. The build cache is warm in both. go vet is measured with nothing changed since
// the last run, and cold: no package, of the standard library neither, has a result
// of the tool yet.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("bench: ")
	pairs := flag.Int("n", 7, "how many `pairs` of runs")
	keep := flag.String("keep", "", "generate the module in this `folder` and leave it there")
	flag.Parse()
	if err := run(*pairs, *keep); err != nil {
		log.Fatal(err)
	}
}

// bench is what the runs share.
type bench struct {
	tool, bare, empty string // the programs
	tmp               string // a folder for copies of them
	dir               string // the generated module
	pairs             int
	copies            int // of programs made so far
}

// program is one of two that take turns.
type program struct {
	name    string
	args    []string
	prepare func() error // before each run, not measured
}

func run(pairs int, keep string) error {
	tmp, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	b := &bench{tool: filepath.Join(tmp, "xray-instrument"), bare: filepath.Join(tmp, "bareload"), empty: filepath.Join(tmp, "emptyvet"), tmp: tmp, dir: filepath.Join(tmp, "module"), pairs: pairs}
	if keep != "" {
		b.dir = keep
	}
	size, err := generate(b.dir, filepath.Join("..", "testdata", "example"), 100)
	if err != nil {
		return err
	}
	log.Printf("%d packages, %d files, %d lines in %s", size.packages, size.files, size.lines, b.dir)
	if err := b.build(); err != nil {
		return err
	}
	if err := b.all("plain"); err != nil {
		return err
	}
	if out, err := b.command(b.tool, "./...").CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return b.all("instrumented")
}

// all measures the module in one state.
func (b *bench) all(state string) error {
	load := program{name: "bare load", args: []string{b.bare, "./..."}}
	diff := program{name: "xray-instrument -diff", args: []string{b.tool, "-diff", "./..."}}
	check := program{name: "xray-instrument -check", args: []string{b.tool, "-check", "./..."}}
	if err := b.compare(state+" module", load, diff); err != nil {
		return err
	}
	if err := b.compare(state+" module", load, check); err != nil {
		return err
	}
	for _, cold := range []bool{false, true} {
		name := state + " module, go vet, nothing changed"
		if cold {
			name = state + " module, go vet, cold"
		}
		if err := b.compare(name, b.vet("empty analyzer", b.empty, cold), b.vet("xray-instrument", b.tool, cold)); err != nil {
			return err
		}
	}
	return nil
}

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
		b.copies++
		return os.WriteFile(copied, fmt.Appendf(text[:len(text):len(text)], "%d.%d", os.Getpid(), b.copies), 0o755)
	}}
}

// build builds the programs and fills the build cache.
func (b *bench) build() error {
	folder, err := filepath.Abs(filepath.Join("bench", "testdata"))
	if err != nil {
		return err
	}
	for _, args := range [][]string{
		{"build", "-o", b.tool, "./cmd/xray-instrument"},
		{"build", "-o", b.bare, filepath.Join(folder, "bareload", "main.go")}, // a file alone is built in the module of the working folder
		{"build", "-o", b.empty, filepath.Join(folder, "emptyvet", "main.go")},
	} {
		cmd := exec.Command("go", args...)
		cmd.Dir = ".."
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
		}
	}
	if out, err := b.command("go", "vet", "./...").CombinedOutput(); err != nil {
		return fmt.Errorf("the generated module: %w\n%s", err, out)
	}
	return nil
}

// command returns a command in the generated module.
func (b *bench) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = b.dir
	return cmd
}

// compare measures two programs in turns and prints what it found.
func (b *bench) compare(title string, programs ...program) error {
	var runs [2][]usage
	for i := range b.pairs + 1 {
		for j := range programs {
			j = (i + j) % 2 // each is first in every other pair
			if prepare := programs[j].prepare; prepare != nil {
				if err := prepare(); err != nil {
					return err
				}
			}
			u, err := measure(b.command(programs[j].args[0], programs[j].args[1:]...))
			if err != nil {
				return err
			}
			if i > 0 { // the first pair fills the caches
				runs[j] = append(runs[j], u)
			}
		}
	}
	report(os.Stdout, title, [2]string{programs[0].name, programs[1].name}, runs[0], runs[1])
	return nil
}
