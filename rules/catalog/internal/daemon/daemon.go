// Package daemon stands in for the X-Ray daemon in tests: it receives the
// packets that an SDK sends and hands them out by trace.
//
// It imports the standard library alone, so that tests of either major of the
// SDK can use it.
package daemon

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"
)

// Segment is what a packet says, as far as tests ask.
type Segment struct {
	Name        string         `json:"name"`
	ID          string         `json:"id"`
	Trace       string         `json:"trace_id"`
	Parent      string         `json:"parent_id"`
	Type        string         `json:"type"`
	Namespace   string         `json:"namespace"`
	End         float64        `json:"end_time"`
	InProgress  bool           `json:"in_progress"`
	Fault       bool           `json:"fault"`
	Error       bool           `json:"error"`
	Throttle    bool           `json:"throttle"`
	AWS         map[string]any `json:"aws"`
	Annotations map[string]any `json:"annotations"`
	Metadata    map[string]any `json:"metadata"`
	Subsegments []Segment      `json:"subsegments"`
	HTTP        struct {
		Request struct {
			Method        string `json:"method"`
			URL           string `json:"url"`
			ClientIP      string `json:"client_ip"`
			UserAgent     string `json:"user_agent"`
			XForwardedFor bool   `json:"x_forwarded_for"`
		} `json:"request"`
		Response struct {
			Status        int `json:"status"`
			ContentLength int `json:"content_length"`
		} `json:"response"`
	} `json:"http"`
	SQL struct {
		User  string `json:"user"`
		URL   string `json:"url"`
		Query string `json:"sanitized_query"`
	} `json:"sql"`
	Cause struct {
		Exceptions []struct {
			Message string `json:"message"`
		} `json:"exceptions"`
	} `json:"cause"`
}

// Below returns the subsegments below s at any depth, in the order in which they
// began to be recorded.
func (s Segment) Below() []Segment {
	var all []Segment
	for _, sub := range s.Subsegments {
		all = append(append(all, sub), sub.Below()...)
	}
	return all
}

// Daemon is a receiver on the loopback interface.
type Daemon struct {
	conn *net.UDPConn

	mu      sync.Mutex
	packets []Segment
	bad     []string
	changed chan struct{} // closed and replaced by each packet
}

// Listen starts a receiver that lives as long as the process.
func Listen() (*Daemon, error) {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	_ = conn.SetReadBuffer(4 << 20)
	d := &Daemon{conn: conn, changed: make(chan struct{})}
	go d.receive()
	return d, nil
}

// Addr returns the address that the SDK is to send to.
func (d *Daemon) Addr() string { return d.conn.LocalAddr().String() }

func (d *Daemon) receive() {
	buf := make([]byte, 1<<16)
	for {
		n, err := d.conn.Read(buf)
		if err != nil {
			return
		}
		d.add(buf[:n])
	}
}

func (d *Daemon) add(packet []byte) {
	header, body, _ := bytes.Cut(packet, []byte("\n"))
	var s Segment
	err := json.Unmarshal(body, &s)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil || string(header) != `{"format": "json", "version": 1}` {
		d.bad = append(d.bad, string(packet))
	}
	d.packets = append(d.packets, s)
	close(d.changed)
	d.changed = make(chan struct{})
}

// Trace returns the packets of a trace as soon as there are at least n, and
// fails the test when that does not happen.
func (d *Daemon) Trace(t testing.TB, trace string, n int) []Segment {
	t.Helper()
	timeout := time.After(10 * time.Second)
	for {
		found, changed := d.of(trace)
		if len(found) >= n {
			return found
		}
		select {
		case <-changed:
		case <-timeout:
			t.Fatalf("trace %s has %d packets, want %d:\n%s", trace, len(found), n, Format(found))
		}
	}
}

// of returns the packets of a trace so far.
func (d *Daemon) of(trace string) ([]Segment, <-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var found []Segment
	for _, p := range d.packets {
		if p.Trace == trace {
			found = append(found, p)
		}
	}
	return found, d.changed
}

// Exactly returns the packets of a trace, of which there must be n. mark has the
// SDK send a packet of its own and returns the trace of that: what was sent
// before has then arrived.
func (d *Daemon) Exactly(t testing.TB, trace string, n int, mark func() string) []Segment {
	t.Helper()
	d.Trace(t, trace, n)
	d.Trace(t, mark(), 1)
	found, _ := d.of(trace)
	if len(found) != n {
		t.Fatalf("trace %s has %d packets, want %d:\n%s", trace, len(found), n, Format(found))
	}
	return found
}

// Malformed returns the packets that were no segments.
func (d *Daemon) Malformed() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.bad
}

// Format returns segments as indented lines, for failures.
func Format(segments []Segment) string {
	var b bytes.Buffer
	write(&b, segments, "  ")
	return b.String()
}

func write(b *bytes.Buffer, segments []Segment, indent string) {
	for _, s := range segments {
		fmt.Fprintf(b, "%s%s id=%s parent=%s %s %s %s %d %s", indent, s.Name, s.ID, s.Parent, s.Namespace, s.HTTP.Request.Method, s.HTTP.Request.URL, s.HTTP.Response.Status, s.SQL.Query)
		if s.InProgress {
			b.WriteString(" in progress")
		}
		if s.Fault {
			b.WriteString(" fault")
		}
		if s.Error {
			b.WriteString(" error")
		}
		b.WriteString("\n")
		write(b, s.Subsegments, indent+"  ")
	}
}
