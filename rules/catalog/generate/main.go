// Command generate type-checks the catalog's dialects and prints the form in
// which package rules embeds them.
package main

import (
	"fmt"
	"os"

	"golang.org/x/tools/go/packages"

	"github.com/seed-4257438c/xray-instrument/rules/resolve"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	cfg := &packages.Config{Mode: packages.LoadSyntax}
	pkgs, err := packages.Load(cfg, "github.com/seed-4257438c/xray-instrument/rules/catalog/plain", "github.com/seed-4257438c/xray-instrument/rules/catalog/xray")
	if err != nil {
		return err
	}
	catalog, err := resolve.Dialects(pkgs[0], pkgs[1])
	if err != nil {
		return err
	}
	b, err := catalog.Encode()
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(b)
	return err
}
