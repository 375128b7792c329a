package thread

import (
	"github.com/seed-4257438c/xray-instrument/analysis/edit"
	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// editor makes the edits of one package.
type editor struct {
	plan  *Plan
	p     *find.Package
	names *edit.Package
	keys  map[*find.File][]string
}

func (plan *Plan) editor(p *find.Package) *editor {
	return &editor{plan: plan, p: p, names: edit.New(p, nil), keys: map[*find.File][]string{}}
}

// take adds edits for a function to a file.
func (ed *editor) take(f *find.File, e *edit.Env, key string, edits []match.Edit) error {
	if err := ed.names.File(f).Take(nil, e, edits); err != nil {
		return err
	}
	for range edits {
		ed.keys[f] = append(ed.keys[f], key)
	}
	return nil
}

// files returns what was taken, with the import lines that it needs.
func (ed *editor) files(into Files) {
	for _, f := range ed.p.Files {
		fl := ed.names.Edited(f)
		if fl == nil {
			continue
		}
		lines, _ := fl.ImportEdits()
		out := &File{Path: f.Path, Before: f.Src, Edits: append(append([]match.Edit(nil), fl.Edits...), lines...), Keys: ed.keys[f]}
		for range lines {
			out.Keys = append(out.Keys, "")
		}
		into[f.Path] = out
	}
}
