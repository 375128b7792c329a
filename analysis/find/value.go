package find

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"

	"github.com/seed-4257438c/xray-instrument/analysis/scope"
	"github.com/seed-4257438c/xray-instrument/rules"
)

// valueAt type-checks an expression at a position and returns it in a form that X-Ray
// keeps, or what is wrong with it.
func (f *finder) valueAt(a *Asked, text string, pos token.Pos) (value, reason string) {
	e, err := parser.ParseExpr(text)
	if err != nil {
		return "", "the expression " + text + " is not Go: " + firstLine(err)
	}
	text = text[e.Pos()-1 : e.End()-1] // a comment may follow it
	// As an argument it has the type that it gets at run time, constants included.
	const empty = "interface{}"
	if e, err = parser.ParseExpr(empty + "(" + text + ")"); err != nil {
		return "", "the expression " + text + " is not Go: " + firstLine(err)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}, Selections: map[*ast.SelectorExpr]*types.Selection{}}
	if err := types.CheckExpr(f.p.Fset, f.p.Types, pos, e, info); err != nil {
		return "", "the expression " + text + " does not compile here: " + firstLine(err)
	}
	arg := e.(*ast.CallExpr).Args[0]
	if reason := f.mayBeNil(a, arg, info); reason != "" {
		return "", reason
	}
	t := types.Default(info.TypeOf(arg))
	if types.Identical(t, types.Universe.Lookup("error").Type()) {
		return "", text + " is an error: a captured function records the one that it returns"
	}
	if a.Rule == Metadata {
		if !hasJSON(t) {
			return "", text + " is of type " + f.typeName(t) + ", which has no form in JSON and would lose the whole segment"
		}
		return text, ""
	}
	return f.annotation(text, arg, t)
}

// firstLine returns an error's message without the position, which is that of a text
// of its own.
func firstLine(err error) string {
	msg := err.Error()
	if te, ok := err.(types.Error); ok {
		msg = te.Msg
	}
	msg, _, _ = strings.Cut(msg, "\n")
	return msg
}

// annotation returns the form of an expression that X-Ray keeps: it drops all types
// but string, bool, int, uint and the floats.
func (f *finder) annotation(text string, e ast.Expr, t types.Type) (value, reason string) {
	operand := text
	switch e.(type) {
	case *ast.BinaryExpr, *ast.UnaryExpr, *ast.StarExpr:
		operand = "(" + text + ")"
	}
	b, basic := t.Underlying().(*types.Basic)
	named := rules.Named(t)
	if named != nil && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "time" && named.Obj().Name() == "Duration" && !scope.IsPointer(t) {
		return operand + ".Seconds()", ""
	}
	if isStringer(t) {
		return TextCall + text + ")", ""
	}
	if !basic {
		return "", text + " is of type " + f.typeName(t) + ", which X-Ray would drop: annotate a string, bool or number of it"
	}
	if _, isBasic := types.Unalias(t).(*types.Basic); isBasic {
		switch b.Kind() {
		case types.String, types.Bool, types.Int, types.Uint, types.Float32, types.Float64:
			return text, ""
		}
	}
	switch info := b.Info(); {
	case info&types.IsString != 0:
		return "string(" + text + ")", ""
	case info&types.IsBoolean != 0:
		return "bool(" + text + ")", ""
	case info&types.IsUnsigned != 0:
		return "uint(" + text + ")", ""
	case info&types.IsInteger != 0:
		return "int(" + text + ")", ""
	case info&types.IsFloat != 0:
		return "float64(" + text + ")", ""
	}
	return "", text + " is of type " + f.typeName(t) + ", which X-Ray would drop: annotate a string, bool or number of it"
}

// TextCall stands for the call of the support code that makes a text of a value.
const TextCall = "\x00("

// isStringer reports whether a value has the method String() string.
func isStringer(t types.Type) bool {
	obj, _, _ := types.LookupFieldOrMethod(t, false, nil, "String")
	fn, ok := obj.(*types.Func)
	if !ok {
		return false
	}
	sig := fn.Signature()
	return sig.Params().Len() == 0 && sig.Results().Len() == 1 && types.Identical(sig.Results().At(0).Type(), types.Typ[types.String])
}

// hasJSON reports whether a value of a type may have a form in JSON.
func hasJSON(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Chan, *types.Signature:
		return false
	case *types.Basic:
		return u.Info()&types.IsComplex == 0 && u.Kind() != types.UnsafePointer
	}
	return true
}
