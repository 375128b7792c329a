// Command count reads what go test -json prints, shows it as go test does, with the
// output of tests that failed, and appends a line for each test to a file:
//
//	go test -json ./... | go run count.go FILE
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"maps"
	"os"
	"slices"
	"strings"
)

// event is one line of go test -json; see go doc test2json.
type event struct {
	Action, Package, ImportPath, Test, Output string
}

// counter is what has been read.
type counter struct {
	tally  *os.File
	output map[string]string // of packages and of their tests, until they end
	failed map[string]bool   // packages with a test that failed
}

func main() {
	log.SetFlags(0)
	tally, err := os.OpenFile(os.Args[1], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		log.Fatal(err)
	}
	c := &counter{tally, map[string]string{}, map[string]bool{}}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<26)
	for in.Scan() {
		var e event
		if json.Unmarshal(in.Bytes(), &e) != nil {
			fmt.Println(in.Text())
			continue
		}
		c.add(e)
	}
	if err := in.Err(); err != nil {
		log.Fatal(err)
	}
	if err := tally.Close(); err != nil {
		log.Fatal(err)
	}
}

func (c *counter) add(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		fmt.Print(e.Output)
	case "output":
		c.output[key] += e.Output
	case "pass", "skip", "fail":
		if e.Test == "" && e.Action == "fail" {
			c.unended(e.Package)
		}
		if e.Test == "" || e.Action == "fail" {
			fmt.Print(c.output[key])
		}
		delete(c.output, key)
		c.count(e)
	}
}

// unended shows what the tests of a package have printed that never ended: where time ran
// out, what they were waiting for is in it.
func (c *counter) unended(pkg string) {
	for _, key := range slices.Sorted(maps.Keys(c.output)) {
		if test, ok := strings.CutPrefix(key, pkg+" "); ok && test != "" {
			fmt.Printf("--- NOT ENDED: %s\n%s", test, c.output[key])
			delete(c.output, key)
		}
	}
}

// count notes the end of a test, and of a package that failed for itself.
func (c *counter) count(e event) {
	switch {
	case e.Action == "skip" && e.Test != "":
		fmt.Printf("skipped: %s %s\n", e.Package, e.Test)
	case e.Action == "skip":
	case e.Test != "":
		fmt.Fprintln(c.tally, e.Action, e.Package, e.Test)
		c.failed[e.Package] = c.failed[e.Package] || e.Action == "fail"
	case e.Action == "fail" && !c.failed[e.Package]:
		fmt.Fprintln(c.tally, "fail", e.Package)
	}
}
