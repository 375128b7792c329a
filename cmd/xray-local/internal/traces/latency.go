package traces

// Latency is how long the calls of a node took, and how its last minutes were.
type Latency struct {
	Node  Node   `json:"node"`
	Bars  []Bar  `json:"bars"`
	Times []Time `json:"times"`
	Stats Stats  `json:"stats"`
}

// Bar counts the calls that took from From up to To seconds.
type Bar struct {
	From   float64 `json:"from"`
	To     float64 `json:"to"`
	Count  int     `json:"count"`
	Faults int     `json:"faults"`
	Errors int     `json:"errors"` // throttled ones too
}

// Time is a stretch of time.
type Time struct {
	At       float64 `json:"at"` // its beginning, seconds since 1970
	Requests int     `json:"requests"`
	Faults   int     `json:"faults"`
	P50      float64 `json:"p50"`
	P95      float64 `json:"p95"`
}

// barsFor are the buckets of a distribution that a bar is made of: about six bars a doubling
// would be too many, three are easy to hit with a finger.
const barsFor = 5

// stretches is how many there are on the time axis.
const stretches = 40

// Latency returns the distribution of the calls of node to in the last seconds (zero: all), or only of
// those that from made.
func (s *Store) Latency(from, to string, seconds float64) Latency {
	s.mu.Lock()
	defer s.mu.Unlock()
	newest := s.newest()
	m := newMatcher(Query{From: from, To: to})
	var found []visit
	oldest := newest
	s.each(func(t *trace) bool {
		if seconds > 0 && t.summary.Start < newest-seconds {
			return true
		}
		for _, v := range t.visits {
			if v.took >= 0 && m.asked(v) {
				found = append(found, v)
				oldest = min(oldest, v.start)
			}
		}
		return true
	})
	var all tally
	for _, v := range found {
		all.add(v, false)
	}
	l := Latency{Node: newNode(to), Bars: bars(found), Stats: all.stats()}
	if seconds > 0 {
		oldest = newest - seconds
	}
	l.Times = times(found, oldest, newest)
	return l
}

// bars puts calls into bars; those in between that are empty are there too.
func bars(calls []visit) []Bar {
	counts := map[int]*Bar{}
	low, high := 1<<30, -1
	for _, v := range calls {
		i := bucket(float64(v.took)) / barsFor
		low, high = min(low, i), max(high, i)
		bar := counts[i]
		if bar == nil {
			bar = &Bar{}
			counts[i] = bar
		}
		bar.Count++
		switch {
		case v.outcome&Fault != 0:
			bar.Faults++
		case v.outcome != 0:
			bar.Errors++
		}
	}
	list := []Bar{}
	for i := low; i <= high; i++ {
		bar := Bar{}
		if counts[i] != nil {
			bar = *counts[i]
		}
		bar.From, bar.To = lower(i*barsFor), lower((i+1)*barsFor)
		list = append(list, bar)
	}
	return list
}

// times puts calls on the time axis.
func times(calls []visit, oldest, newest float64) []Time {
	width := max((newest-oldest)/stretches, 1)
	var parts [stretches]distribution
	for _, v := range calls {
		i := min(stretches-1, max(0, int((v.start-oldest)/width)))
		parts[i].add(float64(v.took))
		if v.outcome&Fault != 0 {
			parts[i].faults++
		}
	}
	list := make([]Time, stretches)
	for i := range parts {
		d := &parts[i]
		list[i] = Time{oldest + float64(i)*width, d.count, d.faults, d.quantile(0.5), d.quantile(0.95)}
	}
	return list
}
