// Package proc runs the programs of a test in the background and keeps what they print.
package proc

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	startLimit = 30 * time.Second
	stopLimit  = 10 * time.Second
	pollEvery  = 20 * time.Millisecond
)

// Command says what to run.
type Command struct {
	Path string
	Args []string
	Dir  string
	Env  []string // all of the environment
	Stop os.Signal
	// UID and GID are those to run under, when they are not zero.
	UID, GID uint32
}

// Process is a program that runs until its test ends.
type Process struct {
	name           string
	cmd            *exec.Cmd
	stop           os.Signal
	stdout, stderr buffer
	done           chan struct{}
	err            error // of Wait; read only once done is closed
}

// Start starts a program. It is stopped when the test ends, however it ends; the output of
// a failed test's programs goes to the test's log.
func Start(t testing.TB, c Command) *Process {
	t.Helper()
	p := &Process{name: filepath.Base(c.Path), stop: c.Stop, done: make(chan struct{})}
	if p.stop == nil {
		p.stop = syscall.SIGTERM
	}
	p.cmd = exec.Command(c.Path, c.Args...)
	p.cmd.Dir, p.cmd.Env = c.Dir, c.Env
	p.cmd.Stdout, p.cmd.Stderr = &p.stdout, &p.stderr
	p.cmd.SysProcAttr = attributes(c.UID, c.GID)
	if err := p.cmd.Start(); err != nil {
		t.Fatalf("starting %s: %v", p.name, err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.Stop()
		if t.Failed() {
			t.Logf("standard output of %s:\n%s", p.name, p.Stdout())
			t.Logf("standard error of %s:\n%s", p.name, p.Stderr())
		}
	})
	return p
}

// Stop asks the program to end, and kills it when it doesn't.
func (p *Process) Stop() {
	_ = p.cmd.Process.Signal(p.stop) // fails only when it has ended
	select {
	case <-p.done:
	case <-time.After(stopLimit):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// Stdout returns what the program has printed so far.
func (p *Process) Stdout() string { return p.stdout.String() }

// Stderr returns what the program has written to standard error so far.
func (p *Process) Stderr() string { return p.stderr.String() }

// Await waits until ready says yes. It fails the test when the program ends before that.
func (p *Process) Await(t testing.TB, ready func() bool) {
	t.Helper()
	for deadline := time.Now().Add(startLimit); time.Now().Before(deadline); {
		if ready() {
			return
		}
		select {
		case <-p.done:
			t.Fatalf("%s ended while starting: %v", p.name, p.err)
		case <-time.After(pollEvery):
		}
	}
	t.Fatalf("%s is not ready after %v", p.name, startLimit)
}

// AwaitTCP waits until the program accepts connections. It sends nothing, so that
// the program's own logs and traces stay empty.
func (p *Process) AwaitTCP(t testing.TB, addr string) {
	t.Helper()
	p.Await(t, func() bool {
		conn, err := net.DialTimeout("tcp", addr, time.Second)
		if err != nil {
			return false
		}
		conn.Close()
		return true
	})
}

// given holds the addresses that FreeAddr has returned.
var given sync.Map

// FreeAddr returns an address on loopback that nothing listens on, neither by TCP nor by
// UDP. It never returns the same twice.
func FreeAddr(t testing.TB) string {
	t.Helper()
	for range 100 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		addr := l.Addr().String()
		conn, err := net.ListenPacket("udp", addr)
		l.Close()
		if err != nil {
			continue
		}
		conn.Close()
		if _, again := given.LoadOrStore(addr, true); !again {
			return addr
		}
	}
	t.Fatal("no free port on loopback")
	return ""
}

// buffer is a bytes.Buffer that may be read while a program writes to it.
type buffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
