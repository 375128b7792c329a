// Command xray-instrument rewrites Go programs so that they are traced by AWS
// X-Ray.
//
// This file is the command line and its exit codes; what a run does is package
// rewrite's.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/seed-4257438c/xray-instrument/internal/cachedir"
	"github.com/seed-4257438c/xray-instrument/rewrite"
	"github.com/seed-4257438c/xray-instrument/rewrite/load"
)

// The exit codes.
const (
	exitDone  = 0
	exitFound = 1 // -diff is not empty, or -check found something
	exitError = 2 // usage, or nothing could be done
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

const usage = `usage: xray-instrument [flags] [packages]
       xray-instrument config [flags]
       xray-instrument clean

Rewrites the packages (default: the one in the current directory) so that HTTP
requests, outbound calls, database statements and AWS calls are traced by AWS
X-Ray. Files are rewritten in place; -remove takes it all back.

The file .xray-instrument.yaml at a module's root holds settings of the module;
config prints what is in force there, and where each value comes from. clean
removes what earlier runs have kept in the user's cache folder to save time.

`

// config is what the flags say.
type config struct {
	opts         rewrite.Options
	diff, json   bool
	verbose      bool
	dir          string
	base         string // the working folder, to which file names are relative
	tags, modArg string
	gate         gate
}

func run(args []string, stdout, stderr io.Writer) (code int) {
	defer func() { // a panic is a defect of this command: nothing has been written, and the user is told so
		if p := recover(); p != nil {
			fmt.Fprintf(stderr, "xray-instrument: internal error: %v\nNo file was changed. Please report this with the package that it happened on.\n", p)
			code = exitError
		}
	}()
	if speaksVet(args) {
		return vet(args, stdout, stderr)
	}
	command := ""
	if len(args) > 0 && (args[0] == "config" || args[0] == "clean") {
		command, args = args[0], args[1:]
	}
	cfg, err := parse(args, stderr)
	switch {
	case err != nil:
	case command == "config":
		if err = show(cfg, stdout); err == nil {
			return exitDone
		}
	case command == "clean":
		if err = clean(args); err == nil {
			return exitDone
		}
	}
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitDone
	case err != nil:
		fmt.Fprintf(stderr, "xray-instrument: %v\n", err)
		return exitError
	}
	out := newScreen(stderr)
	defer out.clear()
	return work(cfg, stdout, out)
}

// work carries out the runs that the arguments ask for.
func work(cfg *config, stdout io.Writer, stderr *screen) (code int) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var spent steps
	cfg.opts.Message = func(line string) { fmt.Fprintln(stderr, line) }
	cfg.opts.Progress, cfg.opts.Step = stderr.progress, spent.add
	list, err := cfg.jobs()
	if err != nil {
		fmt.Fprintf(stderr, "xray-instrument: %v\n", err)
		return exitError
	}
	do := instrument
	if cfg.gate.on {
		do = check
	}
	for _, j := range list {
		status, err := do(ctx, cfg.in(j), stdout, stderr)
		if j.files && errors.As(err, new(load.Excluded)) {
			continue // nothing to do for files of another system
		}
		if err != nil {
			fmt.Fprintf(stderr, "xray-instrument: %v\n", err)
		}
		code = max(code, status)
	}
	if cfg.verbose {
		spent.print(stderr)
	}
	return code
}

// clean removes what earlier runs have kept.
func clean(args []string) error {
	if len(args) > 0 {
		return errors.New("clean takes no flags and no packages: it empties the cache of all modules")
	}
	if dir := cachedir.Path(); dir != "" {
		return cachedir.Remove(dir)
	}
	return nil
}

// instrument runs the rewriter.
func instrument(ctx context.Context, cfg *config, stdout, stderr io.Writer) (int, error) {
	res, err := rewrite.Run(ctx, cfg.opts)
	if err != nil {
		return exitError, err
	}
	return print(cfg, res, stdout, stderr)
}

func parse(args []string, stderr io.Writer) (*config, error) {
	cfg := &config{}
	fs := flag.NewFlagSet("xray-instrument", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.BoolVar(&cfg.diff, "diff", false, "print a unified diff, write nothing; exit 1 if it is not empty")
	fs.BoolVar(&cfg.opts.Remove, "remove", false, "take the instrumentation out again")
	fs.BoolVar(&cfg.gate.on, "check", false, "report what is not traced and what uses the SDK wrongly, write nothing; exit 1 if there is anything")
	fs.StringVar(&cfg.gate.baseline, "baseline", "", "with -check, report only what is new since `file` was written")
	fs.StringVar(&cfg.gate.writeBaseline, "write-baseline", "", "with -check, accept what there is: write it to `file`")
	fs.StringVar(&cfg.gate.sarif, "sarif", "", "with -check, write a SARIF 2.1.0 document to `file`")
	fs.BoolVar(&cfg.verbose, "v", false, "say on standard error where the time went")
	fs.BoolVar(&cfg.json, "json", false, "print the report as JSON on standard output")
	fs.StringVar(&cfg.opts.Service, "service", "", "the service's `name` (default: the last element of the main package's path)")
	fs.StringVar(&cfg.opts.Rules, "rules", "", "only these rules or kinds, comma separated `list`; all but those with a leading -; with a leading +, those as well")
	fs.StringVar(&cfg.opts.Thread, "thread", "", "`scope` in which functions may gain a context parameter: module, package (only what no other module can call) or off (default: module if there is a command, else package)")
	fs.StringVar(&cfg.opts.API, "api", "", "`what` becomes of functions that other modules can call and that need a context: keep leaves them, wrap adds a twin with one (default: keep)")
	fs.StringVar(&cfg.opts.Cancel, "cancel", "", "`mode` of calls that could not be cancelled before: follow cancels them with the request, detach does not (default: follow)")
	fs.StringVar(&cfg.tags, "tags", "", "build `tags`, as for go build")
	fs.StringVar(&cfg.dir, "C", "", "change to `dir` first")
	fs.StringVar(&cfg.modArg, "mod", "", "module download `mode`, as for go build")
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stderr, usage)
		fs.SetOutput(stderr)
		fs.PrintDefaults()
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w; see xray-instrument -help", err)
	}
	return cfg, cfg.finish(fs.Args())
}

// finish checks the flags and completes the options.
func (c *config) finish(patterns []string) error {
	if err := c.opts.Check(); err != nil {
		return err
	}
	if c.diff && c.json {
		return errors.New("-diff and -json both print on standard output: give one of them")
	}
	dir, err := filepath.Abs(c.dir)
	if err != nil {
		return err
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("-C %s: no such folder", c.dir)
	}
	c.opts.Cache = cachedir.Path()
	c.base, c.opts.Dir, c.opts.Patterns, c.opts.DryRun = dir, dir, patterns, c.diff
	if c.tags != "" {
		c.opts.BuildFlags = append(c.opts.BuildFlags, "-tags="+c.tags)
	}
	if c.modArg != "" {
		c.opts.BuildFlags, c.opts.Mod = append(c.opts.BuildFlags, "-mod="+c.modArg), c.modArg
	}
	if c.opts.Remove && c.opts.Rules != "" {
		return errors.New("-remove takes everything out: -rules does not go with it")
	}
	return c.gate.validate(c)
}

// print prints what a run did.
func print(cfg *config, res *rewrite.Result, stdout, stderr io.Writer) (int, error) {
	for _, note := range res.Report.Notes {
		fmt.Fprintln(stderr, "note: "+note)
	}
	if !cfg.json {
		for _, s := range res.Report.Sites {
			if s.Status == "skipped" {
				fmt.Fprintf(stderr, "%s:%d:%d: %s: not traced: %s\n", filepath.FromSlash(s.File), s.Line, s.Column, s.Rule, s.Reason)
			}
		}
		for _, b := range res.Report.Blocked {
			fmt.Fprintf(stderr, "%d without a context: %s\n", b.Calls, b.Reason)
		}
		if line := summary(res.Report); line != "" {
			fmt.Fprintln(stderr, line)
		}
	}
	var out string
	code := exitDone
	var err error
	switch {
	case cfg.diff:
		if out = res.Diff(); out != "" {
			code = exitFound
		}
	case cfg.json:
		out, err = res.Report.JSON()
	}
	if err == nil {
		_, err = io.WriteString(stdout, out)
	}
	if err != nil {
		code = exitError
	}
	return code, err
}

// summary counts the sites in one line. There is none for a run that changes nothing
// and skips nothing: go generate and hooks repeat such runs all day.
func summary(r *rewrite.Report) string {
	count := map[string]int{}
	for _, s := range r.Sites {
		count[s.Status]++
	}
	if r.FilesChanged == 0 && count["skipped"] == 0 {
		return ""
	}
	var parts []string
	for _, status := range []string{"instrumented", "removed", "already", "skipped"} {
		if status != "removed" || count[status] > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count[status], status))
		}
	}
	return fmt.Sprintf("%s; %d packages, %d files changed", strings.Join(parts, ", "), r.Packages, r.FilesChanged)
}
