package gomod

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// preparedName is the folder beside vendor in which the new one is made. The go command
// passes over it.
const preparedName = ".xray-instrument.vendor"

// Vendor makes the vendor folder that goes with the plan, beside the present one, which it
// leaves alone: folder is to be replaced by prepared, which belongs to the caller from then on. Sources
// are the program's files as they will be, by absolute path; nil: deleted. After [Require] they may be left out.
//
// Modules whose version does not change keep their files as they are, even if somebody changed
// or added some: only what comes new is copied from the module cache.
//
// Where the module is not vendored, both results are "".
func (p *Plan) Vendor(ctx context.Context, sources map[string][]byte) (folder, prepared string, err error) {
	if !p.Vendored {
		return "", "", nil
	}
	s := p.scratch
	folder = s.vendorDir()
	prepared = filepath.Join(filepath.Dir(folder), preparedName)
	if err := os.RemoveAll(prepared); err != nil {
		return "", "", fmt.Errorf("%w: %w", ErrVendor, err)
	}
	err = p.vendor(ctx, folder, prepared, sources)
	if err != nil {
		os.RemoveAll(prepared)
		return "", "", p.explainVendor(err)
	}
	return folder, prepared, nil
}

func (p *Plan) vendor(ctx context.Context, folder, prepared string, sources map[string][]byte) error {
	s := p.scratch
	files := p.Overlay()
	maps.Copy(files, sources)
	overlay, err := s.overlay(files)
	if err != nil {
		return err
	}
	kind := "mod"
	if s.work != "" {
		kind = "work"
	}
	if _, err := s.module.run(ctx, kind, "vendor", overlay, "-o", prepared); err != nil {
		return err
	}
	if _, err := os.Stat(prepared); errors.Is(err, fs.ErrNotExist) {
		// There is nothing to vendor: the go command makes no folder then.
		return os.Mkdir(prepared, 0o777)
	}
	return keepVendored(folder, prepared)
}

func (p *Plan) explainVendor(err error) error {
	var ge *goError
	if !errors.As(err, &ge) {
		return fmt.Errorf("%w: %w", ErrVendor, err)
	}
	if ge.unreachable() {
		return fmt.Errorf("%w, a module is missing (%s): run `go mod download` where there is a network, and run again", ErrVendor, ge.reason())
	}
	return fmt.Errorf("%w: %s; repair that with `go mod vendor`, and run again", ErrVendor, ge.reason())
}

// keepVendored copies the files of modules that stay from the old vendor folder over the new one,
// but for those of packages that nothing imports any more.
func keepVendored(old, made string) error {
	before, err := readVendored(old)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	after, err := readVendored(made)
	if err != nil {
		return err
	}
	return filepath.WalkDir(old, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(old, name)
		if err != nil {
			return err
		}
		file := filepath.ToSlash(rel)
		module, pkg := owner(file, before.modules), owner(file, before.packages)
		if module == "" || before.modules[module] != after.modules[module] || pkg != "" && after.packages[pkg] == "" {
			return nil
		}
		return keepFile(name, filepath.Join(made, rel), d)
	})
}

// keepFile makes a file or a symbolic link of the old folder the new folder's.
func keepFile(from, to string, d fs.DirEntry) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	if d.Type()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		_ = os.Remove(to)
		return os.Symlink(target, to)
	}
	info, err := d.Info()
	if err != nil {
		return err
	}
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.WriteFile(to, data, info.Mode().Perm()); err != nil {
		return err
	}
	return os.Chmod(to, info.Mode().Perm())
}

// vendored is what modules.txt says of a vendor folder.
type vendored struct {
	modules  map[string]string // versions, with replacements
	packages map[string]string // each package's path by itself
}

// readVendored reads the list of a vendor folder.
func readVendored(dir string) (*vendored, error) {
	data, err := os.ReadFile(filepath.Join(dir, "modules.txt"))
	if err != nil {
		return nil, err
	}
	v := &vendored{map[string]string{}, map[string]string{}}
	for line := range bytes.Lines(data) {
		text := strings.TrimSpace(string(line))
		// # PATH VERSION [=> PATH [VERSION]]
		if module, ok := strings.CutPrefix(text, "# "); ok {
			path, version, _ := strings.Cut(module, " ")
			v.modules[path] = version
		} else if !strings.HasPrefix(text, "#") {
			v.packages[text] = text
		}
	}
	return v, nil
}

// owner returns the module or package that a vendored file belongs to: the longest path that it lies
// under.
func owner(file string, paths map[string]string) string {
	for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
		if _, ok := paths[dir]; ok {
			return dir
		}
	}
	return ""
}
