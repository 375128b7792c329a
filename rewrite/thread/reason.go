package thread

// reason says what stands between a call and a context.
func (s *solver) reason(sink Sink) Reason {
	f := s.funcs[sink.From]
	switch {
	case f == nil:
		return Reason{Other: sink.Why}
	case !s.usable(sink.From, sink.Via):
		return Reason{Other: "it stands in a function that is handed on and may be called later"}
	case f.Root != "":
		return Reason{Other: f.Root}
	}
	if why := s.stays[s.find(sink.From)]; why != "" {
		return Reason{Blocker: why}
	}
	if chain, why := s.nearest(sink.From); why != "" {
		return Reason{Blocker: why, Chain: chain}
	}
	return Reason{Other: "no caller of " + f.Name + " has one"}
}

// nearest goes up the callers of a function to the first class that cannot change,
// and returns the way there.
func (s *solver) nearest(key string) (chain []string, why string) {
	type step struct {
		key   string
		chain []string
	}
	seen := map[string]bool{s.find(key): true}
	for queue := []step{{key: key}}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		for _, m := range s.members[s.find(at.key)] {
			for _, c := range s.callers[m] {
				caller, root := s.funcs[c.From], s.find(c.From)
				if seen[root] || caller.Root != "" {
					continue
				}
				seen[root] = true
				chain := append(at.chain[:len(at.chain):len(at.chain)], caller.Name)
				if why := s.stays[root]; why != "" {
					return chain, why
				}
				queue = append(queue, step{c.From, chain})
			}
		}
	}
	return nil, ""
}
