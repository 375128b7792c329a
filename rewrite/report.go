package rewrite

import (
	"path/filepath"
	"sort"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/load"
)

// Report says what became of every site. Its JSON form is the command's -json.
type Report struct {
	Sites        []Site     `json:"sites"`
	Threaded     []Threaded `json:"threaded"`
	Blocked      []Blocked  `json:"blocked,omitempty"`
	Packages     int        `json:"packages"`
	FilesChanged int        `json:"files_changed"`
	// Notes are what a reviewer should know beside the sites: settings that the
	// run made, packages that it could not look at.
	Notes []string `json:"notes,omitempty"`
}

// Site is one line of the report. File is relative to the module's root, with
// slashes; Line and Column, counted from 1 in bytes, are those before the run.
type Site struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Kind   string `json:"kind"`
	Rule   string `json:"rule"`
	Status string `json:"status"`
	Reason string `json:"reason"`
}

// Threaded is a function that gained a context parameter.
type Threaded struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Func string `json:"func"`
}

// Blocked is what keeps a context from calls: the function that would have to
// change, why it does not, and where and how that could be mended by hand.
type Blocked struct {
	Reason string `json:"reason"`
	Calls  int    `json:"calls"`
}

// add notes the sites of a package.
func (r *run) add(w *work) {
	for _, s := range w.res.Sites {
		if s.File.Reason == find.Excluded {
			continue
		}
		site := r.report.site(w.pkg, w.pos, s)
		if r.opts.Remove && s.Status == find.Traceable {
			site.Status = "removed"
		}
		offset := int(s.Pos - s.File.Syntax.FileStart)
		if s.Root != nil && r.threaded.inserted(s.File.Path, offset, offset+int(s.Root.End()-s.Root.Pos())) {
			continue // it stands for the context that a call was to be given
		}
		if line, column, ok := r.threaded.original(s.File.Path, offset); ok {
			site.Line, site.Column = line, column
		}
		if why := r.threaded.reason(s.File.Path, site.Line); why != nil && s.Reason == find.NoContext {
			site.Reason += ": " + why.String()
		}
		r.report.Sites = append(r.report.Sites, site)
	}
}

// site returns a site as the report has it.
func (r *Report) site(pkg *load.Package, p *find.Package, s *find.Site) Site {
	pos := p.Fset.PositionFor(s.Pos, filepath.Dir(s.File.Path) != pkg.Dir) // a cgo file's generated form points to its source
	return Site{
		File: relative(pkg.Module.Dir, pos.Filename), Line: pos.Line, Column: pos.Column,
		Kind: string(s.Kind), Rule: s.Rule, Status: string(s.Status), Reason: s.Reason,
	}
}

func relative(root, name string) string {
	if rel, err := filepath.Rel(root, name); err == nil {
		name = rel
	}
	return filepath.ToSlash(name)
}

func (r *Report) sort() {
	sort.SliceStable(r.Sites, func(i, j int) bool {
		a, b := r.Sites[i], r.Sites[j]
		if a.File != b.File {
			return a.File < b.File
		}
		if a.Line != b.Line {
			return a.Line < b.Line
		}
		return a.Column < b.Column
	})
	sort.Slice(r.Blocked, func(i, j int) bool {
		a, b := r.Blocked[i], r.Blocked[j]
		if a.Calls != b.Calls {
			return a.Calls > b.Calls
		}
		return a.Reason < b.Reason
	})
	sort.SliceStable(r.Threaded, func(i, j int) bool {
		a, b := r.Threaded[i], r.Threaded[j]
		if a.File != b.File {
			return a.File < b.File
		}
		return a.Line < b.Line
	})
	sort.Strings(r.Notes)
	if r.Sites == nil {
		r.Sites = []Site{}
	}
	if r.Threaded == nil {
		r.Threaded = []Threaded{}
	}
}
