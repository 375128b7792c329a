package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/seed-4257438c/xray-instrument/integration/internal/spread"
)

// column is one of the table.
type column struct {
	head, format string
	of           func(f, plain figures) float64 // plain is that of the same round
}

var columns = []column{
	{"processor, µs", "%.0f", func(f, _ figures) float64 { return f.cpu }},
	{"more than plain", "%.0f", func(f, plain figures) float64 { return f.cpu - plain.cpu }},
	{"allocations", "%.1f", func(f, _ figures) float64 { return f.allocs }},
	{"bytes", "%.0f", func(f, _ figures) float64 { return f.bytes }},
	{"p50, µs", "%.0f", func(f, _ figures) float64 { return f.p50 }},
	{"more than plain", "%.0f", func(f, plain figures) float64 { return f.p50 - plain.p50 }},
	{"p99, µs", "%.0f", func(f, _ figures) float64 { return f.p99 }},
	{"datagrams", "%.2f", func(f, _ figures) float64 { return f.datagrams }},
	{"bytes sent", "%.0f", func(f, _ figures) float64 { return f.sent }},
}

// report prints a table of what a request took; the first service is the plain one.
func report(w io.Writer, how sampling, requests int, services []*service, rounds [][]figures) {
	fmt.Fprintf(w, "\n%s; a request, of %d rounds of %d: median (least to most)\n\n", how.name, len(rounds[0]), requests)
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	for _, s := range services {
		fmt.Fprintf(t, "\t%s", s.name)
	}
	fmt.Fprintln(t)
	for _, c := range columns {
		fmt.Fprint(t, c.head)
		for i := range services {
			var values []float64
			for round, f := range rounds[i] {
				values = append(values, c.of(f, rounds[0][round]))
			}
			fmt.Fprintf(t, "\t%s", spread.Of(values, c.format))
		}
		fmt.Fprintln(t)
	}
	t.Flush()
}
