package main

import (
	"net"
	"sync/atomic"
	"testing"
	"time"
)

// sink takes segments by UDP, counts them and forgets them. Nobody answers at its address
// by TCP, so the SDK samples by the rules that it falls back on.
type sink struct {
	addr             string
	datagrams, bytes atomic.Int64
}

// listen returns a sink, which ends with the test.
func listen(t testing.TB) *sink {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	s := &sink{addr: conn.LocalAddr().String()}
	go func() {
		buf := make([]byte, 1<<16)
		for {
			n, _, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			s.datagrams.Add(1)
			s.bytes.Add(int64(n))
		}
	}()
	return s
}

// settled returns what has come once nothing more has for a while.
func (s *sink) settled() (datagrams, bytes int64) {
	for {
		datagrams = s.datagrams.Load()
		time.Sleep(20 * time.Millisecond)
		if s.datagrams.Load() == datagrams {
			return datagrams, s.bytes.Load()
		}
	}
}
