package misuse

import (
	"go/ast"
	"go/constant"
	"go/types"
	"strings"
	"unicode"

	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/match"
)

// annotation returns the key and the value of a call of AddAnnotation, which are
// its last two arguments.
func annotation(call *ast.CallExpr) (key, value ast.Expr, ok bool) {
	n := len(call.Args)
	if n < 2 {
		return nil, nil, false
	}
	return call.Args[n-2], call.Args[n-1], true
}

func (c *checker) annotations() []*ast.CallExpr {
	return c.all(xrayFunc("AddAnnotation"), segmentMethod("AddAnnotation"))
}

// droppedAnnotations finds values of types other than the six that the SDK
// takes. A value of type any, or of a type parameter, may be one of them.
func (c *checker) droppedAnnotations() {
	for _, call := range c.annotations() {
		_, value, ok := annotation(call)
		if !ok {
			continue
		}
		t := c.p.Info.TypeOf(value)
		if t == nil || !isDropped(t) {
			continue
		}
		mended, how := c.mended(value, t)
		var edits []match.Edit
		if mended != "" {
			edits, how = []match.Edit{c.replace(value, mended)}, "write "+mended
		}
		what := "an annotation of type " + c.typeName(t)
		if c.isNil(value) {
			what = "a nil annotation"
		}
		c.report(value, what+" is dropped: X-Ray takes string, bool, int, uint, float32 and float64; "+how, "Write "+mended, edits)
	}
}

// typeName returns a type's name as the package would write it.
func (c *checker) typeName(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string {
		if p == c.p.Types {
			return ""
		}
		return p.Name()
	})
}

// isDropped reports whether no value of a static type is of one of the types
// that the SDK's type switch takes.
func isDropped(t types.Type) bool {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		switch t.Kind() {
		case types.String, types.Bool, types.Int, types.Uint, types.Float32, types.Float64,
			types.UntypedString, types.UntypedBool, types.UntypedInt, types.UntypedFloat, types.Invalid:
			return false
		}
		return true
	case *types.TypeParam:
		return false
	}
	i, ok := t.Underlying().(*types.Interface)
	return !ok || i.NumMethods() > 0 // what has methods is a named type
}

// mended returns the value converted to a type that is taken, if that keeps it,
// and advice for where it does not.
func (c *checker) mended(value ast.Expr, t types.Type) (text, advice string) {
	if c.isNil(value) {
		return "", "leave it out"
	}
	if conversion := c.conversion(value, t); conversion != "" {
		return conversion, ""
	}
	if b, ok := t.Underlying().(*types.Pointer); ok {
		return "", "give what it points at, a " + c.typeName(b.Elem()) + ", where it is not nil, in one of these types"
	}
	if isError(t) {
		return "", "give its text, err.Error(), where it is not nil"
	}
	return "", "convert it, or use AddMetadata"
}

func (c *checker) conversion(value ast.Expr, t types.Type) string {
	named := rules.Named(t)
	_, isPointer := types.Unalias(t).(*types.Pointer)
	basic, isBasic := t.Underlying().(*types.Basic)
	switch {
	case isPointer || types.IsInterface(t):
		return ""
	case named != nil && rules.KeyOf(named.Obj(), nil) == "time.Duration":
		return operand(value, c.text(value)) + ".Seconds()"
	case isBasic && basic.Kind() == types.String && c.predeclared("string", value.Pos()):
		return "string(" + c.text(value) + ")"
	case hasString(t):
		return operand(value, c.text(value)) + ".String()"
	case isBasic:
		return c.basic(value, basic)
	}
	return ""
}

// basic converts a number or a bool. The value of a rune literal is a character
// and not a number, so that it has no conversion that is surely meant.
func (c *checker) basic(value ast.Expr, b *types.Basic) string {
	if c.p.Info.Types[value].Value != nil && b.Kind() == types.Int32 && strings.HasPrefix(c.text(value), "'") {
		return ""
	}
	name := ""
	switch info := b.Info(); {
	case info&types.IsUnsigned != 0:
		name = "uint"
	case info&types.IsInteger != 0:
		name = "int"
	case info&types.IsBoolean != 0:
		name = "bool"
	case b.Kind() == types.Float32:
		name = "float32"
	case b.Kind() == types.Float64:
		name = "float64"
	}
	if name == "" || !c.predeclared(name, value.Pos()) {
		return ""
	}
	return name + "(" + c.text(value) + ")"
}

// operand returns the text of an expression of which a method is to be called.
func operand(e ast.Expr, text string) string {
	switch e.(type) {
	case *ast.BinaryExpr, *ast.UnaryExpr, *ast.StarExpr:
		return "(" + text + ")"
	}
	return text
}

// hasString reports whether a value of a type has a method String() string that
// needs no pointer, and so cannot fail on nil.
func hasString(t types.Type) bool {
	sel := types.NewMethodSet(t).Lookup(nil, "String")
	if sel == nil || len(sel.Index()) != 1 {
		return false
	}
	sig := sel.Obj().(*types.Func).Signature()
	return sig.Params().Len() == 0 && sig.Results().Len() == 1 && types.Identical(sig.Results().At(0).Type(), types.Typ[types.String])
}

// annotationKeys finds constant keys with characters that X-Ray does not index.
func (c *checker) annotationKeys() {
	for _, call := range c.annotations() {
		key, _, ok := annotation(call)
		if !ok {
			continue
		}
		v := c.p.Info.Types[key].Value
		if v == nil || v.Kind() != constant.String || isKey(constant.StringVal(v)) {
			continue
		}
		c.report(key, "X-Ray cannot find traces by the annotation "+v.ExactString()+": a key has letters and digits, underscores and dots only; rename it", "", nil)
	}
}

func isKey(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '.'
	})
}
