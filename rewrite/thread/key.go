package thread

import (
	"go/types"
	"slices"
	"strings"

	"github.com/seed-4257438c/xray-instrument/rules"
)

// keyOf names a function of the program across packages. Interfaces without a name
// that are identical are one: their methods have the interface's text in front.
func keyOf(fn *types.Func) string {
	fn = fn.Origin()
	if iface := unnamed(fn); iface != nil {
		return keyIn(iface, fn, nil)
	}
	return rules.KeyOf(fn, nil)
}

// unnamed returns the interface without a name that a method belongs to, or nil.
func unnamed(fn *types.Func) *types.Interface {
	if recv := fn.Signature().Recv(); recv != nil {
		iface, _ := types.Unalias(recv.Type()).(*types.Interface)
		return iface
	}
	return nil
}

// keyIn is the key of a method of an interface without a name, once a plan has
// changed what it holds.
func keyIn(iface *types.Interface, fn *types.Func, plan *Plan) string {
	var parts []string
	for m := range iface.ExplicitMethods() {
		sig := signature(m)
		if plan != nil && plan.Changed[keyOf(m)] != nil {
			sig = "func(context.Context, " + strings.TrimPrefix(sig, "func(")
			sig = strings.Replace(sig, ", )", ")", 1)
		}
		parts = append(parts, m.Name()+" "+sig)
	}
	for t := range iface.EmbeddedTypes() {
		parts = append(parts, types.TypeString(t, nil))
	}
	slices.Sort(parts)
	return "interface{" + strings.Join(parts, "; ") + "}." + fn.Name()
}
