package traces

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

func TestQuantiles(t *testing.T) {
	var d distribution
	for i := 1; i <= 1000; i++ {
		d.add(float64(i) / 1000)
	}
	for share, want := range map[float64]float64{0.5: 0.5, 0.95: 0.95, 0.99: 0.99} {
		if got := d.quantile(share); math.Abs(got-want)/want > growth-1 {
			t.Errorf("quantile(%v) = %v, want %v within a twentieth", share, got, want)
		}
	}
	if d.quantile(0.5); (&distribution{}).quantile(0.5) != 0 {
		t.Error("the median of nothing is not zero")
	}
	for _, seconds := range []float64{0, 1e-9, 1e-5, 0.3, 1e4, 1e12, math.NaN()} {
		d.add(seconds) // must not panic
	}
}

// calls sends n traces, one a second, of a service that calls a database; each call takes so many milliseconds.
func calls(t *testing.T, s *Store, first, n int, took float64, faults func(i int) bool) {
	for i := first; i < first+n; i++ {
		at := float64(i) * 1000
		flags := doc{"fault": faults != nil && faults(i)}
		send(t, s, fmt.Sprintf("1-6b02c2f2-%024x", i), node(0xa1, "shop", at, at+took+5, []doc{node(0xb1, "shop@db", at+1, at+1+took, sql("SELECT 1"), flags)}))
	}
}

func edge(t *testing.T, s *Store) Edge {
	t.Helper()
	for _, e := range s.Map(0).Edges {
		if e.From == "service:shop" {
			return e
		}
	}
	t.Fatal("no edge")
	return Edge{}
}

func TestSlowerThanItsPast(t *testing.T) {
	tests := []struct {
		name      string
		past, now float64
		want      bool
	}{
		{"as before", 20, 22, false},
		{"much slower", 20, 200, true},
		{"twice a trifle", 2, 8, false},
		{"faster", 200, 20, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := store()
			calls(t, s, 0, 100, test.past, nil)
			calls(t, s, 100, 25, test.now, nil)
			mark := edge(t, s).Mark
			if (mark.Slower != nil) != test.want || mark.Failing != nil {
				t.Errorf("the mark is %+v", mark)
			}
			if test.want && (math.Abs(mark.Slower.Before-0.02) > 0.002 || math.Abs(mark.Slower.Now-0.2) > 0.02) {
				t.Errorf("it has become slower from %v to %v", mark.Slower.Before, mark.Slower.Now)
			}
		})
	}
	t.Run("too few to tell", func(t *testing.T) {
		s := store()
		calls(t, s, 0, 100, 20, nil)
		calls(t, s, 127, 3, 200, nil)
		if mark := edge(t, s).Mark; mark.Slower != nil {
			t.Errorf("the mark is %+v", mark)
		}
	})
}

func TestRisingFaults(t *testing.T) {
	for name, test := range map[string]struct {
		past, now int // every so manieth fails
		want      bool
	}{
		"as before":   {10, 9, false},
		"many more":   {50, 3, true},
		"from none":   {1000, 4, true},
		"one in many": {1000, 25, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := store()
			calls(t, s, 1, 100, 20, func(i int) bool { return i%test.past == 0 })
			calls(t, s, 101, 25, 20, func(i int) bool { return i%test.now == 0 })
			if mark := edge(t, s).Mark; (mark.Failing != nil) != test.want {
				t.Errorf("the mark is %+v", mark.Failing)
			}
		})
	}
}

// The node that most of the time is spent in is the bottleneck, not those that wait for it.
func TestBottleneck(t *testing.T) {
	s := store()
	calls(t, s, 0, 10, 90, nil)
	for _, n := range s.Map(0).Nodes {
		if n.Slow != (n.Kind == KindDatabase) {
			t.Errorf("%s is the bottleneck: %v, with %.2f of the time", n.Key, n.Slow, n.Busy)
		}
	}
}

// All bars together are all calls, and the traces of each bar can be asked for.
func TestLatencyBars(t *testing.T) {
	s := store()
	for i := range 200 {
		calls(t, s, i, 1, 1+float64(i*i)/50, func(i int) bool { return i%7 == 0 })
	}
	for _, seconds := range []float64{0, 60} {
		l := s.Latency("", "database:shop@db", seconds)
		count, faults := 0, 0
		for i, bar := range l.Bars {
			count, faults = count+bar.Count, faults+bar.Faults
			if i > 0 && bar.From != l.Bars[i-1].To {
				t.Errorf("bar %d begins at %v, the one before ends at %v", i, bar.From, l.Bars[i-1].To)
			}
			q := Query{To: "database:shop@db", ToMin: bar.From, ToMax: bar.To, Length: 500}
			if seconds > 0 {
				q.Since = s.Map(0).Newest - seconds
			}
			if page := s.Find(q); page.Matched != bar.Count {
				t.Errorf("bar %d has %d calls, %d traces are behind it", i, bar.Count, page.Matched)
			}
		}
		if count != l.Stats.Requests || faults != l.Stats.Faults || count == 0 {
			t.Errorf("the bars have %d calls and %d faults, the node %d and %d", count, faults, l.Stats.Requests, l.Stats.Faults)
		}
		requests := 0
		for _, part := range l.Times {
			requests += part.Requests
		}
		if requests != count {
			t.Errorf("the stretches of time have %d calls, want %d", requests, count)
		}
	}
	if l := s.Latency("", "database:nobody", 0); len(l.Bars) != 0 || l.Stats.Requests != 0 {
		t.Errorf("a node that is not there has %+v", l)
	}
}

func TestManyNodes(t *testing.T) {
	s := store()
	for i := range maxNodes + 50 {
		send(t, s, fmt.Sprintf("1-6b02c2f2-%024x", i), node(0xa1, fmt.Sprint("service-", i), 0, 1))
	}
	m := s.Map(0)
	if len(m.Nodes) != maxNodes || m.Hidden != 51 {
		t.Errorf("%d nodes, %d hidden", len(m.Nodes), m.Hidden)
	}
	for _, e := range m.Edges {
		if !strings.HasPrefix(e.To, "service:") {
			t.Errorf("an edge to %s", e.To)
		}
	}
}
