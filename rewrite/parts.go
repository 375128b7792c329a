package rewrite

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/analysis/report"
	"github.com/seed-4257438c/xray-instrument/rewrite/cache"
	"github.com/seed-4257438c/xray-instrument/rewrite/load"
)

// parts are what the gate found in each package the last time, by the packages' paths. While a
// package and all that it imports are what they were, nothing else is found in it: that
// depends on these files, on what the list of packages depends on, and perhaps on the
// survey. Such a package need not be type-checked again, nor proved to compile.
type parts struct {
	was, next map[string]*part     // was: those with today's keys
	keys      map[string]cache.Key // today's
	survey    cache.Key            // zero: not asked for yet
}

// part is what was found in one package.
type part struct {
	Key         cache.Key
	Survey      cache.Key           `json:",omitzero"` // zero: neither the package nor what it imports asked for it
	Diagnostics []report.Diagnostic `json:",omitempty"`
	Contextless []contextless       `json:",omitempty"` // with the index in Diagnostics
	Facts       *find.Facts         `json:",omitempty"`
}

func (l *keptList) partsKey() cache.Key {
	h := cache.NewHash()
	h.Add("parts", string(l.key[:]))
	return h.Key()
}

// openParts reads what was found in the packages of lists. Settings that name places of
// the module depend on more.
func (r *run) openParts(all *keptLists) {
	r.parts = nil
	if all == nil || slices.ContainsFunc(r.modules, func(m *module) bool { return !m.set.Alone() }) {
		return
	}
	p := &parts{was: map[string]*part{}, next: map[string]*part{}, keys: map[string]cache.Key{}}
	texts := map[string][]byte{}
	for _, l := range all.of {
		for _, f := range l.now {
			texts[f.Dir] = f.Text
		}
	}
	digests := r.prog.Digests(texts)
	for _, pkg := range r.prog.Ordered() {
		h := cache.NewHash()
		digest := digests[pkg.Path]
		h.Add(pkg.Path, string(digest[:]), fmt.Sprint(pkg.Root))
		if m := r.moduleOf(pkg); m != nil && pkg.Module.Main {
			h.Add(m.sdk.Path, r.service(pkg))
		}
		p.keys[pkg.Path] = h.Key()
	}
	for _, l := range all.of {
		var was map[string]*part
		r.kept().Get(l.partsKey(), &was)
		for path, is := range was {
			if is != nil && is.Key == p.keys[path] {
				p.was[path] = is
			}
		}
	}
	r.parts = p
}

// keepParts keeps what was found in the packages of lists.
func (r *run) keepParts(all *keptLists) {
	if r.parts == nil {
		return
	}
	for _, l := range all.of {
		of := map[string]*part{}
		for path := range l.list.Folders() {
			if p := r.parts.next[path]; p != nil {
				of[path] = p
			}
		}
		r.kept().Put(l.partsKey(), of)
	}
}

// surveyKey returns a key of what is known of the modules as a whole, zero if nothing has asked
// for it.
func (r *run) surveyKey() cache.Key {
	if r.parts.survey == (cache.Key{}) && slices.ContainsFunc(r.modules, func(m *module) bool { return m.survey != nil }) {
		h := cache.NewHash()
		for _, m := range r.modules {
			data, err := json.Marshal(r.survey(m))
			if err != nil {
				panic(err) // there are texts in it, and nothing else
			}
			h.Add(m.path, string(data))
		}
		r.parts.survey = h.Key()
	}
	return r.parts.survey
}

// holds reports whether what was found in a package would be found again.
func (r *run) holds(was *part) bool {
	if was == nil || was.Survey == (cache.Key{}) {
		return was != nil
	}
	for _, m := range r.modules {
		r.survey(m)
	}
	return was.Survey == r.surveyKey()
}

// part does with a package what look does, or takes what that found the last time.
func (r *run) part(pkg *load.Package, out *Checked, look func() error) error {
	p := r.parts
	if p == nil {
		return look()
	}
	first, lacking := len(out.Diagnostics), len(out.contextless)
	if was := p.was[pkg.Path]; r.holds(was) {
		for _, c := range was.Contextless {
			c.Index += first
			out.contextless = append(out.contextless, c)
		}
		out.Diagnostics = append(out.Diagnostics, was.Diagnostics...)
		if was.Facts != nil {
			r.found[pkg.Path] = was.Facts
		}
		p.next[pkg.Path] = was
		r.prog.Compiles(pkg.Path)
		return nil
	}
	if err := look(); err != nil {
		return err
	}
	now := &part{Key: p.keys[pkg.Path], Survey: r.surveyKey(), Diagnostics: slices.Clone(out.Diagnostics[first:]), Facts: r.found[pkg.Path]}
	for _, c := range out.contextless[lacking:] {
		c.Index -= first
		now.Contextless = append(now.Contextless, c)
	}
	p.next[pkg.Path] = now
	return nil
}
