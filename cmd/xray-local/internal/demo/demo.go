// Package demo shows what xray-instrument and xray-local do on an example: the order platform of
// the integration tests, five services that know nothing of X-Ray.
//
// A copy of them is instrumented, built and run, with stand-ins for PostgreSQL and AWS, and gets
// orders. The platform and the stand-ins are in other modules of the repository, so that this one
// has few dependencies; other modules' files can't be embedded, and so the demonstration needs a clone.
package demo

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// settings are what the copy of the platform is instrumented with.
//
//go:embed platform.yaml
var settings []byte

// Options say how to run.
type Options struct {
	Daemon string    // address of the collector
	Out    io.Writer // for what a person reads
}

// module is the path of the module whose clone is looked for.
const module = "module github.com/seed-4257438c/xray-instrument\n"

// Demo is a demonstration that is being prepared or runs.
type Demo struct {
	opts Options
	root string // of the clone
	dir  string // for everything that is made
}

// New finds the clone around the working folder and makes a temporary folder.
func New(opts Options) (*Demo, error) {
	root, err := clone()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "xray-local-demo-")
	if err != nil {
		return nil, fmt.Errorf("the demonstration needs a temporary folder: %w", err)
	}
	return &Demo{opts: opts, root: root, dir: dir}, nil
}

// Close removes everything that was made.
func (d *Demo) Close() error { return os.RemoveAll(d.dir) }

// clone returns the root of the repository around the working folder.
func clone() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(text), module) {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("-demo works in a clone of the repository only: git clone https://github.com/seed-4257438c/xray-instrument")
		}
		dir = parent
	}
}

// Run prepares the platform, starts it, and sends orders until the context ends. Ready is called
// when the first order is about to be sent.
func (d *Demo) Run(ctx context.Context, ready func()) error {
	source := filepath.Join(d.root, "integration", "streamline")
	platform := filepath.Join(d.dir, "platform")
	d.say("Instrumenting a copy of five services that know nothing of X-Ray ...")
	if err := os.CopyFS(platform, os.DirFS(source)); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(platform, ".xray-instrument.yaml"), settings, 0o600); err != nil {
		return err
	}
	tool := filepath.Join(d.dir, "xray-instrument"+exe())
	if _, err := d.command(ctx, d.root, "go", "build", "-buildvcs=false", "-o", tool, "./cmd/xray-instrument"); err != nil {
		return err
	}
	report, err := d.command(ctx, platform, tool, "./...")
	if err != nil {
		return err
	}
	summary, err := summarize(source, platform)
	if err != nil {
		return err
	}
	d.say("%s%s\nBuilding them, and stand-ins for PostgreSQL and AWS (the first time this takes a few minutes) ...", summary, lastLine(report))
	bin := filepath.Join(d.dir, "bin") + string(filepath.Separator)
	if _, err := d.command(ctx, platform, "go", "build", "-buildvcs=false", "-o", bin, "./cmd/..."); err != nil {
		return err
	}
	if _, err := d.command(ctx, filepath.Join(d.root, "integration"), "go", "build", "-buildvcs=false", "-o", bin, "./standins"); err != nil {
		return err
	}
	p, err := start(ctx, bin, d.dir, d.opts.Daemon)
	if err != nil {
		return err
	}
	defer p.stop()
	ready()
	return p.orders(ctx)
}

func (d *Demo) say(format string, args ...any) { fmt.Fprintf(d.opts.Out, format+"\n", args...) }

func exe() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
