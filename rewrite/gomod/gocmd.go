package gomod

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Options says how the go command is run. The zero value is the user's environment.
type Options struct {
	Env []string // as in os/exec; nil: this process's
	Mod string   // the -mod flag that the run was given; "": none
	// Record is what Require returned when it was run for this module before; it returns one for both.
	Record string
}

// module is a main module and how the go command builds it.
type module struct {
	dir      string   // the folder of go.mod
	work     string   // the go.work file; "": no workspace
	vendored bool     // -mod=vendor is on, by flag or by default
	env      []string // with GOFLAGS cleaned
}

// goEnv is what the go command says about a folder.
type goEnv struct{ GOMOD, GOWORK, GOFLAGS string }

// openModule asks the go command about the module in dir.
func openModule(ctx context.Context, dir string, opts *Options) (*module, error) {
	if opts == nil {
		opts = &Options{}
	}
	env := opts.Env
	if env == nil {
		env = os.Environ()
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	m := &module{dir: dir, env: slices.Concat(env, []string{"GO111MODULE=on"})}
	ge, err := m.goEnv(ctx)
	if err != nil {
		return nil, err
	}
	if ge.GOMOD == "" || ge.GOMOD == os.DevNull {
		return nil, fmt.Errorf("%s %w", dir, ErrNoModule)
	}
	m.dir = filepath.Dir(ge.GOMOD)
	if ge.GOWORK != "off" {
		m.work = ge.GOWORK
	}
	flags, mod, err := cleanFlags(ge.GOFLAGS)
	if err != nil {
		return nil, err
	}
	if opts.Mod != "" {
		mod = opts.Mod
	}
	m.env = append(m.env, "GOFLAGS="+flags)
	m.vendored = mod == "vendor" || mod == "" && m.vendorsByDefault()
	return m, nil
}

func (m *module) goEnv(ctx context.Context) (ge goEnv, err error) {
	out, err := m.run(ctx, "env", "-json", "GOMOD", "GOWORK", "GOFLAGS")
	if err == nil {
		err = json.Unmarshal(out, &ge)
	}
	return ge, err
}

// cleanFlags takes -mod, -overlay and -modfile out of GOFLAGS, and returns the value of
// -mod. The last one is refused.
func cleanFlags(goflags string) (rest, mod string, err error) {
	var keep []string
	for _, f := range splitFlags(goflags) {
		name, value, _ := strings.Cut(strings.TrimLeft(strings.Trim(f, `'"`), "-"), "=")
		switch name {
		case "mod":
			mod = value
		case "overlay":
		case "modfile":
			return "", "", ErrModfileFlag
		default:
			keep = append(keep, f)
		}
	}
	return strings.Join(keep, " "), mod, nil
}

// splitFlags splits GOFLAGS at the spaces outside quotes. A quoted flag keeps its quotes.
func splitFlags(s string) []string {
	var list []string
	var quote rune
	start := -1
	for i, c := range s + " " {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case strings.ContainsRune(" \t\r\n", c):
			if start >= 0 {
				list = append(list, s[start:i])
			}
			start = -1
		case start < 0:
			start = i
			if c == '\'' || c == '"' {
				quote = c
			}
		}
	}
	if start >= 0 {
		list = append(list, s[start:])
	}
	return list
}

// vendorsByDefault is the go command's rule: a vendor folder, and a go line of 1.14 or later.
func (m *module) vendorsByDefault() bool {
	if _, err := os.Stat(filepath.Join(m.vendorDir(), "modules.txt")); err != nil {
		return false
	}
	if m.work != "" {
		return true
	}
	data, err := os.ReadFile(filepath.Join(m.dir, "go.mod"))
	return err == nil && allows(goLine(data), "1.14")
}

// vendorDir is the vendor folder, whether it exists or not.
func (m *module) vendorDir() string {
	if m.work != "" {
		return filepath.Join(filepath.Dir(m.work), "vendor")
	}
	return filepath.Join(m.dir, "vendor")
}

// run runs the go command in the module's folder. More environment goes in front of args,
// as NAME=VALUE.
func (m *module) run(ctx context.Context, args ...string) ([]byte, error) {
	env := slices.Clip(m.env)
	for len(args) > 0 && strings.Contains(args[0], "=") {
		env, args = append(env, args[0]), args[1:]
	}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = m.dir, append(env, "PWD="+m.dir)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &goError{args: args, stderr: stderr.String(), err: err}
	}
	return stdout.Bytes(), nil
}
