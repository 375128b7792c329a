package torture

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Ground is the folder of the module that units are added to.
const Ground = "testdata/program"

// write makes a module of units in a folder, which is emptied first.
func write(dir string, units []Unit) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.CopyFS(dir, os.DirFS(Ground)); err != nil {
		return err
	}
	for _, u := range units {
		files, _ := u.Make()
		for name, text := range files {
			name = filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
				return err
			}
			if err := os.WriteFile(name, text, 0o666); err != nil {
				return err
			}
		}
	}
	return os.WriteFile(filepath.Join(dir, "main.go"), command(units), 0o666)
}

// command is the program that runs all units.
func command(units []Unit) []byte {
	var imports, calls strings.Builder
	for _, u := range units {
		fmt.Fprintf(&imports, "\t%q\n", "example.com/torture/"+u.Name())
		fmt.Fprintf(&calls, "\trun(%q, %s.Run)\n", u.Name(), u.Name())
	}
	return fmt.Appendf(nil, `package main

import (
	"os"

	"example.com/torture/env"
%s)

func main() {
%s	if err := env.Write(os.Args[1]); err != nil {
		panic(err)
	}
}

func run(unit string, f func()) {
	defer func() {
		if p := recover(); p != nil {
			env.Print(unit, "panic", p)
		}
	}()
	f()
}
`, imports.String(), calls.String())
}

// failed is a command that did not end with status 0.
type failed struct {
	command, output string
	status          int
}

func (f *failed) Error() string {
	return fmt.Sprintf("%s: status %d\n%s", f.command, f.status, f.output)
}

// runIn runs a command in a folder and returns what it wrote on standard output and standard error.
func runIn(dir, name string, args ...string) (stdout, stderr string, err error) {
	return runWith(nil, dir, name, args...)
}

// runWith is runIn with more in the environment.
func runWith(env []string, dir, name string, args ...string) (stdout, stderr string, err error) {
	cmd := exec.Command(name, args...)
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &errs
	cmd.Env = append(append(os.Environ(), "GOFLAGS=-buildvcs=false", "GOWORK=off"), env...)
	kill := time.AfterFunc(5*time.Minute, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	if err = cmd.Start(); err == nil {
		err = cmd.Wait()
	}
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = &failed{filepath.Base(name) + " " + strings.Join(args, " "), out.String() + errs.String(), exit.ExitCode()}
	}
	return out.String(), errs.String(), err
}

// compile builds a module's program, without what costs the linker much.
func compile(dir, program string) error {
	_, _, err := runIn(dir, "go", "build", "-ldflags=-s -w", "-o", program, ".")
	return err
}

// vet type-checks a module with its tests.
func vet(dir string) error {
	_, _, err := runIn(dir, "go", "vet", "-asmdecl", "./...")
	return err
}

// logs runs a program and returns what each unit printed.
func logs(dir, program string) (map[string]string, error) {
	file := program + ".log"
	if _, _, err := runIn(dir, program, file); err != nil {
		return nil, err
	}
	text, err := os.ReadFile(file)
	list := map[string]string{}
	for line := range strings.Lines(string(text)) {
		unit, rest, _ := strings.Cut(line, ": ")
		list[unit] += rest
	}
	return list, err
}

var unitName = regexp.MustCompile(`\bu\d{3,}\b`)

// named returns the units whose names occur in a text.
func named(units []Unit, text string) []Unit {
	seen := map[string]bool{}
	for _, name := range unitName.FindAllString(text, -1) {
		seen[name] = true
	}
	var list []Unit
	for _, u := range units {
		if seen[u.Name()] {
			list = append(list, u)
		}
	}
	return list
}
