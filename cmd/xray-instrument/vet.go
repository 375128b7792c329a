package main

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/seed-4257438c/xray-instrument/analysis"
)

// speaksVet reports whether the arguments are those of go vet and go fix, which
// first ask a tool for its version and flags and then give it one package at a
// time as a .cfg file.
func speaksVet(args []string) bool {
	if len(args) == 0 {
		return false
	}
	return args[0] == "-V=full" || args[0] == "-flags" || strings.HasSuffix(args[len(args)-1], ".cfg")
}

// vet answers go vet.
func vet(args []string, stdout, stderr io.Writer) int {
	if args[0] == "-V=full" {
		if err := handshake(stdout); err != nil {
			fmt.Fprintf(stderr, "xray-instrument: %v\n", err)
			return exitError
		}
		return exitDone
	}
	if err := reportOwn(args); err != nil {
		fmt.Fprintf(stderr, "xray-instrument: %v\n", err)
		return exitError
	}
	unitchecker.Main(analysis.Analyzer) // ends the process
	return exitDone
}

// unit is what the go command says of a package, as far as it is needed here.
type unit struct {
	Dir, ImportPath           string
	ModulePath, ModuleVersion string
	GoFiles, IgnoredFiles     []string
	VetxOnly                  bool
}

// reportOwn makes go vet report a package of the program also when it is looked at
// only because another one imports it.
//
// The go command (1.26) keeps both results under one name: whoever names only the
// importing package first would never see what there is to report of the imported
// one, although its result is asked for later. Packages with tests of their own are
// kept apart by the go command, and fixes are never read from this cache.
func reportOwn(args []string) error {
	name := args[len(args)-1]
	if !strings.HasSuffix(name, ".cfg") || slices.Contains(args, "-fix") && !slices.Contains(args, "-diff") {
		return nil
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	var u unit
	if err := json.Unmarshal(data, &u); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if !u.VetxOnly || u.ModulePath == "" || u.ModuleVersion != "" || u.hasTests() {
		return nil
	}
	var all map[string]any
	if err := json.Unmarshal(data, &all); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	all["VetxOnly"] = false
	if data, err = json.Marshal(all); err != nil {
		return err
	}
	return os.WriteFile(name, data, 0o644)
}

// hasTests reports whether a package has test files that belong to it: not those of
// another build, nor those of its external test package.
func (u *unit) hasTests() bool {
	entries, err := os.ReadDir(u.Dir)
	if err != nil {
		return false
	}
	for _, e := range entries {
		name := filepath.Join(u.Dir, e.Name())
		if !strings.HasSuffix(name, "_test.go") || slices.Contains(u.IgnoredFiles, name) {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.PackageClauseOnly)
		if err == nil && !strings.HasSuffix(f.Name.Name, "_test") {
			return true
		}
	}
	return false
}

// handshake prints what go vet caches its results under: the tool's own contents,
// and what its decisions about one package depend on in the rest of the module.
func handshake(w io.Writer) error {
	name, err := os.Executable()
	if err != nil {
		return err
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	print, err := analysis.Fingerprint(dir)
	if err != nil {
		return errors.New(trim(err.Error(), dir))
	}
	io.WriteString(h, print)
	_, err = fmt.Fprintf(w, "%s version devel buildID=%x\n", filepath.Base(name), h.Sum(nil))
	return err
}
