package resolve

import (
	"go/ast"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// verify reports what a pair of bodies promises wrongly. What a program has for
// a hole is moved, not copied: a side may mention a hole once, and the traced
// side may not drop one that the plain side has.
func verify(p, x *dialect, plain, traced *ast.FuncDecl, idiom *rules.Idiom) error {
	before, after := mentions(idiom.Plain), mentions(idiom.XRay)
	for _, param := range idiom.Params {
		switch name := param.Name; {
		case before[name] > 1:
			return p.errorf(plain, "idiom %s mentions %s twice", idiom.Name, name)
		case after[name] > 1:
			return x.errorf(traced, "idiom %s mentions %s twice", idiom.Name, name)
		case before[name] > after[name]:
			return x.errorf(traced, "idiom %s drops %s, which its plain side has", idiom.Name, name)
		}
	}
	return nil
}

// mentions counts the holes of a body.
func mentions(b *rules.Body) map[string]int {
	n := map[string]int{}
	for _, ref := range b.Refs {
		if ref.Hole != "" {
			n[ref.Hole]++
		}
	}
	return n
}
