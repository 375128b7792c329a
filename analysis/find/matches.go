package find

import (
	"go/ast"
	"slices"

	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// seen is what several steps ask of a package, and what none of them changes.
type seen struct {
	files   []*File // for which it holds
	parents map[ast.Node]ast.Node
	matcher *match.Matcher
	matches []Site
}

// known returns what has been seen of the package's files.
func (p *Package) known() *seen {
	if p.seen == nil || !slices.Equal(p.seen.files, p.Files) {
		p.seen = &seen{files: slices.Clone(p.Files)}
	}
	return p.seen
}

// Matches returns every match of a pattern's side in the package, undecided, in
// source order: also several at one node, and one inside the other.
func Matches(m *match.Matcher, p *Package) []*Site {
	k := p.known()
	if k.matcher != m {
		k.matcher, k.matches = m, matches(m, p)
	}
	out := make([]*Site, len(k.matches))
	for i, s := range k.matches { // the callers decide about their own
		out[i] = &s
	}
	return out
}

func matches(m *match.Matcher, p *Package) []Site {
	f := &finder{m: m, p: p, parents: Parents(p)}
	f.unit = &match.Unit{Fset: p.Fset, Pkg: p.Types, Info: p.Info, Support: p.SupportName}
	var out []Site
	for _, file := range p.Files {
		if file == p.Support {
			continue
		}
		ast.Inspect(file.Syntax, func(n ast.Node) bool {
			if n == nil {
				return true
			}
			for _, hit := range m.At(f.unit, n) {
				out = append(out, Site{File: file, Node: n, Pos: namePos(n), Kind: hit.Idiom.Kind, Rule: hit.Idiom.Name, Decl: f.declaration(n), Match: hit})
			}
			return true
		})
	}
	return out
}

// Parents maps each node of a package's files to the node around it.
func Parents(p *Package) map[ast.Node]ast.Node {
	k := p.known()
	if k.parents == nil {
		k.parents = parents(p)
	}
	return k.parents
}

func parents(p *Package) map[ast.Node]ast.Node {
	parents := map[ast.Node]ast.Node{}
	for _, file := range p.Files {
		var stack []ast.Node
		ast.Inspect(file.Syntax, func(n ast.Node) bool {
			if n == nil {
				stack = stack[:len(stack)-1]
				return true
			}
			if len(stack) > 0 {
				parents[n] = stack[len(stack)-1]
			}
			stack = append(stack, n)
			return true
		})
	}
	return parents
}
