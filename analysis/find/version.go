package find

import (
	"go/types"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// lacks returns why a library is too old for what an idiom's traced side and its
// support code use of it, or "". The program's own version decides, which may be
// older than the catalog's. A package that cannot be seen from here, or of which only what
// others mention can, is not judged.
func (f *finder) lacks(d *rules.Idiom) string {
	for _, key := range f.needs(d) {
		path := keyPackage(key)
		if pkg := f.imported(path); pkg != nil && pkg.Complete() && pkg.Scope().Lookup(key[len(path)+1:]) == nil {
			return "the program's version of " + path + " has no " + key[len(path)+1:] + ", which the traced form uses: update it"
		}
	}
	return ""
}

// needs returns the keys of the libraries' functions, types and variables that an
// idiom's traced side and its support code name.
func (f *finder) needs(d *rules.Idiom) []string {
	if known, ok := f.needed[d]; ok {
		return known
	}
	var keys []string
	add := func(src string, refs []rules.Ref) {
		for _, ref := range refs {
			host, _, _ := strings.Cut(ref.Path, "/")
			if strings.Contains(host, ".") && !rules.IsSDK(rules.NormalSDK(ref.Path)) {
				keys = append(keys, ref.Path+"."+qualifiedName(src[ref.Pos:]))
			}
		}
	}
	if d.Family == "" {
		add(d.XRay.Source, d.XRay.Refs)
	}
	for _, name := range f.m.Catalog.Closure(d.XRay.Support()) {
		s := f.m.Catalog.Support[name]
		add(s.Source, s.Refs)
	}
	f.needed[d] = keys
	return keys
}

// qualifiedName returns the name in source that begins with "package.Name".
func qualifiedName(src string) string {
	_, name, _ := strings.Cut(src, ".")
	end := strings.IndexFunc(name, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
	if end >= 0 {
		name = name[:end]
	}
	return name
}

// imported returns a package that this one imports, directly or not, or nil.
func (f *finder) imported(path string) *types.Package {
	if f.imports == nil {
		f.imports = map[string]*types.Package{}
		var visit func(*types.Package)
		visit = func(pkg *types.Package) {
			for _, p := range pkg.Imports() {
				if f.imports[p.Path()] == nil {
					f.imports[p.Path()] = p
					visit(p)
				}
			}
		}
		visit(f.p.Types)
	}
	return f.imports[path]
}
