package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"text/tabwriter"
	"time"

	"github.com/seed-4257438c/xray-instrument/integration/internal/spread"
)

// usage is what a run cost.
type usage struct {
	seconds float64 // of the processor, user and system, of the process and its children
	wall    float64 // seconds
	memory  float64 // peak resident memory of the largest of them, in MB
}

// measure runs a command to its end. Exit status 1 is that of a diff that is not
// empty.
func measure(cmd *exec.Cmd) (usage, error) {
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.Discard, &stderr
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start).Seconds()
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
		return usage{}, fmt.Errorf("%s: %w\n%s", cmd, err, stderr.Bytes())
	}
	s := cmd.ProcessState
	return usage{(s.UserTime() + s.SystemTime()).Seconds(), wall, peakMemory(s)}, nil
}

// report prints the programs' figures, and the ratios of their processor time to that of
// the first in the same turn.
func report(w io.Writer, title string, programs []program, runs [][]usage) {
	fmt.Fprintf(w, "\n%s; %d turns: median (least to most)\n\n", title, len(runs[0]))
	t := tabwriter.NewWriter(w, 0, 0, 3, ' ', 0)
	fmt.Fprintf(t, "\tprocessor seconds\tto %s\tseconds\tpeak memory, MB\n", programs[0].name)
	for i, p := range programs {
		var seconds, wall, memory, ratio []float64
		for turn, u := range runs[i] {
			seconds, wall, memory = append(seconds, u.seconds), append(wall, u.wall), append(memory, u.memory)
			ratio = append(ratio, u.seconds/runs[0][turn].seconds)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", p.name, spread.Of(seconds, "%.2f"), spread.Of(ratio, "%.2f"), spread.Of(wall, "%.1f"), spread.Of(memory, "%.0f"))
	}
	t.Flush()
}
