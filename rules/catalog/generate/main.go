// Command generate type-checks the catalog's dialects and writes what is made of
// them: the form that package rules embeds, and the documentation of the idioms.
// A test fails when one of the two is stale.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/tools/go/packages"

	"github.com/seed-4257438c/xray-instrument/rules"
	"github.com/seed-4257438c/xray-instrument/rules/resolve"
)

//go:generate go run .

// The files that are generated, seen from the folder of this command.
const (
	catalogFile = "../../catalog.json"
	docsFile    = "../../../docs/idioms.md"
)

const module = "github.com/seed-4257438c/xray-instrument/rules/catalog/"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	files, err := generate()
	if err != nil {
		return err
	}
	for name, want := range files {
		if got, err := os.ReadFile(name); err == nil && bytes.Equal(got, want) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(name, want, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// generate returns the files' contents by name.
func generate() (map[string][]byte, error) {
	catalog, err := load()
	if err != nil {
		return nil, err
	}
	encoded, err := catalog.Encode()
	if err != nil {
		return nil, err
	}
	docs, err := document(catalog)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{catalogFile: encoded, docsFile: docs}, nil
}

func load() (*rules.Catalog, error) {
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax}, module+"plain", module+"xray")
	if err != nil {
		return nil, err
	}
	return resolve.Dialects(pkgs[0], pkgs[1])
}
