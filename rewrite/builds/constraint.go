package builds

import (
	"bytes"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
)

// Constraint returns the condition under which a file is built: its //go:build line,
// or lines of the older form, with what its name and an import of "C" imply; nil for
// none.
func Constraint(name string, src []byte) constraint.Expr {
	x := And(Header(src), Suffix(name))
	if bytes.Contains(src, []byte(`"C"`)) && importsC(src) {
		x = And(x, tag("cgo"))
	}
	return x
}

func importsC(src []byte) bool {
	f, err := parser.ParseFile(token.NewFileSet(), "", src, parser.ImportsOnly)
	return err == nil && slices.ContainsFunc(f.Imports, func(spec *ast.ImportSpec) bool { return spec.Path.Value == `"C"` })
}

// Header returns the constraint above a file's package clause.
func Header(src []byte) constraint.Expr {
	var older constraint.Expr
	for line := range bytes.Lines(src) {
		text := strings.TrimSpace(string(line))
		if strings.HasPrefix(text, "package ") {
			break
		}
		x, err := constraint.Parse(text)
		switch {
		case err != nil:
		case constraint.IsGoBuild(text):
			return x
		default:
			older = And(older, x)
		}
	}
	return older
}

// Suffix returns the constraint that a file's name implies.
func Suffix(name string) constraint.Expr {
	name, _, _ = strings.Cut(filepath.Base(name), ".")
	parts := strings.Split(name, "_")
	if n := len(parts); parts[n-1] == "test" {
		parts = parts[:n-1]
	}
	n := len(parts)
	switch {
	case n >= 3 && slices.Contains(systems, parts[n-2]) && slices.Contains(processors, parts[n-1]):
		return And(tag(parts[n-2]), tag(parts[n-1]))
	case n >= 2 && (slices.Contains(systems, parts[n-1]) || slices.Contains(processors, parts[n-1])):
		return tag(parts[n-1])
	}
	return nil
}

// And returns what both of two constraints ask for; nil asks for nothing.
func And(a, b constraint.Expr) constraint.Expr {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return &constraint.AndExpr{X: a, Y: b}
}

func tag(name string) constraint.Expr { return &constraint.TagExpr{Tag: name} }

// tags returns the tags that a constraint names.
func tags(x constraint.Expr) []string {
	switch x := x.(type) {
	case *constraint.TagExpr:
		return []string{x.Tag}
	case *constraint.NotExpr:
		return tags(x.X)
	case *constraint.AndExpr:
		return append(tags(x.X), tags(x.Y)...)
	case *constraint.OrExpr:
		return append(tags(x.X), tags(x.Y)...)
	}
	return nil
}

// What the go command takes for a system or a processor in a file's name.
var (
	systems    = strings.Fields("aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos")
	processors = strings.Fields("386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm")
	unix       = strings.Fields("aix android darwin dragonfly freebsd hurd illumos ios linux netbsd openbsd solaris")
)
