package work

import (
	"go/types"
)

// holdsLock reports whether a value of a type must not be copied: it holds what go vet
// counts as a lock, a type whose pointers have the methods Lock and Unlock.
func holdsLock(t types.Type) bool {
	switch u := t.Underlying().(type) {
	case *types.Array:
		return holdsLock(u.Elem())
	case *types.Struct:
		if isLock(t) {
			return true
		}
		for field := range u.Fields() {
			if holdsLock(field.Type()) {
				return true
			}
		}
	}
	return false
}

func isLock(t types.Type) bool {
	methods := types.NewMethodSet(types.NewPointer(t))
	return methods.Lookup(nil, "Lock") != nil && methods.Lookup(nil, "Unlock") != nil && types.NewMethodSet(t).Lookup(nil, "Lock") == nil
}
