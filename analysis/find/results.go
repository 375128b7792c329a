package find

import (
	"go/ast"
	"go/token"
	"go/types"
	"strconv"
)

// Results are the results of a function as its capture needs them: those of type
// error must have names.
type Results struct {
	Errors []string // names, in order
	// Insert is what gives results names that have none, by position; Rename the blank
	// names that are replaced.
	Insert []Insertion
	Rename map[*ast.Ident]string
}

// Insertion is a text at a position of the file.
type Insertion struct {
	Pos  token.Pos
	Text string
}

// resultsOf returns a function's results.
func (f *finder) resultsOf(fn *Function) *Results {
	res := &Results{Rename: map[*ast.Ident]string{}}
	list := fn.Type.Results
	if list == nil || !f.returnsError(list) {
		return res
	}
	names := f.freeNames(fn)
	if len(list.List[0].Names) == 0 {
		f.nameResults(res, list, names)
		return res
	}
	for _, field := range list.List {
		if !f.isError(field) {
			continue
		}
		for _, id := range field.Names {
			name := id.Name
			if name == "_" {
				name = names()
				res.Rename[id] = name
			}
			res.Errors = append(res.Errors, name)
		}
	}
	return res
}

// nameResults names the results of a function that has none: the errors, and "_" for
// the others.
func (f *finder) nameResults(res *Results, list *ast.FieldList, names func() string) {
	open, closing := "", token.NoPos
	if !list.Opening.IsValid() {
		open, closing = "(", list.End()
	}
	for _, field := range list.List {
		name := "_"
		if f.isError(field) {
			name = names()
			res.Errors = append(res.Errors, name)
		}
		res.Insert = append(res.Insert, Insertion{field.Type.Pos(), open + name + " "})
	}
	if closing.IsValid() {
		res.Insert = append(res.Insert, Insertion{closing, ")"})
	}
}

func (f *finder) isError(field *ast.Field) bool {
	t := f.p.Info.TypeOf(field.Type)
	return t != nil && types.Identical(t, types.Universe.Lookup("error").Type())
}

func (f *finder) returnsError(list *ast.FieldList) bool {
	for _, field := range list.List {
		if f.isError(field) {
			return true
		}
	}
	return false
}

// freeNames returns names for error results: err where the body means nothing else by
// it at its outermost level or from outside, else names that it does not have at all.
func (f *finder) freeNames(fn *Function) func() string {
	used, outer := map[string]bool{}, false
	ast.Inspect(fn.Node, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		obj := f.p.Info.Uses[id]
		used[id.Name] = true
		if id.Name == "err" && obj != nil && (obj.Pos() < fn.Node.Pos() || obj.Pos() >= fn.Node.End()) {
			if v, ok := obj.(*types.Var); !ok || !v.IsField() {
				outer = true
			}
		}
		return true
	})
	if s := f.p.Info.Scopes[fn.Type]; s != nil && s.Lookup("err") == nil && !outer {
		delete(used, "err")
	}
	return func() string {
		name := "err"
		for n := 1; used[name]; n++ {
			name = "retErr"
			if n > 1 {
				name += strconv.Itoa(n)
			}
		}
		used[name] = true
		return name
	}
}

// freshIn returns the first of some names that a function does not have, or the last
// with a number.
func freshIn(fn ast.Node, names ...string) string {
	used := map[string]bool{}
	ast.Inspect(fn, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			used[id.Name] = true
		}
		return true
	})
	for _, name := range names {
		if !used[name] {
			return name
		}
	}
	last := names[len(names)-1]
	for i := 2; ; i++ {
		if name := last + strconv.Itoa(i); !used[name] {
			return name
		}
	}
}
