package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"text/template"

	"github.com/seed-4257438c/xray-instrument/integration/internal/postgres"
	"github.com/seed-4257438c/xray-instrument/integration/internal/proc"
)

// instance is a build that runs.
type instance struct {
	h       testing.TB
	values  map[string]string // what templates name
	addrs   map[string]string
	process *proc.Process
}

// start starts a build, with its traces sent to an address, and waits until it listens.
func start(h testing.TB, p *Program, b build, daemon string) *instance {
	dir := h.TempDir()
	in := &instance{h: h, addrs: map[string]string{}}
	addr := in.addr("")
	hostname, port, _ := net.SplitHostPort(addr)
	in.values = map[string]string{"Dir": dir, "Source": b.source, "Addr": addr, "Host": hostname, "Port": port}
	if p.Postgres {
		in.values["Database"] = postgres.Start(h).Create(h, "drive")
	}
	for name, text := range p.Files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			h.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(in.expand(text)), 0o644); err != nil {
			h.Fatal(err)
		}
	}
	env := map[string]string{"HOME": dir}
	if daemon != "" {
		env["AWS_XRAY_DAEMON_ADDRESS"] = daemon
	}
	for key, value := range p.Env {
		env[key] = in.expand(value)
	}
	if p.In != "" {
		dir = in.expand(p.In)
	}
	for _, args := range p.Before {
		cmd := exec.Command(b.binary, in.expandAll(args)...)
		cmd.Dir, cmd.Env = dir, environment(env)
		if out, err := cmd.CombinedOutput(); err != nil {
			h.Fatalf("%s %q: %v\n%s", p.Name, args, err, out)
		}
	}
	in.process = proc.Start(h, proc.Command{Path: b.binary, Args: in.expandAll(p.Args), Dir: dir, Env: environment(env)})
	in.process.AwaitTCP(h, addr)
	return in
}

// addr returns an address of loopback, the same for the same name.
func (in *instance) addr(name string) string {
	if in.addrs[name] == "" {
		in.addrs[name] = proc.FreeAddr(in.h)
	}
	return in.addrs[name]
}

// expand fills in a template of the list.
func (in *instance) expand(text string) string {
	t, err := template.New("").Option("missingkey=error").Funcs(template.FuncMap{"addr": in.addr}).Parse(text)
	if err != nil {
		in.h.Fatal(err)
	}
	var out strings.Builder
	if err := t.Execute(&out, in.values); err != nil {
		in.h.Fatal(err)
	}
	return out.String()
}

func (in *instance) expandAll(texts []string) []string {
	out := make([]string, len(texts))
	for i, text := range texts {
		out[i] = in.expand(text)
	}
	return out
}

// output returns what the program has printed.
func (in *instance) output() string { return in.process.Stdout() + in.process.Stderr() }
