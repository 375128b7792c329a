// Package env is the ground that generated programs stand on: a log that two builds
// of a program must agree on, a server to ask, a database, and work that waits for its turn.
package env

import (
	"fmt"
	"os"
	"sort"
	"strings"
	"sync"
)

var (
	mu   sync.Mutex
	logs = map[string][]string{}
)

// Print adds a line to a unit's log.
func Print(unit string, args ...any) {
	mu.Lock()
	defer mu.Unlock()
	logs[unit] = append(logs[unit], strings.TrimSuffix(fmt.Sprintln(args...), "\n"))
}

// Write writes the logs of all units to a file.
func Write(name string) error {
	mu.Lock()
	defer mu.Unlock()
	var units []string
	for unit := range logs {
		units = append(units, unit)
	}
	sort.Strings(units)
	var b strings.Builder
	for _, unit := range units {
		for _, line := range logs[unit] {
			fmt.Fprintf(&b, "%s: %s\n", unit, strings.ReplaceAll(line, "\n", `\n`))
		}
	}
	return os.WriteFile(name, []byte(b.String()), 0o666)
}

// Both returns a function that prints a pair of results: env.Both("u1")(f()).
func Both[T any](unit string) func(T, error) {
	return func(_ T, err error) { Print(unit, "both", err) }
}

// Each calls f for each number below n.
func Each(n int, f func(int)) {
	for i := 0; i < n; i++ {
		f(i)
	}
}

// Seq is an iterator over the numbers below n.
func Seq(n int) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}
