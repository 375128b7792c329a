// Package mariadb runs a MariaDB server of its own for a test, from the programs of the
// Debian package, in a temporary folder and on a free port of loopback.
package mariadb

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/seed-4257438c/xray-instrument/integration/internal/proc"
)

// The account under which programs open their databases.
const (
	account  = "shelf"
	Password = "hush-hush"
)

// Server is a running MariaDB server.
type Server struct {
	host, port, socket string
}

// Start starts a server, which ends with the test. It runs under the user of the test:
// the folder is its own, and nothing outside loopback can reach it.
func Start(t testing.TB) *Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "mariadb") // short enough for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	u, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	run(t, program(t, "mariadb-install-db"), "--no-defaults", "--datadir="+data, "--user="+u.Username,
		"--auth-root-authentication-method=normal", "--skip-test-db", "--force")

	host, port, _ := net.SplitHostPort(proc.FreeAddr(t))
	s := &Server{host: host, port: port, socket: filepath.Join(dir, "s")}
	p := proc.Start(t, proc.Command{
		Path: program(t, "mariadbd"),
		Args: []string{"--no-defaults", "--datadir=" + data, "--user=" + u.Username, "--bind-address=" + host, "--port=" + port,
			"--socket=" + s.socket, "--pid-file=" + filepath.Join(dir, "pid"), "--skip-name-resolve"},
		Dir:  dir,
		Env:  []string{"LC_ALL=C", "TZ=UTC"},
		Stop: syscall.SIGTERM,
	})
	p.Await(t, func() bool { return s.client(program(t, "mariadb"), "SELECT 1") == nil })
	return s
}

// Create makes an empty database and returns the data source name under which a program
// opens it.
func (s *Server) Create(t testing.TB, name string) string {
	t.Helper()
	err := s.client(program(t, "mariadb"), fmt.Sprintf("CREATE DATABASE %[1]s; GRANT ALL ON %[1]s.* TO %[2]s@'%%' IDENTIFIED BY '%[3]s'", name, account, Password))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%s:%s@tcp(%s:%s)/%s", account, Password, s.host, s.port, name)
}

// client has the server's administrator run statements.
func (s *Server) client(path, statements string) error {
	out, err := exec.Command(path, "--no-defaults", "--socket="+s.socket, "--user=root", "--execute="+statements).CombinedOutput()
	if err != nil {
		return fmt.Errorf("mariadb: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// program returns the path of one of the package's programs.
func program(t testing.TB, name string) string {
	t.Helper()
	for _, dir := range []string{"/usr/sbin", "/usr/bin"} {
		if path := filepath.Join(dir, name); exec.Command("test", "-x", path).Run() == nil {
			return path
		}
	}
	t.Fatalf("no %s in /usr/sbin or /usr/bin: apt-get install mariadb-server", name)
	return ""
}

func run(t testing.TB, path string, args ...string) {
	t.Helper()
	if out, err := exec.Command(path, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(path), err, out)
	}
}
