package gomod

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// requirement is what one require line says.
type requirement struct {
	version  string
	indirect bool
}

// requirements maps module paths to what a go.mod requires of them.
type requirements map[string]requirement

func requirementsOf(f *modfile.File) requirements {
	list := requirements{}
	for _, r := range f.Require {
		list[r.Mod.Path] = requirement{r.Mod.Version, r.Indirect}
	}
	return list
}

// editMod returns the edits that make a go.mod require what want says, and leave everything
// else. Lines are changed in place, and added where the go command and a careful engineer
// would: a direct requirement in the first block of those, an indirect one in the
// last block of its kind, in order where the block is in order.
func editMod(src []byte, want requirements) ([]edit, error) {
	f, err := modfile.Parse("go.mod", src, nil)
	if err != nil {
		return nil, err
	}
	e := &modEditor{src: src, nl: newline(src), file: f, stmts: requireStmts(f)}
	have := requirementsOf(f)
	for _, path := range slices.Sorted(maps.Keys(have)) {
		e.change(path, have[path], want)
	}
	var direct, indirect []modLine
	for _, path := range slices.Sorted(maps.Keys(want)) {
		switch _, known := have[path]; {
		case known && !e.moved[path]:
		case want[path].indirect:
			indirect = append(indirect, modLine{path, want[path]})
		default:
			direct = append(direct, modLine{path, want[path]})
		}
	}
	e.addDirect(direct)
	e.addIndirect(indirect)
	return e.edits, e.check(want)
}

// modLine is a line to add.
type modLine struct {
	path string
	requirement
}

func (l modLine) text() string {
	text := modfile.AutoQuote(l.path) + " " + l.version
	if l.indirect {
		text += " // indirect"
	}
	return text
}

// modEditor collects edits of one go.mod.
type modEditor struct {
	src   []byte
	nl    string
	file  *modfile.File
	stmts []requireStmt
	edits []edit
	moved map[string]bool // requirements whose line was taken out, to be added elsewhere
}

func (e *modEditor) edit(off, del int, text string) {
	e.edits = append(e.edits, edit{off, del, text})
}

// change makes the edits of one requirement that exists.
func (e *modEditor) change(path string, have requirement, want requirements) {
	s, line := e.find(path)
	to, keep := want[path]
	switch {
	case line == nil:
	case !keep:
		e.remove(s, line)
	case have.indirect && !to.indirect && s.block != nil && s.kind() == allIndirect:
		e.remove(s, line)
		if e.moved == nil {
			e.moved = map[string]bool{}
		}
		e.moved[path] = true
	default:
		if have.indirect && !to.indirect {
			e.dropIndirectMark(line)
		}
		if have.version != to.version {
			e.setVersion(line, have.version, to.version)
		}
	}
}

func (e *modEditor) find(path string) (requireStmt, *modfile.Line) {
	for _, r := range e.file.Require {
		if r.Mod.Path != path {
			continue
		}
		for _, s := range e.stmts {
			if slices.Contains(s.lines, r.Syntax) {
				return s, r.Syntax
			}
		}
	}
	return requireStmt{}, nil
}

// setVersion exchanges the version in a line.
func (e *modEditor) setVersion(line *modfile.Line, from, to string) {
	start, end := line.Start.Byte, line.End.Byte
	if i := bytes.LastIndex(e.src[start:end], []byte(from)); i >= 0 {
		e.edit(start+i, len(from), to)
	}
}

// dropIndirectMark removes the comment "// indirect", or that part of a longer one.
func (e *modEditor) dropIndirectMark(line *modfile.Line) {
	for _, c := range line.Suffix {
		rest, found := strings.CutPrefix(strings.TrimSpace(strings.TrimPrefix(c.Token, "//")), "indirect")
		if !found {
			continue
		}
		if rest = strings.TrimLeft(rest, "; \t"); rest != "" {
			e.edit(c.Start.Byte, len(c.Token), "// "+rest)
			continue
		}
		gap := c.Start.Byte - len(bytes.TrimRight(e.src[:c.Start.Byte], " \t"))
		e.edit(c.Start.Byte-gap, len(c.Token)+gap, "")
	}
}

// remove takes out a line, or the whole statement if it is the only one.
func (e *modEditor) remove(s requireStmt, line *modfile.Line) {
	start, end := e.lineStart(line), e.lineEnd(line.End.Byte)
	whole := len(s.lines) == 1
	if whole {
		start, end = e.stmtStart(s), e.lineEnd(s.end())
	}
	end = min(end+len(e.nl), len(e.src))
	if whole && bytes.HasSuffix(e.src[:start], []byte(e.nl+e.nl)) {
		// Of the empty lines above and below, one stays.
		switch {
		case end == len(e.src):
			start -= len(e.nl)
		case bytes.HasPrefix(e.src[end:], []byte(e.nl)):
			end += len(e.nl)
		}
	}
	e.edit(start, end-start, "")
}

// lineEnd returns where the line that holds off ends, its comment included.
func (e *modEditor) lineEnd(off int) int {
	end := len(e.src)
	if i := bytes.IndexByte(e.src[off:], '\n'); i >= 0 {
		end = off + i
	}
	if end > off && e.src[end-1] == '\r' {
		end--
	}
	return end
}

// lineStart returns where a line starts, the comments above it included.
func (e *modEditor) lineStart(line *modfile.Line) int {
	off := line.Start.Byte
	if len(line.Before) > 0 {
		off = line.Before[0].Start.Byte
	}
	return bytes.LastIndexByte(e.src[:off], '\n') + 1
}

func (e *modEditor) stmtStart(s requireStmt) int {
	off, _ := s.stmt.Span()
	start := off.Byte
	if before := s.stmt.Comment().Before; len(before) > 0 {
		start = before[0].Start.Byte
	}
	return bytes.LastIndexByte(e.src[:start], '\n') + 1
}

// check makes sure that the edits say what they were meant to.
func (e *modEditor) check(want requirements) error {
	out, ok := apply(e.src, e.edits)
	if !ok {
		return fmt.Errorf("the edits of go.mod overlap")
	}
	f, err := modfile.Parse("go.mod", out, nil)
	if err != nil {
		return fmt.Errorf("the edited go.mod is not valid: %w", err)
	}
	if got := requirementsOf(f); !maps.Equal(got, want) {
		return fmt.Errorf("the edited go.mod has other requirements than it should")
	}
	return nil
}

// comparePaths is the order of lines in a block.
func comparePaths(line *modfile.Line, path string) int { return cmp.Compare(linePath(line), path) }
