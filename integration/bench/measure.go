package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sort"
	"text/tabwriter"
)

// usage is what a run cost.
type usage struct {
	seconds float64 // of the processor, user and system, of the process and its children
	memory  float64 // peak resident memory of the largest of them, in MB
}

// measure runs a command to its end. Exit status 1 is that of a diff that is not
// empty.
func measure(cmd *exec.Cmd) (usage, error) {
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.Discard, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
		return usage{}, fmt.Errorf("%s: %w\n%s", cmd, err, stderr.Bytes())
	}
	s := cmd.ProcessState
	return usage{(s.UserTime() + s.SystemTime()).Seconds(), peakMemory(s)}, nil
}

// report prints both programs' figures and the ratios of the pairs.
func report(w io.Writer, title string, names [2]string, bare, tool []usage) {
	ratios := make([]usage, len(bare))
	for i := range bare {
		ratios[i] = usage{tool[i].seconds / bare[i].seconds, tool[i].memory / bare[i].memory}
	}
	fmt.Fprintf(w, "\n%s, %d pairs: median (least to most)\n\n", title, len(bare))
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintln(t, "\tprocessor seconds\tpeak memory, MB")
	line := func(name string, runs []usage, memory string) {
		fmt.Fprintf(t, "%s\t%s\t%s\n", name, spread(runs, "%.2f", usage.cpu), spread(runs, memory, usage.mem))
	}
	line(names[0], bare, "%.0f")
	line(names[1], tool, "%.0f")
	line("ratio", ratios, "%.2f")
	t.Flush()
}

func (u usage) cpu() float64 { return u.seconds }
func (u usage) mem() float64 { return u.memory }

// spread returns the median of a figure with its least and most.
func spread(runs []usage, format string, figure func(usage) float64) string {
	values := make([]float64, len(runs))
	for i, u := range runs {
		values[i] = figure(u)
	}
	sort.Float64s(values)
	n := len(values)
	median := (values[(n-1)/2] + values[n/2]) / 2
	return fmt.Sprintf(format+" ("+format+" to "+format+")", median, values[0], values[n-1])
}
