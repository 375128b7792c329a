package thread

// unbox finds the methods that can be called without naming the type that they are
// called on.
func (s *solver) unbox(sums []*Summary) {
	holds := map[string][]string{}
	for _, sum := range sums {
		for _, h := range sum.Holds {
			holds[h.A] = append(holds[h.A], h.B)
		}
	}
	s.boxed = map[string]bool{anything: true}
	for queue := []string{anything}; len(queue) > 0; queue = queue[1:] {
		for _, next := range holds[queue[0]] {
			if !s.boxed[next] {
				s.boxed[next] = true
				queue = append(queue, next)
			}
		}
	}
}

// isBoxed reports whether a method can be called without naming its type.
func (s *solver) isBoxed(key string) bool { return s.boxed[key] || s.opts.Partial() }
