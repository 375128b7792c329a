package gomod

import (
	"cmp"
	"slices"
)

// edit replaces del bytes at off by text. The edits of a list do not overlap; insertions at one
// offset come in the order of the list.
type edit struct {
	Off  int    `json:"o"`
	Del  int    `json:"d,omitempty"`
	Text string `json:"t,omitempty"`
}

// ordered sorts edits by their offsets. At one offset insertions come first.
func ordered(edits []edit) []edit {
	list := slices.Clone(edits)
	slices.SortStableFunc(list, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.Off, b.Off), cmp.Compare(min(a.Del, 1), min(b.Del, 1)))
	})
	return list
}

// apply makes the edits in src; ok is false if they do not fit.
func apply(src []byte, edits []edit) (out []byte, ok bool) {
	out = make([]byte, 0, len(src)+64*len(edits))
	at := 0
	for _, e := range ordered(edits) {
		if e.Off < at || e.Del < 0 || e.Off+e.Del > len(src) {
			return nil, false
		}
		out = append(out, src[at:e.Off]...)
		out = append(out, e.Text...)
		at = e.Off + e.Del
	}
	return append(out, src[at:]...), true
}

// invert returns the edits that make src again from what apply made of it, with
// neighbours joined.
func invert(src []byte, edits []edit) []edit {
	var list []edit
	shift := 0
	for _, e := range ordered(edits) {
		back := edit{Off: e.Off + shift, Del: len(e.Text), Text: string(src[e.Off : e.Off+e.Del])}
		shift += len(e.Text) - e.Del
		if n := len(list) - 1; n >= 0 && list[n].Off+list[n].Del == back.Off {
			list[n].Del += back.Del
			list[n].Text += back.Text
			continue
		}
		list = append(list, back)
	}
	return list
}
