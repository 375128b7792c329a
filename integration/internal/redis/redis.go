// Package redis runs a Redis server of its own for a test, from the program of the
// Debian package, in a temporary folder and on a free port of loopback.
package redis

import (
	"net"
	"os/exec"
	"testing"

	"github.com/seed-4257438c/xray-instrument/integration/internal/proc"
)

// Start starts a server, which ends with the test, and returns its address. It saves
// nothing.
func Start(t testing.TB) string {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal("no Redis server: apt-get install redis-server")
	}
	addr := proc.FreeAddr(t)
	host, port, _ := net.SplitHostPort(addr)
	p := proc.Start(t, proc.Command{
		Path: path,
		Args: []string{"--bind", host, "--port", port, "--save", "", "--appendonly", "no"},
		Dir:  t.TempDir(),
		Env:  []string{"LC_ALL=C", "TZ=UTC"},
	})
	p.AwaitTCP(t, addr)
	return addr
}
