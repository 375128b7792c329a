package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"time"
)

// screen is standard error with a status line below what is written there, on a
// terminal. Elsewhere, there is no status line.
type screen struct {
	w        io.Writer
	terminal bool
	shown    bool
}

func newScreen(w io.Writer) *screen {
	f, ok := w.(*os.File)
	if !ok {
		return &screen{w: w}
	}
	info, err := f.Stat()
	return &screen{w: w, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"}
}

// Write writes below what was written before, in the place of the status line.
func (s *screen) Write(p []byte) (int, error) {
	s.clear()
	return s.w.Write(p)
}

// clear takes the status line away.
func (s *screen) clear() {
	if s.shown {
		fmt.Fprint(s.w, "\r\x1b[K")
		s.shown = false
	}
}

// width is that of the narrowest usual terminal: a longer status line could not be
// written over.
const width = 79

// progress shows how many packages are done, and the next one.
func (s *screen) progress(done, total int, pkg string) {
	if !s.terminal {
		return
	}
	s.clear()
	if done >= total {
		return
	}
	count := fmt.Sprintf("%d/%d ", done, total)
	if most := width - len(count); len(pkg) > most {
		pkg = "..." + pkg[len(pkg)-most+3:]
	}
	fmt.Fprint(s.w, count+pkg)
	s.shown = true
}

// steps sums up where the time goes.
type steps struct {
	names []string // in the order in which they first came
	took  map[string]time.Duration
}

func (s *steps) add(name string, took time.Duration) {
	if s.took == nil {
		s.took = map[string]time.Duration{}
	}
	if !slices.Contains(s.names, name) {
		s.names = append(s.names, name)
	}
	s.took[name] += took
}

// print writes a line for each step.
func (s *steps) print(w io.Writer) {
	for _, name := range s.names {
		fmt.Fprintf(w, "%8.3fs  %s\n", s.took[name].Seconds(), name)
	}
}
