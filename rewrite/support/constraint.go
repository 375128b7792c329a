package support

import (
	"go/build/constraint"
	"go/version"

	"github.com/seed-4257438c/xray-instrument/rewrite/builds"
)

// Constraint returns the build constraint that a support file needs: none if one
// of the package's files is always built, else that one of them is. Without it
// the support file alone would make a package where there was none.
func Constraint(names []string, srcs [][]byte) string {
	var either constraint.Expr
	for i, name := range names {
		x := builds.And(builds.Header(srcs[i]), builds.Suffix(name))
		if x == nil {
			return ""
		}
		switch {
		case either == nil:
			either = x
		case !contains(either, x.String()):
			either = &constraint.OrExpr{X: either, Y: x}
		}
	}
	if either == nil {
		return ""
	}
	return either.String()
}

// Either returns the constraint of files of either of two: none if one has none.
func Either(a, b string) string {
	if a == b {
		return a
	}
	if a == "" || b == "" {
		return ""
	}
	x, err := constraint.Parse("//go:build " + a)
	y, err2 := constraint.Parse("//go:build " + b)
	if err != nil || err2 != nil {
		return ""
	}
	if contains(x, y.String()) {
		return a
	}
	if contains(y, x.String()) {
		return b
	}
	return (&constraint.OrExpr{X: x, Y: y}).String()
}

// ConstraintOf returns the //go:build constraint of a support file without what
// Versioned adds to it, or "".
func ConstraintOf(src []byte) string {
	x := builds.Header(src)
	if and, ok := x.(*constraint.AndExpr); ok && and.Y.String() == language {
		x = and.X
	}
	if x == nil || x.String() == language {
		return ""
	}
	return x.String()
}

// language is the version of Go that support code is written in.
const language = "go1.21"

// Versioned returns the constraint of a support file in a package whose own files
// are in a version of the language: a term for a newer one lifts the file to that.
func Versioned(text, goVersion string) string {
	if goVersion == "" || version.Compare(goVersion, language) >= 0 {
		return text
	}
	if text == "" {
		return language
	}
	x, err := constraint.Parse("//go:build " + text)
	if err != nil {
		return text
	}
	return builds.And(x, &constraint.TagExpr{Tag: language}).String()
}

func contains(x constraint.Expr, text string) bool {
	if x.String() == text {
		return true
	}
	or, ok := x.(*constraint.OrExpr)
	return ok && (contains(or.X, text) || contains(or.Y, text))
}
