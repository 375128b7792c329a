package env

import "sync"

// queue holds the goroutines of a unit that wait for their turn: those outlive what
// started them, one after the other, so that the log has one order.
type queue struct {
	mu      sync.Mutex
	waiting []*task
}

type task struct{ begin, end chan struct{} }

var queues sync.Map // *queue by unit

func queueOf(unit string) *queue {
	q, _ := queues.LoadOrStore(unit, &queue{})
	return q.(*queue)
}

// Later is called before a goroutine is started, which calls turn first and done last.
func Later(unit string) (turn, done func()) {
	t := &task{make(chan struct{}), make(chan struct{})}
	q := queueOf(unit)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.waiting = append(q.waiting, t)
	return func() { <-t.begin }, func() { close(t.end) }
}

// Settle gives each goroutine that waits its turn.
func Settle(unit string) {
	q := queueOf(unit)
	for {
		q.mu.Lock()
		if len(q.waiting) == 0 {
			q.mu.Unlock()
			return
		}
		t := q.waiting[0]
		q.waiting = q.waiting[1:]
		q.mu.Unlock()
		close(t.begin)
		<-t.end
	}
}
