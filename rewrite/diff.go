package rewrite

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/seed-4257438c/xray-instrument/analysis/find"
	"github.com/seed-4257438c/xray-instrument/rewrite/commit"
)

// Diff returns the changes as a unified diff that git apply and patch -p1 take,
// with paths relative to the module's or workspace's folder. Where signatures change,
// the files in which they do come first, then those that call them, tests, and what is
// no code of the program.
func (r *Result) Diff() string {
	changes := slices.Clone(r.Changes)
	if len(r.declaring) > 0 {
		slices.SortStableFunc(changes, func(a, b commit.Change) int { return r.rank(a) - r.rank(b) })
	}
	var b strings.Builder
	for _, c := range changes {
		name := relative(r.Root, c.Path)
		before, after := "a/"+name, "b/"+name
		if c.Before == nil {
			before = "/dev/null"
		}
		if c.After == nil {
			after = "/dev/null"
		}
		_, text, _ := strings.Cut(string(diff.Diff(before, c.Before, after, c.After)), "\n") // the first line is its own
		if text != "" {
			b.WriteString("diff --git a/" + name + " b/" + name + "\n")
			switch {
			case c.Before == nil:
				b.WriteString("new file mode 100644\n")
			case c.After == nil:
				b.WriteString("deleted file mode 100644\n")
			}
			b.WriteString(text)
		}
	}
	return b.String()
}

// rank orders the files of a diff for its reader.
func (r *Result) rank(c commit.Change) int {
	switch {
	case r.declaring[c.Path] && !strings.HasSuffix(c.Path, "_test.go"):
		return 0
	case !strings.HasSuffix(c.Path, ".go") || c.Before == nil || find.IsSupport(c.Before):
		return 3
	case strings.HasSuffix(c.Path, "_test.go"):
		return 2
	}
	return 1
}

// JSON returns the report as one object.
func (r *Report) JSON() (string, error) {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return "", err
	}
	return string(b) + "\n", nil
}
