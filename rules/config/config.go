// Package config reads .xray-instrument.yaml, the file at a module's root that says
// how the module is instrumented.
//
// A file is read completely or not at all: whatever it says that has no meaning is
// an error with its line and column, so that a typing error never silently means the
// default. What a key means is said in one place, [Fields]; the documentation and the
// JSON schema are held against that by tests.
//
// What the values refer to (rules, packages with idioms) is checked by those who know
// them, with [File.Errorf]. The package imports the standard library and a YAML parser.
package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Name is the file's base name.
const Name = ".xray-instrument.yaml"

// File is what a module's file says. The zero File says nothing.
type File struct {
	Path string // "" if there is no file

	Service Service
	Rules   []Text
	Cancel  Text
	Thread  Text
	API     Text
	Exclude Exclude
	Idioms  []Idiom

	Capture   []Capture
	Sensitive []Text
	Setup     Setup
}

// Text is a value with its place in the file. The zero Text was not given.
type Text struct {
	Value string
	Pos
}

// Pos is a place in a file. Lines and columns count from one.
type Pos struct{ Line, Col int }

// Given reports whether the file has the value.
func (p Pos) Given() bool { return p.Line > 0 }

// Service is the name of the service: one for the whole module, or one for each of
// its main packages.
type Service struct {
	Name  Text
	Mains []Named
}

// Named is a main package, as a path relative to the module's root, with its
// service's name.
type Named struct{ Package, Name Text }

// Setup is how commands set up the X-Ray SDK.
type Setup struct {
	Version        Text
	Sampling       Text // path of a file, relative to the module's root
	ContextMissing Text
	Plugins        []Text
}

// Given reports whether the file asks for anything of it.
func (s *Setup) Given() bool {
	return s.Version.Given() || s.Sampling.Given() || s.ContextMissing.Given() || len(s.Plugins) > 0
}

// Exclude says what is left out.
type Exclude struct {
	Packages []Text
	Files    []Text
}

// Idiom names the two packages that hold both sides of idioms.
type Idiom struct{ Plain, XRay Text }

// Error is what is wrong at a place of a file.
type Error struct {
	File string
	Pos
	Msg string
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Col, e.Msg)
}

// Errorf returns an error about a place of the file.
func (f *File) Errorf(at Pos, format string, args ...any) error {
	return &Error{f.Path, at, fmt.Sprintf(format, args...)}
}

// Read reads the file of the module in a folder. Where there is none, it says
// nothing.
func Read(dir string) (*File, error) {
	name := filepath.Join(dir, Name)
	data, err := os.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return &File{}, nil
	case err != nil:
		return nil, err
	}
	f, err := Parse(name, data)
	if err != nil {
		return nil, err
	}
	return f, f.checkNamed(dir)
}

// checkNamed checks that the packages and functions which the file names are there.
func (f *File) checkNamed(dir string) error {
	var errs []error
	check := func(t Text, what string) {
		rel := prefixOf(t.Value)
		if info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(rel))); err != nil || !info.IsDir() {
			errs = append(errs, f.Errorf(t.Pos, "%s: the module has no folder %s", what, rel))
		}
	}
	for _, n := range f.Service.Mains {
		check(n.Package, "service")
	}
	for _, t := range f.Exclude.Packages {
		check(t, "exclude.packages")
	}
	for _, c := range f.Capture {
		if !c.isThere(dir) {
			errs = append(errs, f.Errorf(c.Func.Pos, "capture.func: the module has no function %s", c.Func.Value))
		}
	}
	if t := f.Setup.Sampling; t.Given() {
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(t.Value)))
		switch {
		case err != nil:
			errs = append(errs, f.Errorf(t.Pos, "setup.sampling: the module has no file %s", t.Value))
		case !json.Valid(data):
			errs = append(errs, f.Errorf(t.Pos, "setup.sampling: %s is no JSON", t.Value))
		}
	}
	return errors.Join(errs...)
}
