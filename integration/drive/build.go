package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-4257438c/xray-instrument/integration/internal/tool"
)

// build is a program as it is, or rewritten.
type build struct {
	source string // the module's folder
	binary string
}

// builds returns the program as it is and rewritten.
func builds(h testing.TB, p *Program, command, from string) (plain, traced build) {
	plain, traced = compile(h, p, source(h, p, from), ""), compile(h, p, source(h, p, from), command)
	return plain, traced
}

// source returns the folder of a new copy of the program's module.
func source(h testing.TB, p *Program, from string) string {
	if p.Dir != "" {
		return filepath.Join(tool.Copy(h, p.Dir), p.Module)
	}
	owner, name, _ := strings.Cut(p.Repo, "/")
	dir := filepath.Join(h.TempDir(), name)
	tool.Run(h, ".", "git", "clone", "-q", "-n", strings.NewReplacer("{owner}", owner, "{name}", name).Replace(from), dir)
	tool.Run(h, dir, "git", "read-tree", p.Commit)
	// A partial clone may lack large files that no build needs, which a checkout would not forgive.
	checkout := exec.Command("git", "checkout-index", "-a", "-f", "-q")
	checkout.Dir = dir
	if out, err := checkout.CombinedOutput(); err != nil {
		h.Logf("%s: not all files are there: %s", p.Name, out)
	}
	return filepath.Join(dir, p.Module)
}

// compile builds the program in a folder, rewritten if there is a command for it.
func compile(h testing.TB, p *Program, dir, command string) build {
	var tags []string
	if p.Tags != "" {
		tags = []string{"-tags=" + p.Tags}
	}
	if command != "" {
		flags := tags
		if _, err := os.Stat(filepath.Join(dir, "vendor", "modules.txt")); err == nil {
			flags = append(flags, "-mod=vendor") // the tool brings the folder up to date
		}
		tool.Run(h, dir, command, append(flags, "./...")...)
	}
	b := build{source: dir, binary: filepath.Join(h.TempDir(), p.Name)}
	main := p.Main
	if main == "" {
		main = "."
	}
	tool.Run(h, dir, "go", append(append([]string{"build", "-buildvcs=false", "-o", b.binary}, tags...), main)...)
	return b
}

// environment is what every program gets, beside its own.
func environment(extra map[string]string) []string {
	env := []string{"PATH=" + os.Getenv("PATH"), "TZ=UTC"}
	for key, value := range extra {
		env = append(env, key+"="+value)
	}
	return env
}
