// Package collect speaks the protocol of the X-Ray daemon: segments by UDP, and by TCP what
// SDKs ask about sampling.
//
// It imports segment alone; what becomes of a datagram is for its caller to say.
package collect

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-4257438c/xray-instrument/cmd/xray-local/internal/segment"
)

// readBuffer is what the system is asked to keep while the collector is busy. It may grant less.
const readBuffer = 8 << 20

// queueLimit bounds what has been read and is not yet parsed, in bytes.
const queueLimit = 64 << 20

// queueLength bounds it in datagrams.
const queueLength = 64 << 10

// Options say what a collector does with datagrams.
type Options struct {
	Receive func(datagram []byte) error // an error of segment.Reasons says why one was refused
	Forward string                      // address of a daemon that gets every datagram unchanged, or empty
	Hide    bool                        // nothing of a datagram that was refused is kept to be shown
}

// Collector receives datagrams.
type Collector struct {
	opts    Options
	conn    *net.UDPConn
	forward *net.UDPConn
	queue   chan []byte
	queued  atomic.Int64
	done    sync.WaitGroup

	datagrams, forwarded, unforwarded, overrun atomic.Uint64

	mu      sync.Mutex
	refused map[string]uint64
	samples []Refused
}

// Counts are what has arrived, and what was lost on the way.
type Counts struct {
	Datagrams   uint64            `json:"datagrams"`
	Overrun     uint64            `json:"overrun"` // thrown away, since too many waited, here or with the system
	Forwarded   uint64            `json:"forwarded"`
	Unforwarded uint64            `json:"unforwarded"`
	Refused     map[string]uint64 `json:"refused"` // by reason
	Samples     []Refused         `json:"samples"` // the last ones
}

// Refused is a datagram that could not be used.
type Refused struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
	Size   int       `json:"size"`
	Start  string    `json:"start"` // its first bytes, quoted
}

const (
	maxSamples  = 20
	sampleBytes = 160
)

// Listen starts to receive on a connection.
func Listen(conn *net.UDPConn, opts Options) (*Collector, error) {
	c := &Collector{opts: opts, conn: conn, queue: make(chan []byte, queueLength), refused: map[string]uint64{}}
	_ = conn.SetReadBuffer(readBuffer) // what the system grants must do
	if opts.Forward != "" {
		addr, err := net.ResolveUDPAddr("udp", opts.Forward)
		if err != nil {
			return nil, fmt.Errorf("forwarding: %w", err)
		}
		if c.forward, err = net.DialUDP("udp", nil, addr); err != nil {
			return nil, fmt.Errorf("forwarding: %w", err)
		}
	}
	c.done.Add(2)
	go c.read()
	go c.process()
	return c, nil
}

// Close stops receiving. What was read before is still processed.
func (c *Collector) Close() error {
	err := c.conn.Close()
	c.done.Wait()
	if c.forward != nil {
		err = errors.Join(err, c.forward.Close())
	}
	return err
}

// read does nothing but read, so that the system's buffer never fills.
func (c *Collector) read() {
	defer c.done.Done()
	defer close(c.queue)
	buffer := make([]byte, segment.MaxSize+1)
	for {
		n, _, err := c.conn.ReadFromUDPAddrPort(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil && n == 0 {
			// One that a peer's system has sent back, or one too large for the buffer: not the end.
			time.Sleep(time.Millisecond)
			continue
		}
		c.datagrams.Add(1)
		if c.queued.Add(int64(n)) > queueLimit {
			c.queued.Add(-int64(n))
			c.overrun.Add(1)
			continue
		}
		select {
		case c.queue <- append([]byte(nil), buffer[:n]...):
		default:
			c.queued.Add(-int64(n))
			c.overrun.Add(1)
		}
	}
}

// process forwards and parses what was read.
func (c *Collector) process() {
	defer c.done.Done()
	for datagram := range c.queue {
		if c.forward != nil {
			if _, err := c.forward.Write(datagram); err != nil {
				c.unforwarded.Add(1)
			} else {
				c.forwarded.Add(1)
			}
		}
		if err := c.opts.Receive(datagram); err != nil {
			c.refuse(datagram, err)
		}
		c.queued.Add(-int64(len(datagram)))
	}
}

func (c *Collector) refuse(datagram []byte, err error) {
	reason := "other"
	for _, known := range segment.Reasons {
		if errors.Is(err, known) {
			reason = known.Error()
			break
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused[reason]++
	if len(c.samples) == maxSamples {
		c.samples = c.samples[1:]
	}
	start := ""
	if !c.opts.Hide {
		start = fmt.Sprintf("%+q", datagram[:min(len(datagram), sampleBytes)])
	}
	c.samples = append(c.samples, Refused{time.Now(), reason, len(datagram), start})
}

// Counts returns what has arrived so far.
func (c *Collector) Counts() Counts {
	counts := Counts{
		Datagrams: c.datagrams.Load(), Overrun: c.overrun.Load() + systemDrops(c.conn.LocalAddr()), Forwarded: c.forwarded.Load(), Unforwarded: c.unforwarded.Load(),
		Refused: map[string]uint64{}, Samples: []Refused{},
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for reason, n := range c.refused {
		counts.Refused[reason] = n
	}
	counts.Samples = append(counts.Samples, c.samples...)
	return counts
}
