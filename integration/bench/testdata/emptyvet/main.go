// Command emptyvet is a vet tool whose analyzer does nothing: what go vet itself
// costs. It has a fact type, as every analyzer has that follows calls across
// packages.
package main

import (
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/unitchecker"
)

type fact struct{}

func (*fact) AFact() {}

func main() {
	unitchecker.Main(&analysis.Analyzer{
		Name: "empty", Doc: "does nothing", FactTypes: []analysis.Fact{new(fact)},
		Run: func(*analysis.Pass) (any, error) { return nil, nil },
	})
}
