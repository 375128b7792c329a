package rules

import "go/types"

// Messages returns, by the key of a type of messages, the name of the support code that
// begins a segment for one.
func (c *Catalog) Messages() map[string]string {
	out := map[string]string{}
	for _, s := range c.Support {
		if s.Message != "" {
			out[s.Message] = s.Name
		}
	}
	return out
}

// MessageKey returns the key of a named type, or of a pointer to one, in Messages, or "".
func MessageKey(t types.Type) string {
	named := Named(t)
	if named == nil || named.Obj().Pkg() == nil || named.TypeArgs().Len() > 0 {
		return ""
	}
	key := named.Obj().Pkg().Path() + "." + named.Obj().Name()
	if _, ok := types.Unalias(t).(*types.Pointer); ok {
		key = "*" + key
	}
	return key
}
