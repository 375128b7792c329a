// Command bench measures what xray-instrument costs, beside what every tool of its sort
// has to pay. It prints a table for each module and state of it:
//
//	cd integration && go run ./bench
//	cd integration && go run ./bench -packages 10,100 -n 7 SOME/MODULE ...
//
// The modules are generated ones of 10, 100 and 1,000 packages, and copies of those in
// the folders that are given. The machine is usually busy with other things, so all
// programs of a table take turns, what counts is processor time, and the ratio is taken
// in each turn: of a program to the bare load next to it, or in the table of a single
// package to go list. A figure is the median of the turns, with the least and the most.
//
// A bare load lists the packages and type-checks all of them from source, with their
// dependencies from export data. It is built with the module around this one, so that
// both use the same version of go/packages. go vet with an empty analyzer is what go
// vet itself costs.
//
// The states of a module:
//
//   - plain: the run that instruments it, with its proof, is taken back after each turn
//   - instrumented, warm: the same was looked at before, by the tool and by go vet
//   - instrumented, cold: neither remembers anything. The build cache is warm all the same:
//     what compiling costs is no matter of the tool
//   - one file changed: before each program, so that each pays for what follows from it
//   - one package: the same, and that package alone is looked at, as hooks do
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("bench: ")
	turns := flag.Int("n", 5, "how many `turns`")
	packages := flag.String("packages", "10,100,1000", "generate modules of so many packages, comma separated `list`")
	flag.Parse()
	if err := run(*turns, *packages, flag.Args()); err != nil {
		log.Fatal(err)
	}
}

// bench is what the runs share.
type bench struct {
	tool, bare, empty string // the programs
	tmp               string // a folder for all that is written
	turns             int
	made              int // copies and changes so far
}

func run(turns int, packages string, folders []string) error {
	tmp, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	if tmp, err = filepath.EvalSymlinks(tmp); err != nil {
		return err
	}
	b := &bench{tool: filepath.Join(tmp, "xray-instrument"), bare: filepath.Join(tmp, "bareload"), empty: filepath.Join(tmp, "emptyvet"), tmp: tmp, turns: turns}
	if err := b.build(); err != nil {
		return err
	}
	for _, n := range strings.FieldsFunc(packages, func(c rune) bool { return c == ',' }) {
		count, err := strconv.Atoi(n)
		if err != nil || count < 10 {
			return fmt.Errorf("-packages %s: a number from 10 on", n)
		}
		dir := filepath.Join(tmp, "generated"+n)
		size, err := generate(dir, filepath.Join("..", "testdata", "example"), count)
		if err != nil {
			return err
		}
		log.Printf("%s: %d packages, %d files, %d lines", filepath.Base(dir), size.packages, size.files, size.lines)
		if err := b.module(filepath.Base(dir), dir, filepath.Join(dir, "store00", "store1.go")); err != nil {
			return err
		}
	}
	for i, folder := range folders {
		dir := filepath.Join(tmp, fmt.Sprintf("given%d", i))
		if err := os.CopyFS(dir, os.DirFS(folder)); err != nil {
			return err
		}
		file, err := firstFile(dir)
		if err != nil {
			return err
		}
		if err := b.module(filepath.Base(folder), dir, file); err != nil {
			return err
		}
	}
	return nil
}

// firstFile returns a file of the first package of a module.
func firstFile(dir string) (string, error) {
	cmd := exec.Command("go", "list", "-f", "{{$dir := .Dir}}{{range .GoFiles}}{{$dir}}/{{.}}\n{{end}}", "./...")
	cmd.Dir = dir
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", dir, err)
	}
	for name := range strings.Lines(string(out)) {
		if name = strings.TrimSpace(name); name != "" {
			return filepath.FromSlash(name), nil
		}
	}
	return "", fmt.Errorf("%s: no Go files", dir)
}

// build builds the programs.
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
	return nil
}
