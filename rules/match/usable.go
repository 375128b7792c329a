package match

import (
	"errors"
	"go/ast"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// Usable says why an idiom cannot be recognised in programs, or returns nil: each of
// its sides must call, make, declare or set something that has a name in a package.
func Usable(d *rules.Idiom) error {
	for _, b := range []*rules.Body{d.Plain, d.XRay} {
		p, err := parse(b)
		if err != nil {
			return err
		}
		if d.Family != "" {
			call, ok := p.node.(*ast.CallExpr)
			if !ok || nameOf(call) == nil {
				return errors.New("an idiom with a family calls a function or method on both sides")
			}
			continue
		}
		if p.head() == "" || p.head() == rootContext || b == d.Plain && !p.namesType() {
			return errors.New("a side of the idiom calls, makes or sets nothing that has a name in a package")
		}
	}
	return nil
}

// namesType reports whether a pattern that declares a variable gives it a type with a
// name in a package. Other patterns have none to name.
func (p *pattern) namesType() bool {
	spec, ok := p.node.(*ast.ValueSpec)
	if !ok {
		return true
	}
	if spec.Type == nil {
		return false
	}
	id := nameOf(spec.Type)
	return id != nil && p.ref(id) != nil && p.ref(id).Object != ""
}
