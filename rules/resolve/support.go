package resolve

import (
	"go/ast"
	"go/token"
	"go/types"
	"sort"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// support returns the unexported declarations of the traced side. A type's
// methods belong to the type's record, so that what is carried along compiles.
func (d *dialect) support() (map[string]*rules.Support, error) {
	out := map[string]*rules.Support{}
	for _, f := range d.pkg.Syntax {
		for _, decl := range f.Decls {
			name, ok := supportName(decl)
			if !ok {
				if g, ok := decl.(*ast.GenDecl); ok && g.Tok != token.IMPORT && len(g.Specs) > 1 {
					return nil, d.errorf(decl, "support code is declared in a group: declare each name by itself")
				}
				continue
			}
			if last := name[len(name)-1]; last >= '0' && last <= '9' {
				return nil, d.errorf(decl, "support declaration %s ends with a digit: those are added where a name is taken", name)
			}
			s := out[name]
			if s == nil {
				s = &rules.Support{Name: name}
				out[name] = s
			}
			if _, isMethod := decl.(*ast.FuncDecl); isMethod && s.Source != "" || s.Source == "" {
				d.add(s, decl)
			} else {
				return nil, d.errorf(decl, "support declaration %s stands after its methods", name)
			}
		}
	}
	return out, nil
}

// supportName returns the name under which a declaration is carried along: its
// own or, for a method, its receiver's.
func supportName(decl ast.Decl) (string, bool) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		if decl.Recv != nil {
			t := decl.Recv.List[0].Type
			if star, ok := t.(*ast.StarExpr); ok {
				t = star.X
			}
			id, ok := t.(*ast.Ident)
			if !ok {
				return "", false
			}
			return id.Name, true
		}
		return decl.Name.Name, !decl.Name.IsExported()
	case *ast.GenDecl:
		if len(decl.Specs) != 1 {
			return "", false
		}
		switch s := decl.Specs[0].(type) {
		case *ast.TypeSpec:
			return s.Name.Name, !s.Name.IsExported()
		case *ast.ValueSpec:
			return s.Names[0].Name, !s.Names[0].IsExported()
		}
	}
	return "", false
}

// add appends a declaration with its doc comment to a record.
func (d *dialect) add(s *rules.Support, decl ast.Decl) {
	text, doc := d.text(decl), docOf(decl)
	base := 0
	if s.Source != "" {
		s.Source += "\n\n"
		base = len(s.Source)
	}
	if doc != nil {
		comment := d.text(doc) + "\n"
		s.Source += comment
		base += len(comment)
	}
	s.Source += text
	for _, ref := range d.refs(decl, nil) {
		ref.Pos += base
		s.Refs = append(s.Refs, ref)
	}
	s.Uses = mergeNames(s.Uses, d.uses(decl, s.Name))
	if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil {
		s.Message = messageOf(d.pkg.TypesInfo.Defs[fn.Name].Type().(*types.Signature))
	}
}

func docOf(decl ast.Decl) *ast.CommentGroup {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		return decl.Doc
	case *ast.GenDecl:
		return decl.Doc
	}
	return nil
}

// uses returns the other support declarations that decl mentions.
func (d *dialect) uses(decl ast.Decl, self string) []string {
	var names []string
	ast.Inspect(decl, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		obj := d.pkg.TypesInfo.Uses[id]
		if v, ok := obj.(*types.Var); ok && v.IsField() {
			return true
		}
		key := d.key(obj)
		if name, ok := strings.CutPrefix(key, rules.SupportPackage+"."); ok && name != self {
			names = append(names, name)
		}
		return true
	})
	return names
}

func mergeNames(a, b []string) []string {
	seen := map[string]bool{}
	for _, n := range append(a, b...) {
		seen[n] = true
	}
	out := make([]string, 0, len(seen))
	for n := range seen {
		out = append(out, n)
	}
	sort.Strings(out)
	return out
}
