package gomod

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
)

// File is one file's new state. Before nil: it does not exist; After nil: it is deleted.
type File struct {
	Path          string // absolute
	Before, After []byte
}

// Change is a module whose selected version a plan changes, and with it perhaps the program.
type Change struct{ Path, From, To string }

// Plan is what becomes of a module's files. Nothing of it is written yet.
type Plan struct {
	SDK      SDK      // the version that is required
	Files    []File   // go.mod, go.sum and go.work.sum, as far as they change
	Changed  []Change // if there are any, the whole program has to be checked again
	ModFile  string   // for -modfile: a temporary copy of go.mod with go.sum beside it; "" in a workspace
	Tidy     bool     // go mod tidy had nothing to do before, and has nothing to do after
	Vendored bool     // the vendor folder has to follow: see Vendor
	Exact    bool     // of Drop: the files are what they were before Require
	// Record undoes the plan. It is one word, and is kept in the program, for Drop.
	Record string

	scratch *scratch
}

// Close removes the plan's temporary files.
func (p *Plan) Close() error { return p.scratch.Close() }

// Overlay returns the new files by path, as an overlay for loading the program. Unlike
// ModFile it also works in a workspace; -mod=readonly goes with it where the module is vendored.
func (p *Plan) Overlay() map[string][]byte {
	files := map[string][]byte{}
	for _, f := range p.Files {
		files[f.Path] = f.After
	}
	return files
}

// plan makes the edits, and loads the result offline.
func (s *scratch) plan(ctx context.Context, r *resolution) (*Plan, error) {
	var last error
	for _, want := range r.variants() {
		p := &Plan{SDK: r.sdk, Tidy: r.tidy, Vendored: s.vendored, Changed: r.changed, scratch: s}
		edited, err := s.edit(want, r)
		if err == nil {
			edited, err = s.verify(ctx, edited, r)
		}
		if err != nil {
			last = err
			continue
		}
		if s.work != "" {
			// Offline the whole graph may not be there to list, though the build has what it needs.
			if changed, err := s.workChanges(ctx, contents(edited)); err == nil {
				p.Changed = changed
			}
		}
		return p, p.finish(r, edited)
	}
	return nil, explain(r.sdk, last)
}

// edit makes the new go.mod and go.sum.
func (s *scratch) edit(want requirements, r *resolution) ([]editedFile, error) {
	edits, err := editMod(s.mod, want)
	if err != nil {
		return nil, err
	}
	sum := r.sum
	if !r.tidy {
		sum = slices.Concat(s.sum, []byte("\n"), r.sum) // nothing is taken out
	}
	return edited([]editedFile{
		{path: filepath.Join(s.module.dir, "go.mod"), before: s.mod, edits: edits},
		{path: filepath.Join(s.module.dir, "go.sum"), before: s.sum, edits: editSum(s.sum, sum)},
	})
}

// verify loads the new imports, or with them the whole program, as the user's go
// command will: read-only and without a network. In a workspace that may
// need checksums of go.work.sum, which are added to the files.
func (s *scratch) verify(ctx context.Context, files []editedFile, r *resolution) ([]editedFile, error) {
	if s.work == "" {
		overlay, err := s.overlay(contents(files))
		if err != nil {
			return nil, err
		}
		args := append([]string{"GOPROXY=off", "list", "-mod=readonly", overlay}, r.deps...)
		_, err = s.module.run(ctx, append(args, r.patterns...)...)
		return files, err
	}
	before, after, err := s.workSum(ctx, contents(files), r)
	if err != nil {
		return nil, err
	}
	sum, err := edited([]editedFile{{path: s.work + ".sum", before: before, edits: editSum(before, after)}})
	return append(files, sum...), err
}

// finish fills in what follows from the files.
func (p *Plan) finish(r *resolution, files []editedFile) error {
	for _, f := range files {
		p.Files = append(p.Files, File{f.path, f.before, f.after})
	}
	var err error
	if p.Record, err = newRecord(r, files); err != nil {
		return err
	}
	return p.writeModFile()
}

// writeModFile writes the new go.mod and go.sum where -modfile finds them.
func (p *Plan) writeModFile() error {
	s := p.scratch
	if s.work != "" {
		return nil
	}
	mod, sum := s.mod, s.sum
	for _, f := range p.Files {
		switch filepath.Base(f.Path) {
		case "go.mod":
			mod = f.After
		case "go.sum":
			sum = f.After
		}
	}
	var err error
	p.ModFile, err = s.writePair(mod, sum)
	return err
}

// editedFile is a file and what changes in it.
type editedFile struct {
	path          string
	before, after []byte
	edits         []edit
}

// edited makes the edits, and leaves out the files that have none.
func edited(list []editedFile) ([]editedFile, error) {
	var files []editedFile
	for _, f := range list {
		if len(f.edits) == 0 {
			continue
		}
		var ok bool
		if f.after, ok = apply(f.before, f.edits); !ok {
			return nil, fmt.Errorf("the edits of %s overlap", filepath.Base(f.path))
		}
		files = append(files, f)
	}
	return files, nil
}

func contents(files []editedFile) map[string][]byte {
	m := map[string][]byte{}
	for _, f := range files {
		m[f.path] = f.after
	}
	return m
}

func set(list []string) map[string]bool {
	m := map[string]bool{}
	for _, s := range list {
		m[s] = true
	}
	return m
}
