// Package builds chooses builds of a program: the systems, processors, tags and
// settings of cgo under which files belong to it that another build leaves out.
//
// It looks at names and headers of files alone. It imports nothing of the project.
package builds

import (
	"go/build"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Build is what decides which files belong to a package.
type Build struct {
	GOOS, GOARCH string
	Cgo          bool
	Tags         []string // sorted
}

// New returns a build from what go env says of GOOS, GOARCH, CGO_ENABLED and
// GOFLAGS, and from further flags of the go command, whose tags count instead of
// those of GOFLAGS.
func New(goos, goarch, cgo, goflags string, flags []string) Build {
	b := Build{GOOS: goos, GOARCH: goarch, Cgo: cgo == "1"}
	for _, flag := range slices.Concat(strings.Fields(goflags), flags) {
		if list, ok := strings.CutPrefix(strings.Replace(flag, "--", "-", 1), tagsFlag); ok {
			b.Tags = strings.FieldsFunc(list, func(c rune) bool { return c == ',' || c == ' ' })
		}
	}
	slices.Sort(b.Tags)
	b.Tags = slices.Compact(b.Tags)
	return b
}

const tagsFlag = "-tags="

// Flags returns flags of the go command with the tags of the build for theirs.
func (b Build) Flags(flags []string) []string {
	out := slices.DeleteFunc(slices.Clone(flags), func(flag string) bool { return strings.HasPrefix(flag, tagsFlag) })
	return append(out, tagsFlag+strings.Join(b.Tags, ","))
}

// Env returns the environment of the go command for the build.
func (b Build) Env() []string {
	cgo := "0"
	if b.Cgo {
		cgo = "1"
	}
	return append(os.Environ(), "GOOS="+b.GOOS, "GOARCH="+b.GOARCH, "CGO_ENABLED="+cgo)
}

// From writes the build as a user would ask for it who has another one.
func (b Build) From(base Build) string {
	var parts []string
	if b.GOOS != base.GOOS {
		parts = append(parts, "GOOS="+b.GOOS)
	}
	if b.GOARCH != base.GOARCH {
		parts = append(parts, "GOARCH="+b.GOARCH)
	}
	usual := base.Cgo && len(parts) == 0 // none for another system
	if b.Cgo != usual {
		parts = append(parts, map[bool]string{true: "CGO_ENABLED=1", false: "CGO_ENABLED=0"}[b.Cgo])
	}
	switch {
	case slices.Equal(b.Tags, base.Tags):
	case len(b.Tags) == 0:
		parts = append(parts, "no -tags")
	default:
		parts = append(parts, tagsFlag+strings.Join(b.Tags, ","))
	}
	return strings.Join(parts, " ")
}

// Has reports whether a file belongs to its package.
func (b Build) Has(name string, src []byte) bool {
	x := Constraint(name, src)
	return !isIgnored(name) && (x == nil || x.Eval(b.satisfies))
}

// isIgnored reports whether the go command ignores a file for its name.
func isIgnored(name string) bool {
	base := filepath.Base(name)
	return strings.HasPrefix(base, "_") || strings.HasPrefix(base, ".")
}

// satisfies reports whether a tag holds.
func (b Build) satisfies(tag string) bool {
	switch tag {
	case b.GOOS, b.GOARCH, "gc":
		return true
	case "cgo":
		return b.Cgo
	case "unix":
		return slices.Contains(unix, b.GOOS)
	case "linux":
		return b.GOOS == "android"
	case "solaris":
		return b.GOOS == "illumos"
	case "darwin":
		return b.GOOS == "ios"
	}
	return slices.Contains(build.Default.ReleaseTags, tag) || slices.Contains(build.Default.ToolTags, tag) || slices.Contains(b.Tags, tag)
}
