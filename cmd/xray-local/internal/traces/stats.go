package traces

import "math"

// Stats are about calls that have ended. Percentiles are seconds.
type Stats struct {
	Requests int     `json:"requests"`
	Faults   int     `json:"faults"`
	Errors   int     `json:"errors"`
	Throttle int     `json:"throttles"`
	P50      float64 `json:"p50"`
	P95      float64 `json:"p95"`
	P99      float64 `json:"p99"`
	Mean     float64 `json:"mean"`
}

// Mark says what is unlike its own past. The ends of each sentence are what is compared.
type Mark struct {
	Slower  *Change `json:"slower,omitempty"`  // the median, in seconds
	Failing *Change `json:"failing,omitempty"` // the share of faults
}

// Change is a figure before and in the last half minute.
type Change struct {
	Before float64 `json:"before"`
	Now    float64 `json:"now"`
}

// What counts as unlike the past. A developer sends few requests by hand, so a handful must do;
// and what is fast may vary without being worth a word.
const (
	recentSeconds = 30
	minRecent     = 5
	minPast       = 15
	slowFactor    = 2
	slowSeconds   = 0.02
	failFactor    = 2
	failShare     = 0.05
	minFaults     = 2
)

// tally counts calls.
type tally struct {
	past, recent distribution
	throttles    int
	errors       int
}

func (t *tally) add(v visit, recent bool) {
	if v.took < 0 {
		return // it has not ended
	}
	d := &t.past
	if recent {
		d = &t.recent
	}
	d.add(float64(v.took))
	switch { // a throttle is an error too
	case v.outcome&Fault != 0:
		d.faults++
	case v.outcome&Throttle != 0:
		t.throttles++
	case v.outcome&Error != 0:
		t.errors++
	}
}

func (t *tally) stats() Stats {
	all := t.past
	all.merge(&t.recent)
	s := Stats{Requests: all.count, Faults: all.faults, Errors: t.errors, Throttle: t.throttles}
	s.P50, s.P95, s.P99 = all.quantile(0.5), all.quantile(0.95), all.quantile(0.99)
	if all.count > 0 {
		s.Mean = all.sum / float64(all.count)
	}
	return s
}

func (t *tally) mark() Mark {
	var m Mark
	if t.recent.count < minRecent || t.past.count < minPast {
		return m
	}
	if before, now := t.past.quantile(0.5), t.recent.quantile(0.5); now > slowFactor*before && now > before+slowSeconds {
		m.Slower = &Change{before, now}
	}
	if before, now := t.past.failing(), t.recent.failing(); t.recent.faults >= minFaults && now >= failShare && now >= failFactor*before {
		m.Failing = &Change{before, now}
	}
	return m
}

// distribution counts durations in buckets, each a twentieth wider than the one before it: a
// quantile is off by as much at most.
type distribution struct {
	count, faults int
	sum           float64
	buckets       []int32 // grown as needed
}

const (
	growth   = 1.05
	shortest = 10e-6 // seconds; what is shorter is in the first bucket
	mostWide = 500   // buckets: about 11 days
)

var logGrowth = math.Log(growth)

// bucket returns the index of the bucket of a duration.
func bucket(seconds float64) int {
	if !(seconds > shortest) {
		return 0
	}
	return min(mostWide, int(math.Log(seconds/shortest)/logGrowth)+1)
}

// lower returns the duration from which on a bucket counts.
func lower(bucket int) float64 {
	if bucket == 0 {
		return 0
	}
	return shortest * math.Pow(growth, float64(bucket-1))
}

func (d *distribution) add(seconds float64) {
	d.count++
	d.sum += seconds
	i := bucket(seconds)
	d.grow(i)
	d.buckets[i]++
}

func (d *distribution) grow(i int) {
	if i >= len(d.buckets) {
		d.buckets = append(d.buckets, make([]int32, i+1-len(d.buckets))...)
	}
}

func (d *distribution) merge(other *distribution) {
	d.count += other.count
	d.faults += other.faults
	d.sum += other.sum
	d.buckets = append([]int32(nil), d.buckets...)
	d.grow(len(other.buckets) - 1)
	for i, n := range other.buckets {
		d.buckets[i] += n
	}
}

// quantile returns the duration that a share of all calls does not exceed: the middle of its bucket.
func (d *distribution) quantile(share float64) float64 {
	rank := int32(math.Ceil(share * float64(d.count)))
	for i, n := range d.buckets {
		if rank -= n; rank <= 0 {
			return (lower(i) + lower(i+1)) / 2
		}
	}
	return 0
}

func (d *distribution) failing() float64 {
	if d.count == 0 {
		return 0
	}
	return float64(d.faults) / float64(d.count)
}
