package collect

import (
	"errors"
	"net"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-4257438c/xray-instrument/cmd/xray-local/internal/segment"
)

// listen opens a UDP port of loopback for a test.
func listen(t testing.TB) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func start(t testing.TB, opts Options) (*Collector, net.Conn) {
	t.Helper()
	conn := listen(t)
	c, err := Listen(conn, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	client, err := net.Dial("udp", conn.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return c, client
}

// await waits until a condition holds.
func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("%s: still not so after 20 s", what)
}

func send(t testing.TB, to net.Conn, datagrams ...string) {
	t.Helper()
	for _, datagram := range datagrams {
		if _, err := to.Write([]byte(datagram)); err != nil {
			t.Fatal(err)
		}
	}
}

// What can't be used is counted by reason, the last of it can be looked at, and the collector goes on.
func TestHostile(t *testing.T) {
	receive := func(datagram []byte) error {
		_, _, err := segment.Parse(datagram, false)
		return err
	}
	c, client := start(t, Options{Receive: receive})
	head := `{"format": "json", "version": 1}` + "\n"
	good := head + `{"trace_id":"1-6b02c2f2-000102030405060708090a0b","id":"00000000000000a1","name":"a","start_time":1}`
	send(t, client, "", "hello", head, head+"{", head+"\xff", head+`{"trace_id":"x"}`, good, head+`{"id":"<script>"}`)
	await(t, "eight datagrams", func() bool { return c.Counts().Datagrams == 8 && len(c.Counts().Samples) == 7 })
	counts := c.Counts()
	want := map[string]uint64{"no header line": 2, "not JSON": 2, "not UTF-8": 1, "no trace id": 2}
	for reason, n := range want {
		if counts.Refused[reason] != n {
			t.Errorf("%d refused for %q, want %d: %v", counts.Refused[reason], reason, n, counts.Refused)
		}
	}
	for _, sample := range counts.Samples {
		for _, r := range sample.Start {
			if r < ' ' || r > '~' {
				t.Errorf("the sample %s has the character %U", sample.Start, r)
			}
		}
	}
	for range 3 * maxSamples {
		send(t, client, "again")
	}
	await(t, "no more samples than there may be", func() bool { return c.Counts().Datagrams == 8+3*maxSamples && len(c.Counts().Samples) == maxSamples })
}

// With masked literals nothing is shown of what could not be parsed, and so not be masked.
func TestHidden(t *testing.T) {
	c, client := start(t, Options{Receive: func([]byte) error { return segment.ErrJSON }, Hide: true})
	send(t, client, "SELECT 'secret'")
	await(t, "it is refused", func() bool { return len(c.Counts().Samples) == 1 })
	if sample := c.Counts().Samples[0]; sample.Start != "" || sample.Size != 15 {
		t.Errorf("the sample is %+v", sample)
	}
}

// Every datagram is passed on as it came, those that can't be used too.
func TestForward(t *testing.T) {
	daemon := listen(t)
	c, client := start(t, Options{Receive: func([]byte) error { return errors.New("never") }, Forward: daemon.LocalAddr().String()})
	for _, datagram := range []string{"one\n\x00\xff", string(make([]byte, 60000)), "{}"} {
		send(t, client, datagram)
		buffer := make([]byte, 1<<16)
		_ = daemon.SetReadDeadline(time.Now().Add(10 * time.Second))
		n, err := daemon.Read(buffer)
		if err != nil || string(buffer[:n]) != datagram {
			t.Fatalf("%d bytes have come, want %d: %v", n, len(datagram), err)
		}
	}
	await(t, "three forwarded", func() bool { return c.Counts().Forwarded == 3 })
}

// A daemon that is not there is no reason to lose anything here.
func TestForwardToNobody(t *testing.T) {
	gone := listen(t)
	addr := gone.LocalAddr().String()
	gone.Close()
	var received atomic.Int64
	c, client := start(t, Options{Receive: func([]byte) error { received.Add(1); return nil }, Forward: addr})
	const n = 50
	for range n {
		send(t, client, "x")
		time.Sleep(time.Millisecond) // the system tells of nobody with the next datagram
	}
	await(t, "all received", func() bool { return received.Load() == n })
	if counts := c.Counts(); counts.Forwarded+counts.Unforwarded != n || counts.Unforwarded == 0 {
		t.Errorf("the counts are %+v", counts)
	}
	if _, err := Listen(listen(t), Options{Forward: "no such address"}); err == nil {
		t.Error("an address that is none is accepted")
	}
}

// What the system has thrown away, since nobody read it, is counted where the system tells.
func TestSystemDrops(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("known on Linux alone")
	}
	conn := listen(t)
	client, err := net.Dial("udp", conn.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if n := systemDrops(conn.LocalAddr()); n != 0 {
		t.Errorf("%d were thrown away before the first", n)
	}
	const sent = 2000
	for range sent {
		send(t, client, string(make([]byte, 10000)))
	}
	read := 0
	for buffer := make([]byte, 1<<16); ; read++ {
		_ = conn.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		if _, err := conn.Read(buffer); err != nil {
			break
		}
	}
	if n := systemDrops(conn.LocalAddr()); n == 0 || n+uint64(read) != sent {
		t.Errorf("%d were thrown away, %d read, of %d", n, read, sent)
	}
}

// While parsing is held up, datagrams wait; no more of them than there may be.
func TestOverrun(t *testing.T) {
	hold := make(chan struct{})
	var received atomic.Uint64
	c, client := start(t, Options{Receive: func([]byte) error { <-hold; received.Add(1); return nil }})
	large := string(make([]byte, 60000))
	for range queueLimit/len(large) + 100 {
		before := c.Counts().Datagrams
		send(t, client, large)
		await(t, "read", func() bool { return c.Counts().Datagrams == before+1 })
	}
	counts := c.Counts()
	if counts.Overrun < 90 {
		t.Errorf("%d overran", counts.Overrun)
	}
	close(hold)
	await(t, "the others processed", func() bool { return received.Load() == counts.Datagrams-counts.Overrun })
}
