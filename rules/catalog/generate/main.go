// Command generate type-checks the catalog's dialects and writes what is made of
// them: the form that package rules embeds, the documentation of the idioms, and
// the table of libraries. A test fails when one of them is stale.
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
	tableFile   = "../../../docs/libraries.md"
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
	plain, catalog, err := load()
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
	table, err := libraries(plain, catalog)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{catalogFile: encoded, docsFile: docs, tableFile: table}, nil
}

// load returns the plain dialect, and the catalog that it makes with the traced one.
func load() (*packages.Package, *rules.Catalog, error) {
	pkgs, err := packages.Load(&packages.Config{Mode: packages.LoadSyntax}, module+"plain", module+"xray")
	if err != nil {
		return nil, nil, err
	}
	catalog, err := resolve.Dialects(pkgs[0], pkgs[1])
	return pkgs[0], catalog, err
}
