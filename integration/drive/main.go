// Command drive runs real programs twice, as they are and as xray-instrument rewrites
// them, sends both the same requests, and compares what they answer. Of the rewritten
// one it looks at the traces as well.
//
//	cd integration && go run ./drive [-from DIR/{owner}/{name}] [-only NAME,...] [-list FILE]
//
// Tests of a program run its functions; only its real endpoints show whether a request
// is one trace with every call in it, and whether a client can tell the two builds
// apart. For each program of the list (programs.yaml, see [Program] for the fields) it
// clones the commit, builds it, instruments and builds a copy, and starts each build in
// a folder of its own with a database of its own, the second one with a decoder of
// traces behind it. Then it asks for:
//
//   - the same answers: status, header, body; but for what the list says varies
//   - one trace for each request: the one whose header came with it, with one segment,
//     which has the answer's status
//   - nothing that is left in progress once the answers are there
//   - no line of the SDK about a missing segment or a lost one
//
// Segments of background work are counted, not checked. It ends with status 1 if
// anything does not hold. Everything listens on loopback and ends with the run.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/seed-4257438c/xray-instrument/integration/internal/host"
	"github.com/seed-4257438c/xray-instrument/integration/internal/tool"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("drive: ")
	list := flag.String("list", filepath.Join("drive", "programs.yaml"), "the `file` that names the programs and the requests")
	from := flag.String("from", "https://github.com/{owner}/{name}", "`where` git finds a repository")
	only := flag.String("only", "", "only the programs of these `names`, separated by commas")
	flag.Parse()
	programs, err := readList(*list)
	if err != nil {
		log.Fatal(err)
	}
	var names []string
	if *only != "" {
		names = strings.Split(*only, ",")
	}
	failed := 0
	err = host.With("drive", func(h testing.TB) {
		command := tool.Build(h)
		for _, p := range programs {
			if names == nil || slices.Contains(names, p.Name) {
				failed += report(p, command, *from)
			}
		}
	})
	if err != nil {
		log.Fatal(err)
	}
	if failed > 0 {
		fmt.Printf("%d programs do not behave as before\n", failed)
		os.Exit(1)
	}
}

// report drives a program and prints what was seen. It returns 1 if that is not as it
// must be.
func report(p *Program, command, from string) int {
	var seen *outcome
	err := host.With("drive", func(h testing.TB) { seen = drive(h, p, command, from) })
	if err != nil {
		seen = &outcome{problems: []string{err.Error()}}
	}
	fmt.Printf("%-20s %3d requests, %3d traces, %4d subsegments, %3d segments of background work\n", p.Name, seen.requests, seen.traces, seen.subsegments, seen.background)
	for _, problem := range seen.problems {
		fmt.Printf("    %s\n", strings.ReplaceAll(problem, "\n", "\n      "))
	}
	return min(len(seen.problems), 1)
}
