package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"

	"github.com/seed-4257438c/xray-instrument/analysis/report"
	"github.com/seed-4257438c/xray-instrument/rewrite"
)

// gate is what the flags say of -check.
type gate struct {
	on            bool
	baseline      string // only what is new since this file was written
	writeBaseline string // accept what there is in this file
	sarif         string // write a SARIF document to this file
}

// validate checks the flags of -check against each other and the rest.
func (g *gate) validate(c *config) error {
	switch {
	case !g.on && (g.baseline != "" || g.writeBaseline != "" || g.sarif != ""):
		return errors.New("-baseline, -write-baseline and -sarif go with -check")
	case !g.on:
		return nil
	case c.diff || c.opts.Remove:
		return errors.New("-check writes and changes nothing: -diff and -remove do not go with it")
	case g.baseline != "" && g.writeBaseline != "":
		return errors.New("-baseline reads what is accepted, -write-baseline writes it: give one of them")
	}
	return nil
}

// file returns the path of a file that a flag names, relative to the folder of -C.
func (c *config) file(name string) string { return under(c.base, name) }

// check runs the gate.
func check(ctx context.Context, cfg *config, stdout, stderr io.Writer) (int, error) {
	var accepted *report.Baseline
	if cfg.gate.baseline != "" { // before the work: a broken file costs no time
		var err error
		if accepted, err = report.ReadBaseline(cfg.file(cfg.gate.baseline)); err != nil {
			return exitError, err
		}
	}
	res, err := rewrite.Check(ctx, cfg.opts)
	if err != nil {
		return exitError, err
	}
	if name := cfg.gate.writeBaseline; name != "" {
		if err := report.WriteBaseline(cfg.file(name), res.Diagnostics); err != nil {
			return exitError, err
		}
		fmt.Fprintf(stderr, "%d findings accepted in %s\n", len(res.Diagnostics), name)
		return status(nil, res), nil
	}
	ds, known := res.Diagnostics, ""
	if accepted != nil {
		ds = accepted.New(ds)
		known = fmt.Sprintf(", %d more accepted", len(res.Diagnostics)-len(ds))
		if n := gone(accepted, res); n > 0 {
			known += fmt.Sprintf("; %d accepted are gone: write the baseline anew", n)
		}
	}
	if err := cfg.print(ds, res, stdout, stderr); err != nil {
		return exitError, err
	}
	fmt.Fprintf(stderr, "%d not traced or wrong%s; %d packages\n", len(ds), known, len(res.Packages))
	return status(ds, res), nil
}

// gone counts what the baseline accepts of the packages looked at and is no longer
// there.
func gone(accepted *report.Baseline, res *rewrite.Checked) int {
	n := 0
	for _, id := range accepted.Gone(res.Diagnostics) {
		if slices.Contains(res.Packages, id.Package) && !slices.Contains(res.Broken, id.Package) {
			n++
		}
	}
	return n
}

// status is that of the gate: it is not open for a package that could not be
// looked at.
func status(ds []report.Diagnostic, res *rewrite.Checked) int {
	if len(ds) > 0 || len(res.Broken) > 0 {
		return exitFound
	}
	return exitDone
}

// print writes the diagnostics in the forms that are asked for.
func (c *config) print(ds []report.Diagnostic, res *rewrite.Checked, stdout, stderr io.Writer) error {
	for _, pkg := range res.Broken {
		fmt.Fprintf(stderr, "package %s does not compile and was not looked at\n", pkg)
	}
	if c.gate.sarif != "" {
		doc, err := report.SARIF(ds, res.Rules(), report.Info{
			Version: version(), URI: "https://github.com/seed-4257438c/xray-instrument",
			Source: func(file string) ([]byte, error) {
				return os.ReadFile(filepath.Join(res.Root, filepath.FromSlash(file)))
			},
		})
		if err != nil {
			return err
		}
		if err := report.WriteFile(c.file(c.gate.sarif), doc); err != nil {
			return err
		}
	}
	if c.json {
		return report.JSON(stdout, ds, res.Root)
	}
	return report.Text(stderr, ds, func(file string) string {
		name := filepath.Join(res.Root, filepath.FromSlash(file))
		if rel, err := filepath.Rel(c.base, name); err == nil {
			return rel
		}
		return name
	})
}

// version returns the version that the command was built as.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return ""
}
