// Command bench compares xray-instrument -diff with a bare go/packages load of the
// same packages: processor seconds and peak memory, on a generated module of a
// hundred packages.
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
// do. The build cache is warm in both.
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
	tool, bare string // the programs
	dir        string // the generated module
	pairs      int
}

func run(pairs int, keep string) error {
	tmp, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	b := &bench{tool: filepath.Join(tmp, "xray-instrument"), bare: filepath.Join(tmp, "bareload"), dir: filepath.Join(tmp, "module"), pairs: pairs}
	if keep != "" {
		b.dir = keep
	}
	size, err := generate(b.dir, filepath.Join("..", "testdata", "example"))
	if err != nil {
		return err
	}
	log.Printf("%d packages, %d files, %d lines in %s", size.packages, size.files, size.lines, b.dir)
	if err := b.build(); err != nil {
		return err
	}
	if err := b.compare("plain"); err != nil {
		return err
	}
	if out, err := b.command(b.tool, "./...").CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return b.compare("instrumented")
}

// build builds both programs and fills the build cache.
func (b *bench) build() error {
	loader, err := filepath.Abs(filepath.Join("bench", "testdata", "bareload", "main.go"))
	if err != nil {
		return err
	}
	for _, args := range [][]string{
		{"build", "-o", b.tool, "./cmd/xray-instrument"},
		{"build", "-o", b.bare, loader}, // a file alone is built in the module of the working folder
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

// compare measures both programs in turns and prints what it found.
func (b *bench) compare(state string) error {
	programs := [2][]string{{b.bare, "./..."}, {b.tool, "-diff", "./..."}}
	var runs [2][]usage
	for i := range b.pairs + 1 {
		for j := range programs {
			j = (i + j) % 2 // each is first in every other pair
			u, err := measure(b.command(programs[j][0], programs[j][1:]...))
			if err != nil {
				return err
			}
			if i > 0 { // the first pair fills the caches
				runs[j] = append(runs[j], u)
			}
		}
	}
	report(os.Stdout, state, runs[0], runs[1])
	return nil
}
