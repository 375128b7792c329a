package torture

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Failure is a promise that the tool broke.
type Failure struct {
	Units  []Unit // that may be the cause; all of them, if it is not known
	What   string // one of a few words, the same for failures of one kind
	Detail string
}

func (f Failure) String() string { return f.What + ": " + f.Detail }

// Checker checks modules of units.
type Checker struct {
	Tool string // the command
	Dir  string // an empty folder to work in
}

// Valid returns those of the units that compile, and leaves the program that they make in Dir/plain. faults are the
// compiler's words about the others.
func (c *Checker) Valid(units []Unit) (valid []Unit, faults []string, err error) {
	for {
		if len(units) == 0 {
			return nil, faults, nil
		}
		if err := write(c.plain(), units); err != nil {
			return nil, nil, err
		}
		err := vet(c.plain())
		if err == nil {
			err = compile(c.plain(), c.program("plain"))
		}
		if err == nil {
			return units, faults, nil
		}
		bad := named(units, err.Error())
		if len(bad) == 0 {
			return nil, nil, err
		}
		faults = append(faults, err.Error())
		units = slices.DeleteFunc(slices.Clone(units), func(u Unit) bool {
			return slices.ContainsFunc(bad, func(b Unit) bool { return b.Number == u.Number })
		})
	}
}

func (c *Checker) plain() string              { return filepath.Join(c.Dir, "plain") }
func (c *Checker) program(name string) string { return filepath.Join(c.Dir, name+".program") }

// Check tries valid units with each of the flags, and returns what does not hold.
func (c *Checker) Check(units []Unit, modes [][]string) ([]Failure, error) {
	before, err := logs(c.Dir, c.program("plain"))
	if err != nil {
		return nil, fmt.Errorf("the plain program: %w", err)
	}
	again, err := logs(c.Dir, c.program("plain"))
	if err != nil {
		return nil, fmt.Errorf("the plain program: %w", err)
	}
	for unit := range before {
		if before[unit] != again[unit] {
			return nil, fmt.Errorf("two runs of the plain program differ, the generator is at fault: %s: %s", unit, difference(before[unit], again[unit]))
		}
	}
	var list []Failure
	for _, flags := range modes {
		m := &mode{Checker: c, units: units, flags: flags, dir: filepath.Join(c.Dir, "traced"), before: before}
		if err := m.run(); err != nil {
			return nil, err
		}
		list = append(list, m.failures...)
	}
	return list, nil
}

// mode is the check with one set of flags.
type mode struct {
	*Checker
	units    []Unit
	flags    []string
	dir      string // of the module that is instrumented
	before   map[string]string
	original map[string][]byte // the files before
	failures []Failure
}

func (m *mode) fail(what, detail string) {
	units := named(m.units, detail)
	if len(units) == 0 {
		units = m.units
	}
	m.failures = append(m.failures, Failure{units, what, strings.Join(m.flags, " ") + "\n" + detail})
}

// tool runs the command, and reports whether it ended with status 0.
func (m *mode) tool(what string, args ...string) bool {
	_, stderr, err := runIn(m.dir, m.Tool, append(append(slices.Clone(m.flags), args...), "./...")...)
	if err != nil {
		m.fail(what, err.Error())
		return false
	}
	for line := range strings.Lines(stderr) {
		if suspicious.MatchString(line) && !m.excused(line) {
			m.fail("unproved", line)
		}
	}
	return true
}

// excused reports whether a line is about a site that is written so oddly that -remove could not make it
// again, in a file that gofmt would change. Those are refused, and the reason says what to do. Nor is it
// suspicious that other builds were looked at.
func (m *mode) excused(line string) bool {
	if strings.HasPrefix(line, "note: files that this build leaves out") && strings.Contains(line, "was type-checked with") {
		return true // that it was done
	}
	name, _, _ := strings.Cut(line, ":")
	return strings.Contains(line, "-remove could not give its exact bytes back") && !clean(m.original[name])
}

// clean reports whether gofmt would leave a file as it is.
func clean(src []byte) bool {
	text, err := format.Source(src)
	return err == nil && bytes.Equal(text, src)
}

// suspicious are the words with which a run says that it planned what then could not be proved: the program
// is whole, but the plan was wrong.
var suspicious = regexp.MustCompile(`left as it is|internal error|does not compile|does not type-check|could not|next run would|type-check`)

func (m *mode) run() error {
	if err := os.RemoveAll(m.dir); err != nil {
		return err
	}
	if err := os.CopyFS(m.dir, os.DirFS(m.plain())); err != nil {
		return err
	}
	var err error
	if m.original, err = read(m.dir); err != nil {
		return err
	}
	if !m.tool("instrument") {
		return nil
	}
	traced, err := read(m.dir)
	if err != nil {
		return err
	}
	m.formatted(traced)
	if len(m.flags) == 0 { // tests gain arguments by threading alone
		if err := vet(m.dir); err != nil {
			m.fail("vet", err.Error())
		}
	}
	m.same("behaviour")
	if len(m.flags) == 0 {
		if err := m.traces(); err != nil {
			m.fail("traces", err.Error())
		}
	}
	if m.tool("second run") {
		if err := m.unchanged("second run changes", traced); err != nil {
			return err
		}
	}
	if !m.tool("remove", "-remove") {
		return nil
	}
	if slices.Contains(m.flags, "-thread=off") {
		return m.unchanged("remove changes", m.original)
	}
	m.same("behaviour after remove")
	return nil
}

// same builds and runs the module as it is, which must print what it did before.
func (m *mode) same(what string) {
	if err := compile(m.dir, m.program("traced")); err != nil {
		m.fail(what+": build", err.Error())
		return
	}
	after, err := logs(m.dir, m.program("traced"))
	if err != nil {
		m.fail(what+": run", err.Error())
		return
	}
	for _, unit := range slices.Sorted(maps.Keys(m.before)) {
		if after[unit] != m.before[unit] {
			m.fail(what, unit+": "+difference(m.before[unit], after[unit]))
		}
	}
}

// difference shows where two logs part.
func difference(before, after string) string {
	a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	around := func(list []string) string { return strings.Join(list[max(0, n-3):min(len(list), n+4)], "\n") }
	return fmt.Sprintf("line %d\n%s\nand then\n%s", n+1, around(a), around(b))
}

// unchanged compares the module with what it was.
func (m *mode) unchanged(what string, want map[string][]byte) error {
	got, err := read(m.dir)
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if !bytes.Equal(got[name], want[name]) {
			m.fail(what, fmt.Sprintf("%s, which was\n%s\nto\n%s", name, want[name], got[name]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[name]; !ok {
			m.fail(what, name+", which was not there")
		}
	}
	return err
}

// formatted checks that files that gofmt would not change are still such.
func (m *mode) formatted(after map[string][]byte) {
	for name, src := range after {
		if was, ok := m.original[name]; strings.HasSuffix(name, ".go") && (!ok || clean(was)) && !clean(src) {
			m.fail("format", name+" is\n"+string(src))
		}
	}
}

// read returns the files of a module.
func read(dir string) (map[string][]byte, error) {
	files := map[string][]byte{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		rel, relErr := filepath.Rel(dir, name)
		files[filepath.ToSlash(rel)] = text
		return errors.Join(err, relErr)
	})
	return files, err
}

// Smaller leaves parts out of a unit while it stays valid and fails in the same way, and tries
// at most so often.
func (c *Checker) Smaller(u Unit, what string, modes [][]string, tries int) Unit {
	fails := func(without map[int]bool) bool {
		try := Unit{u.Seed, u.Number, without}
		valid, _, err := c.Valid([]Unit{try})
		if err != nil || len(valid) == 0 {
			return false
		}
		tries--
		list, err := c.Check(valid, modes)
		return err == nil && slices.ContainsFunc(list, func(f Failure) bool { return f.What == what })
	}
	_, parts := u.Make()
	for size := parts / 2; size > 0 && tries > 0; size /= 2 {
		for from := 1; from <= parts && tries > 0; from += size {
			without := maps.Clone(u.Without)
			if without == nil {
				without = map[int]bool{}
			}
			news := 0
			for part := from; part < from+size && part <= parts; part++ {
				if !without[part] {
					without[part] = true
					news++
				}
			}
			if news > 0 && fails(without) {
				u.Without = without
			}
		}
	}
	return u
}
