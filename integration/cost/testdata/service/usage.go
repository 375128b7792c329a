package main

import (
	"encoding/json"
	"log"
	"net"
	"runtime"
	"syscall"
)

// usage is what the process has used so far.
type usage struct {
	CPU    int64  // microseconds of the processor, user and system
	Bytes  uint64 // allocated
	Allocs uint64
}

// tellUsage writes what the process has used to whoever connects. It speaks no HTTP, so that no
// build traces it.
func tellUsage(addr string) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		log.Fatal(err)
	}
	for {
		c, err := l.Accept()
		if err != nil {
			log.Fatal(err)
		}
		if err := json.NewEncoder(c).Encode(now()); err != nil {
			log.Print(err)
		}
		c.Close()
	}
}

func now() usage {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		log.Fatal(err)
	}
	return usage{CPU: micros(r.Utime) + micros(r.Stime), Bytes: m.TotalAlloc, Allocs: m.Mallocs}
}

func micros(t syscall.Timeval) int64 { return int64(t.Sec)*1e6 + int64(t.Usec) }
