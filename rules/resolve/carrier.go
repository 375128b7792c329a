package resolve

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// carrierDirective marks a function that tells how a value carries a context.
const carrierDirective = "//idiom:context"

// isCarrier reports whether a function is no idiom, but describes a carrier.
func isCarrier(fn *ast.FuncDecl) bool { return carrierWords(fn) != nil }

// carrierWords returns the words of a carrier's directive, itself first, or nil.
func carrierWords(fn *ast.FuncDecl) []string {
	if fn.Doc == nil {
		return nil
	}
	for _, c := range fn.Doc.List {
		if words := strings.Fields(c.Text); len(words) > 0 && words[0] == carrierDirective {
			return words
		}
	}
	return nil
}

// carrier adds the type that a function takes the context out of:
//
//	func EchoContext(c echo.Context) context.Context { return c.Request().Context() }
func (d *dialect) carrier(fn *ast.FuncDecl, into *rules.Catalog) error {
	sig := d.pkg.TypesInfo.Defs[fn.Name].Type().(*types.Signature)
	if sig.Params().Len() != 1 || sig.Results().Len() != 1 || types.TypeString(sig.Results().At(0).Type(), nil) != "context.Context" || len(fn.Body.List) != 1 {
		return d.errorf(fn, "%s takes one value and returns its context", fn.Name.Name)
	}
	ret, ok := fn.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(ret.Results) != 1 {
		return d.errorf(fn, "%s is one return statement", fn.Name.Name)
	}
	v, text := sig.Params().At(0), d.text(ret.Results[0])
	get, ok := strings.CutPrefix(text, v.Name())
	if !ok || get != "" && get[0] != '.' {
		return d.errorf(ret, "%s does not begin with %s", text, v.Name())
	}
	words := carrierWords(fn)
	c := &rules.Carrier{
		Name: fn.Name.Name, Doc: strings.TrimSpace(fn.Doc.Text()), Type: types.TypeString(types.Unalias(v.Type()), nil), Get: get,
		Pooled: slices.Contains(words, "pooled"), Blind: slices.Contains(words, "blind"),
		Work: slices.Contains(words, "work"),
	}
	if c.Doc == "" {
		return d.errorf(fn, "%s has no doc comment", c.Name)
	}
	if into.Carriers[c.Type] != nil {
		return d.errorf(fn, "%s is described by %s already", c.Type, into.Carriers[c.Type].Name)
	}
	into.Carriers[c.Type] = c
	return nil
}
