package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"github.com/seed-4257438c/xray-instrument/analysis"
)

// show prints the settings that are in force, and where each comes from: those of
// the module around the working folder or, where there is none, of every module of
// the workspace.
func show(cfg *config, stdout io.Writer) error {
	if len(cfg.opts.Patterns) > 0 {
		return errors.New("config takes no packages: it prints the settings of the module in the working folder, or in that of -C")
	}
	mods := analysis.MainModules(cfg.opts.Dir)
	if own, ok := moduleAbove(cfg.opts.Dir); ok {
		mods = []string{own}
	}
	if len(mods) == 0 {
		return errors.New("go.mod file not found in current directory or any parent directory: settings are a module's")
	}
	for _, dir := range mods {
		set, err := analysis.SettingsIn(dir, cfg.opts.Flags, cfg.opts.BuildFlags)
		if err != nil {
			return errors.New(trim(err.Error(), cfg.opts.Dir))
		}
		if err := cfg.settings(set, stdout); err != nil {
			return err
		}
	}
	return nil
}

// settings prints the settings of one module.
func (c *config) settings(set *analysis.Settings, stdout io.Writer) error {
	w := tabwriter.NewWriter(stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "module %s\n", set.Module())
	for _, v := range set.Values() {
		fmt.Fprintf(w, "%s\t%s\t%s\n", v.Name, v.Text, trim(v.Origin, c.opts.Dir))
	}
	for _, d := range set.OwnIdioms() {
		fmt.Fprintf(w, "idiom\t%s (%s)\t%s\n", d.Name, d.Kind, d.Own.At)
	}
	return w.Flush()
}

// trim takes a folder away from the names of files.
func trim(words, dir string) string {
	return strings.ReplaceAll(words, dir+string(filepath.Separator), "")
}
