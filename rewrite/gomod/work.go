package gomod

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// readWork parses the workspace's go.work, with every folder made absolute.
func (m *module) readWork() (*modfile.WorkFile, error) {
	data, err := os.ReadFile(m.work)
	if err != nil {
		return nil, err
	}
	f, err := modfile.ParseWork(m.work, data, nil)
	if err != nil {
		return nil, err
	}
	var dirs []string
	for _, u := range f.Use {
		dirs = append(dirs, u.Path)
	}
	for _, dir := range dirs {
		if err := f.DropUse(dir); err != nil {
			return nil, err
		}
	}
	f.Cleanup()
	for _, dir := range dirs {
		if err := f.AddUse(m.fromWork(dir), ""); err != nil {
			return nil, err
		}
	}
	for _, r := range f.Replace {
		if !modfile.IsDirectoryPath(r.New.Path) {
			continue
		}
		if err := f.AddReplace(r.Old.Path, r.Old.Version, m.fromWork(r.New.Path), ""); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (m *module) fromWork(dir string) string {
	if filepath.IsAbs(dir) {
		return dir
	}
	return filepath.Join(filepath.Dir(m.work), filepath.FromSlash(dir))
}

// replaceSiblings lets a go.mod stand for the whole workspace: the other modules are
// replaced by their folders, and the replacements of go.work hold.
func (m *module) replaceSiblings(f *modfile.File) error {
	if m.work == "" {
		return nil
	}
	work, err := m.readWork()
	if err != nil {
		return err
	}
	for _, r := range work.Replace {
		if err := f.AddReplace(r.Old.Path, r.Old.Version, r.New.Path, r.New.Version); err != nil {
			return err
		}
	}
	for _, u := range work.Use {
		data, err := os.ReadFile(filepath.Join(u.Path, "go.mod"))
		if err != nil {
			return err
		}
		path := modfile.ModulePath(data)
		if path == "" || path == f.Module.Mod.Path {
			continue
		}
		if err := f.AddReplace(path, "", u.Path, ""); err != nil {
			return err
		}
	}
	return nil
}

// workSum loads the module with its new files in a copy of the workspace, and returns
// go.work.sum as it was and as the go command leaves it.
func (s *scratch) workSum(ctx context.Context, files map[string][]byte, patterns []string) (before, after []byte, err error) {
	before, err = readFile(s.work + ".sum")
	if err != nil {
		return nil, nil, err
	}
	work, err := s.readWork()
	if err != nil {
		return nil, nil, err
	}
	name := filepath.Join(s.dir, "go.work")
	if err := os.WriteFile(name, modfile.Format(work.Syntax), 0o666); err != nil {
		return nil, nil, err
	}
	sum := name + ".sum"
	_ = os.Remove(sum)
	if before != nil {
		if err := os.WriteFile(sum, before, 0o666); err != nil {
			return nil, nil, err
		}
	}
	overlay, err := s.overlay(files)
	if err != nil {
		return nil, nil, err
	}
	args := append([]string{"GOWORK=" + name, "list", overlay, "-deps", "-test"}, patterns...)
	if _, err := s.module.run(ctx, args...); err != nil {
		return nil, nil, fmt.Errorf("the workspace of %s does not load with the SDK: %w", strings.TrimSuffix(s.work, ".work"), err)
	}
	after, err = readFile(sum)
	return before, after, err
}
