// Package host stands in for a test where a command starts what the packages for tests
// start: servers, and programs.
package host

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"testing"
)

// host has what those packages use of [testing.TB].
type host struct {
	testing.TB // nil; without it no type outside package testing is a TB

	name     string
	cleanups []func()
	errs     []error
}

// With calls f with a stand-in of a name and cleans up. It returns what went wrong.
func With(name string, f func(testing.TB)) error {
	h := &host{name: name}
	done := make(chan struct{})
	go func() { // Fatal ends the goroutine
		defer close(done)
		defer h.end()
		f(h)
	}()
	<-done
	return errors.Join(h.errs...)
}

func (h *host) end() {
	for i := len(h.cleanups) - 1; i >= 0; i-- {
		h.cleanups[i]()
	}
}

func (h *host) Helper()                    {}
func (h *host) Name() string               { return h.name }
func (h *host) Cleanup(f func())           { h.cleanups = append(h.cleanups, f) }
func (h *host) Failed() bool               { return len(h.errs) > 0 }
func (h *host) Log(args ...any)            { fmt.Fprintln(os.Stderr, args...) }
func (h *host) Logf(f string, args ...any) { fmt.Fprintf(os.Stderr, f+"\n", args...) }

func (h *host) Error(args ...any) { h.errs = append(h.errs, errors.New(fmt.Sprint(args...))) }
func (h *host) Errorf(f string, args ...any) {
	h.errs = append(h.errs, fmt.Errorf(f, args...))
}

func (h *host) Fatal(args ...any) {
	h.Error(args...)
	runtime.Goexit()
}

func (h *host) Fatalf(f string, args ...any) {
	h.Errorf(f, args...)
	runtime.Goexit()
}

func (h *host) TempDir() string {
	dir, err := os.MkdirTemp("", h.name+"-")
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			h.Error(err)
		}
	})
	return dir
}
