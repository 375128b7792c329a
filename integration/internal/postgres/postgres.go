// Package postgres runs a PostgreSQL server of its own for a test, from the programs of
// the Debian package, in a temporary folder and on a free port of loopback.
package postgres

import (
	"cmp"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/seed-4257438c/xray-instrument/integration/internal/proc"
)

const superuser = "streamline"

// Server is a running PostgreSQL server.
type Server struct {
	bin, host, port string
}

// Start starts a server, which ends with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	bin := programs(t)
	owner := serverUser(t)
	dir := owner.tempDir(t)
	data := filepath.Join(dir, "data")
	owner.run(t, filepath.Join(bin, "initdb"), "-D", data, "-U", superuser,
		"--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", "--no-instructions")

	host, port, _ := net.SplitHostPort(proc.FreeAddr(t))
	s := &Server{bin: bin, host: host, port: port}
	p := proc.Start(t, proc.Command{
		Path: filepath.Join(bin, "postgres"),
		Args: []string{"-D", data, "-h", host, "-p", port, "-k", dir, "-F"},
		Dir:  dir,
		Env:  []string{"LC_ALL=C", "TZ=UTC"},
		Stop: syscall.SIGINT, // the fast shutdown, which doesn't wait for clients
		UID:  owner.uid,
		GID:  owner.gid,
	})
	p.Await(t, func() bool {
		return exec.Command(filepath.Join(bin, "pg_isready"), "-q", "-h", host, "-p", port).Run() == nil
	})
	return s
}

// Create makes an empty database and returns the address under which a program opens it.
func (s *Server) Create(t testing.TB, name string) string {
	t.Helper()
	s.client(t, "createdb", name)
	return fmt.Sprintf("postgres://%s@%s:%s/%s?sslmode=disable", superuser, s.host, s.port, name)
}

// Rows returns all rows of a database, as sorted INSERT statements.
func (s *Server) Rows(t testing.TB, name string) []string {
	t.Helper()
	var rows []string
	for line := range strings.Lines(s.client(t, "pg_dump", "--data-only", "--inserts", name)) {
		if strings.HasPrefix(line, "INSERT ") {
			rows = append(rows, strings.TrimSpace(line))
		}
	}
	slices.Sort(rows)
	return rows
}

// client runs one of PostgreSQL's client programs against the server.
func (s *Server) client(t testing.TB, program string, args ...string) string {
	t.Helper()
	args = append([]string{"-h", s.host, "-p", s.port, "-U", superuser}, args...)
	cmd := exec.Command(filepath.Join(s.bin, program), args...)
	cmd.Stderr = new(strings.Builder)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", program, err, cmd.Stderr)
	}
	return string(out)
}

// programs returns the folder of the newest server that Debian's packages have installed.
func programs(t testing.TB) string {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if len(found) == 0 {
		t.Fatal("no PostgreSQL server in /usr/lib/postgresql: apt-get install postgresql")
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return cmp.Compare(version(a), version(b)) })
	return filepath.Dir(newest)
}

func version(path string) int {
	n, _ := strconv.Atoi(strings.Split(path, "/")[4])
	return n
}

// account is the user that the server runs under; the zero account is that of the test.
type account struct {
	uid, gid uint32
}

// serverUser returns the package's own user when the test runs as root, since the server refuses root.
func serverUser(t testing.TB) account {
	t.Helper()
	if os.Getuid() != 0 {
		return account{}
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		t.Fatalf("the server refuses to run as root, and its own user is missing: %v", err)
	}
	uid, _ := strconv.ParseUint(u.Uid, 10, 32)
	gid, _ := strconv.ParseUint(u.Gid, 10, 32)
	return account{uint32(uid), uint32(gid)}
}

// tempDir makes a folder of the account. Its path is short enough for a socket, and none
// of its parents belongs to the test alone.
func (a account) tempDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if a.uid != 0 {
		if err := os.Chown(dir, int(a.uid), int(a.gid)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// run runs a program under the account and waits for its end.
func (a account) run(t testing.TB, path string, args ...string) {
	t.Helper()
	cmd := exec.Command(path, args...)
	cmd.Dir = "/"
	if a.uid != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: a.uid, Gid: a.gid}}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(path), err, out)
	}
}
