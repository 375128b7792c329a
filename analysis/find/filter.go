package find

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// Filter tells, without type-checking, which packages can contain a site: those
// that reach a package of the catalog and whose files mention a name by which an
// idiom, or a function that forwards to one, is recognised. Both are sound: an
// object cannot be used without its package being reached, nor without its name
// being written.
type Filter struct {
	paths  map[string]bool
	family []*rules.Idiom
	names  [][]byte
}

// common packages that every program reaches, and that no idiom is recognised by
// alone.
var common = map[string]bool{"context": true, "io": true, "net": true, "net/url": true}

// NewFilter returns the filter of a catalog.
func NewFilter(c *rules.Catalog) *Filter {
	f := &Filter{paths: map[string]bool{"context": true}} // by which background work reaches traced calls
	names := map[string]bool{"Background": true, "TODO": true, "context.Context": true, "RoundTripper": true}
	for key, carrier := range c.Carriers {
		if carrier.Blind || carrier.Work { // it is found where it is given as a context
			name := key[strings.LastIndexByte(key, '.')+1:]
			names[name], f.paths[keyPackage(strings.TrimPrefix(key, "*"))] = true, true
		}
	}
	for _, d := range c.Idioms {
		if d.Family != "" {
			f.family = append(f.family, d)
		}
		for _, b := range []*rules.Body{d.Plain, d.XRay} {
			for _, ref := range b.Refs {
				switch {
				case ref.Path != "" && !common[ref.Path]:
					f.paths[ref.Path] = true
				case ref.Object != "" && !strings.HasPrefix(ref.Object, "context."):
					names[ref.Object[strings.LastIndexByte(ref.Object, '.')+1:]] = true
					if pkg := keyPackage(ref.Object); !common[pkg] {
						f.paths[pkg] = true
					}
				}
			}
		}
	}
	for key := range unsupported {
		names[key[strings.LastIndexByte(key, '.')+1:]] = true
		f.paths[keyPackage(key)] = true
	}
	for n := range names {
		f.names = append(f.names, []byte(n))
	}
	return f
}

// keyPackage returns the package's path of an object's key. The last element of a path
// may have dots, as in gopkg.in/mgo.v2: what is behind it is exported, and has a capital.
func keyPackage(key string) string {
	slash := strings.LastIndexByte(key, '/') + 1
	for i, c := range key[slash:] {
		if next, _ := utf8.DecodeRuneInString(key[slash+i+1:]); c == '.' && unicode.IsUpper(next) {
			return key[:slash+i]
		}
	}
	return key[:slash+strings.IndexByte(key[slash:], '.')]
}

// Reached reports whether a package that uses the package of this path, directly
// or not, can contain a site.
func (f *Filter) Reached(path string) bool {
	if f.paths[path] || f.paths[rules.NormalSDK(path)] {
		return true
	}
	for _, d := range f.family {
		if strings.HasPrefix(path, d.Family) {
			return true
		}
	}
	return false
}

// Members returns the names of the methods by which a site is recognised in packages
// that use the package of this path, directly or not. They are common words: in
// other packages they tell nothing.
func (f *Filter) Members(path string) []string {
	var names []string
	for _, d := range f.family {
		if strings.HasPrefix(path, d.Family) {
			names = append(names, d.Members...)
		}
	}
	return names
}

// Mentioned reports whether a file can contain a site. more are the names of
// functions that forward to one, and of the members of families that its package
// uses.
func (f *Filter) Mentioned(src []byte, more []string) bool {
	if IsSupport(src) {
		return true
	}
	for _, n := range f.names {
		if bytes.Contains(src, n) {
			return true
		}
	}
	for _, n := range more {
		if bytes.Contains(src, []byte(n)) {
			return true
		}
	}
	for _, d := range f.family {
		if len(d.Members) == 0 && bytes.Contains(src, []byte(repository(d.Family))) {
			return true
		}
	}
	return false
}

// repository returns the first three elements of a path. Where a family names no
// members, they are recognised by no fixed name; a file that uses one imports some
// package of its library.
func repository(path string) string {
	return strings.Join(strings.SplitN(path, "/", 4)[:3], "/")
}
