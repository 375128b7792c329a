package main

import (
	"bytes"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/seed-4257438c/xray-instrument/integration/internal/tool"
)

// noise is how many allocations a request may seem to make more than it does: what the
// runtime, the SDK's poller of sampling rules and the question of what was used allocate
// meanwhile counts as well.
const noise = 1

// TestCost compares what the builds allocate and send. All answers are looked at by
// [service.ask]. Times are not: a test cannot know how busy its machine is.
func TestCost(t *testing.T) {
	all := builds(t)
	if a, b := sdk(t, all[1]), sdk(t, all[2]); a != b {
		t.Errorf("by hand it requires %s, by the command %s", a, b)
	}
	services := start(t, all)
	for _, c := range []struct {
		how       sampling
		datagrams float64 // of a request that is traced
	}{{full, 1}, {none, 0}} {
		rounds := measure(t, services, c.how, 1, 300)
		plain, byHand, byCommand := rounds[0][0], rounds[1][0], rounds[2][0]
		t.Logf("%s: %.1f, %.1f and %.1f allocations", c.how.name, plain.allocs, byHand.allocs, byCommand.allocs)
		// The SDK's own handler now and then sends a segment twice: when it ends, and when the
		// context that this cancels is done.
		if plain.datagrams != 0 || byCommand.datagrams != c.datagrams || byHand.datagrams < c.datagrams || byHand.datagrams > 1.1*c.datagrams {
			t.Errorf("%s: %.3f, %.3f and %.3f datagrams, want none from the plain build and %.0f a request from the others",
				c.how.name, plain.datagrams, byHand.datagrams, byCommand.datagrams, c.datagrams)
		}
		if byCommand.allocs > byHand.allocs+noise {
			t.Errorf("%s: a request allocates %.1f times by the command, %.1f by hand", c.how.name, byCommand.allocs, byHand.allocs)
		}
		if byHand.allocs < plain.allocs {
			t.Errorf("%s: a request allocates %.1f times plain, %.1f traced by hand", c.how.name, plain.allocs, byHand.allocs)
		}
	}
	// By default the first request of a second is sampled, and few others.
	for _, s := range services[1:] {
		if sent := measure(t, []*service{s}, byRules, 1, 300)[0][0].datagrams; sent <= 0 || sent > 0.5 {
			t.Errorf("%s sends %.2f datagrams a request by the default rules", s.name, sent)
		}
	}
}

// sdk returns the version of the X-Ray SDK that a build requires.
func sdk(t *testing.T, b build) string {
	t.Helper()
	line := regexp.MustCompile(`github.com/aws/aws-xray-sdk-go\S* v\S+`).Find(tool.Snapshot(t, b.source)["go.mod"])
	if line == nil {
		t.Errorf("%s: go.mod of %s requires no SDK", b.name, filepath.Base(b.source))
	}
	return string(line)
}

// TestReport prints figures of two rounds.
func TestReport(t *testing.T) {
	services := []*service{{build: build{name: "plain"}}, {build: build{name: "traced"}}}
	rounds := [][]figures{
		{{cpu: 10, allocs: 7, p50: 100}, {cpu: 30, allocs: 7, p50: 300}},
		{{cpu: 15, allocs: 9, p50: 150}, {cpu: 37, allocs: 9, p50: 310}},
	}
	var out bytes.Buffer
	report(&out, full, 5, services, rounds)
	for _, want := range []string{
		"every request sampled; a request, of 2 rounds of 5: median (least to most)",
		"processor, µs 20 (10 to 30) 26 (15 to 37)",
		"more than plain 0 (0 to 0) 6 (5 to 7)",
		"allocations 7.0 (7.0 to 7.0) 9.0 (9.0 to 9.0)",
		"more than plain 0 (0 to 0) 30 (10 to 50)",
	} {
		if text := strings.Join(strings.Fields(out.String()), " "); !strings.Contains(text, want) {
			t.Errorf("%q is not in the table:\n%s", want, out.String())
		}
	}
}
