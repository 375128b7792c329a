package rules

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"testing"
)

const program = `package p

type T struct{ Field int }

func (T) Value()    {}
func (*T) Pointer() {}

type Generic[E any] struct{ Element E }

func (g Generic[E]) Method() {}

type Alias = T

type Outer struct {
	*T
	Own int
}

type Iface interface{ Do() }

var Variable = struct{ Inner int }{}

func Func(param int, i Iface, u interface{ Un() }) {
	local := param
	_ = local
	var g Generic[string]
	g.Method()
	_ = g.Element
	var o Outer
	o.Value()
	o.Pointer()
	_, _ = o.Field, o.Own
	var a Alias
	a.Value()
	i.Do()
	u.Un()
	_ = Variable.Inner
	support()
	_ = len("")
}

func support() {}
`

func TestKeys(t *testing.T) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "p.go", program, 0)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
	pkg, err := (&types.Config{}).Check("example.com/p", fset, []*ast.File{f}, info)
	if err != nil {
		t.Fatal(err)
	}
	own := func(obj types.Object) (string, bool) { return "mine", obj == pkg.Scope().Lookup("support") }
	got := map[string]string{}
	for id, obj := range info.Uses {
		if v, ok := obj.(*types.Var); !ok || !v.IsField() {
			got[id.Name] = KeyOf(obj, own)
		}
	}
	for sel, selection := range info.Selections {
		if v, ok := selection.Obj().(*types.Var); ok {
			got[sel.Sel.Name] = FieldKey(FieldOwner(selection), v)
		}
	}
	for name, want := range map[string]string{
		"T":        "example.com/p.T",
		"Alias":    "example.com/p.T", // the type that it stands for
		"Variable": "example.com/p.Variable",
		"Value":    "example.com/p.T.Value",
		"Pointer":  "example.com/p.T.Pointer",
		"Method":   "example.com/p.Generic.Method",
		"Do":       "example.com/p.Iface.Do",
		"Field":    "example.com/p.T.Field", // promoted through a pointer
		"Own":      "example.com/p.Outer.Own",
		"Element":  "example.com/p.Generic.Element",
		"support":  "~.mine",
		"Un":       "", // of a type without a name
		"Inner":    "",
		"local":    "",
		"param":    "",
		"len":      "",
	} {
		if got[name] != want {
			t.Errorf("%s: key %q, want %q", name, got[name], want)
		}
	}
	if got := KeyOf(nil, nil); got != "" {
		t.Errorf("no object has key %q", got)
	}
}
