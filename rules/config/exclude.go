package config

import (
	"path"
	"strings"
)

// Excludes reports whether a file is left out, by its path relative to the module's
// root.
func (e *Exclude) Excludes(file string) bool {
	dir, base := path.Split(file)
	dir = path.Clean(dir)
	for _, t := range e.Packages {
		root, below := strings.CutSuffix(t.Value, "/...")
		if dir == root || below && (root == "." || strings.HasPrefix(dir, root+"/")) {
			return true
		}
	}
	for _, t := range e.Files {
		glob := strings.TrimPrefix(t.Value, "./")
		if glob == t.Value && !strings.Contains(glob, "/") {
			if ok, _ := path.Match(glob, base); ok {
				return true
			}
			continue
		}
		if globs(strings.Split(glob, "/"), strings.Split(file, "/")) {
			return true
		}
	}
	return false
}

// globs reports whether a pattern, in parts, is one of a path.
func globs(pattern, file []string) bool {
	if len(pattern) == 0 {
		return len(file) == 0
	}
	if pattern[0] == "**" {
		return globs(pattern[1:], file) || len(file) > 0 && globs(pattern, file[1:])
	}
	if len(file) == 0 {
		return false
	}
	ok, _ := path.Match(pattern[0], file[0])
	return ok && globs(pattern[1:], file[1:])
}

// validGlob reports whether a pattern of files can be one.
func validGlob(glob string) bool {
	if !isRelative(glob) || strings.Count(glob, "**") > 8 {
		return false
	}
	for part := range strings.SplitSeq(strings.TrimPrefix(glob, "./"), "/") {
		if _, err := path.Match(part, ""); err != nil || part == "" {
			return false
		}
	}
	return true
}

// isRelative reports whether a path or pattern stays below the folder that it is
// relative to.
func isRelative(p string) bool {
	if p == "" || p[0] == '/' || strings.ContainsAny(p, "\\\x00") {
		return false
	}
	for part := range strings.SplitSeq(p, "/") {
		if part == ".." {
			return false
		}
	}
	return true
}

// folder returns a package's folder relative to the module's root, "." for the root.
func (p *parser) folder(t Text, name string) string {
	if !isRelative(t.Value) || strings.ContainsAny(t.Value, "*?[") || strings.Contains(t.Value, "...") {
		p.errs = append(p.errs, p.file.Errorf(t.Pos, "%s: %q is no folder relative to the module's root, like ./cmd/api", name, t.Value))
		return "."
	}
	return path.Clean(t.Value)
}

// pattern returns a pattern of packages in the form of [Exclude.Excludes].
func (p *parser) pattern(t Text) string {
	root, below := strings.CutSuffix(t.Value, "/...")
	root = p.folder(Text{root, t.Pos}, "exclude.packages")
	if below {
		return root + "/..."
	}
	return root
}

// prefixOf returns the folder that a pattern of packages begins with.
func prefixOf(pattern string) string { return strings.TrimSuffix(pattern, "/...") }
