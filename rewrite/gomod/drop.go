package gomod

import (
	"context"
	"maps"
	"path/filepath"
	"slices"

	"golang.org/x/mod/modfile"
)

// Drop plans the removal of the SDK from the module that holds dir, once the program
// does not import it any more: record is what [Require] returned. A requirement that was there
// before Require stays, and so does everything when there is no record.
//
// While go.mod and the checksums are as Require left them, the original bytes
// come back. A file that was changed since keeps what came with the SDK, which does no harm;
// of go.mod the direct requirement of the SDK is dropped then, and go mod tidy does the rest.
// Exact tells the two apart.
func Drop(ctx context.Context, dir, record string, opts *Options) (*Plan, error) {
	m, err := openModule(ctx, dir, opts)
	if err != nil {
		return nil, err
	}
	s, err := newScratch(m, nil)
	if err != nil {
		return nil, err
	}
	p := &Plan{scratch: s, Vendored: m.vendored, Exact: true}
	if err := p.drop(record); err != nil {
		s.Close()
		return nil, err
	}
	return p, nil
}

func (p *Plan) drop(record string) error {
	var steps []step
	if record != "" {
		var err error
		if steps, err = decodeRecord(record); err != nil {
			return err
		}
	}
	keepSums := false
	for _, name := range p.scratch.fileNames() {
		before, err := readFile(name)
		if err != nil {
			return err
		}
		after, exact := undoSteps(filepath.Base(name), before, steps)
		switch {
		case filepath.Base(name) == "go.mod" && !exact:
			if after, err = dropDirect(before, steps); err != nil {
				return err
			}
			keepSums = true
		case keepSums:
			after = before // for the requirements that stay
		}
		p.Exact = p.Exact && exact
		if (before == nil) != (after == nil) || string(before) != string(after) {
			p.Files = append(p.Files, File{name, before, after})
		}
	}
	return p.writeModFile()
}

// fileNames lists the files that Require may change, go.mod first.
func (s *scratch) fileNames() []string {
	list := []string{filepath.Join(s.module.dir, "go.mod"), filepath.Join(s.module.dir, "go.sum")}
	if s.work != "" {
		list = append(list, s.work+".sum")
	}
	return list
}

// undoSteps undoes the steps of one file, the newest first. If one of them does
// not apply, the file stays as it is.
func undoSteps(name string, data []byte, steps []step) (before []byte, exact bool) {
	before = data
	for _, s := range slices.Backward(steps) {
		f, changed := s.Files[name]
		if !changed {
			continue
		}
		var ok bool
		if before, ok = f.undo(before); !ok {
			return data, false
		}
	}
	return before, true
}

// dropDirect drops the direct requirement of an SDK that a step added.
func dropDirect(data []byte, steps []step) ([]byte, error) {
	f, err := modfile.Parse("go.mod", data, nil)
	if err != nil {
		return nil, err
	}
	want := maps.Clone(requirementsOf(f))
	for _, s := range steps {
		if r, known := want[s.SDK]; known && !r.indirect {
			delete(want, s.SDK)
		}
	}
	edits, err := editMod(data, want)
	if err != nil {
		return nil, err
	}
	out, _ := apply(data, edits)
	return out, nil
}
