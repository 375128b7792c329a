package gomod

import (
	"context"
	"os"
	"path/filepath"
	"slices"

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

// workCopy is a copy of the workspace's go.work and go.work.sum, in which the go command
// may write.
type workCopy struct {
	*scratch
	name   string // of the copy of go.work
	before []byte // go.work.sum as it was; nil: there is none
}

func (s *scratch) copyWork() (*workCopy, error) {
	work, err := s.readWork()
	if err != nil {
		return nil, err
	}
	before, err := readFile(s.work + ".sum")
	if err != nil {
		return nil, err
	}
	name, err := s.write(".work", modfile.Format(work.Syntax))
	if err != nil {
		return nil, err
	}
	if before != nil {
		err = os.WriteFile(name+".sum", before, 0o666)
	}
	return &workCopy{s, name, before}, err
}

// list runs go list in the copy, with the given files as an overlay.
func (w *workCopy) list(ctx context.Context, files map[string][]byte, args ...string) ([]byte, error) {
	overlay, err := w.overlay(files)
	if err != nil {
		return nil, err
	}
	return w.module.run(ctx, append([]string{"GOWORK=" + w.name, "list", overlay}, args...)...)
}

// workSum loads the module with its new files in a copy of the workspace, and returns
// go.work.sum as it was and as the go command leaves it.
func (s *scratch) workSum(ctx context.Context, files map[string][]byte, r *resolution) (before, after []byte, err error) {
	w, err := s.copyWork()
	if err != nil {
		return nil, nil, err
	}
	if _, err := w.list(ctx, files, append(slices.Clone(r.deps), r.patterns...)...); err != nil {
		return nil, nil, err
	}
	after, err = readFile(w.name + ".sum")
	return w.before, after, err
}

// workChanges lists the modules whose version in the whole workspace the new files
// change: siblings share their versions.
func (s *scratch) workChanges(ctx context.Context, files map[string][]byte) ([]Change, error) {
	w, err := s.copyWork()
	if err != nil {
		return nil, err
	}
	args := []string{"-m", "-f", "{{.Path}} {{.Version}}", "all"}
	before, err := w.list(ctx, nil, args...)
	if err != nil {
		return nil, err
	}
	after, err := w.list(ctx, files, args...)
	return compareVersions(parseVersions(before), parseVersions(after)), err
}
