// Package pglite stands in for a PostgreSQL server where none is installed: it speaks the
// protocol of one, and keeps the databases in SQLite.
//
// It knows as much of PostgreSQL's SQL as the order platform uses, and is no more than that:
// the tests run the platform with a real server.
package pglite

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"zombiezen.com/go/sqlite"
)

// Server is a running stand-in.
type Server struct {
	listener net.Listener
	dir      string
	sessions sync.WaitGroup

	mu       sync.Mutex
	open     map[net.Conn]bool // nil once the server is closed
	troubles map[string]*trouble
}

// trouble is what a database suffers from.
type trouble struct {
	delay  time.Duration // of every statement
	every  int           // so manieth change fails
	change int
}

// Start starts a server on a free port of loopback. The databases are files in dir, each made
// when it is first asked for.
func Start(dir string) (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{listener: l, dir: dir, open: map[net.Conn]bool{}, troubles: map[string]*trouble{}}
	s.sessions.Go(s.accept)
	return s, nil
}

// URL returns the address under which a program opens a database.
func (s *Server) URL(database string) string {
	return fmt.Sprintf("postgres://streamline@%s/%s?sslmode=disable", s.listener.Addr(), database)
}

// Close ends the server with all of its connections.
func (s *Server) Close() error {
	err := s.listener.Close()
	s.mu.Lock()
	for conn := range s.open {
		conn.Close()
	}
	s.open = nil
	s.mu.Unlock()
	s.sessions.Wait()
	return err
}

// Slow delays every statement in a database.
func (s *Server) Slow(database string, delay time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble(database).delay = delay
}

// Fail makes every so manieth change of a database fail; zero is none.
func (s *Server) Fail(database string, every int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.trouble(database).every = every
}

// Exec runs a statement of SQLite's in a database.
func (s *Server) Exec(database, query string) error {
	conn, err := s.database(database)
	if err != nil {
		return err
	}
	stmt, _, err := conn.PrepareTransient(query)
	if err == nil {
		_, err = stmt.Step()
		err = errors.Join(err, stmt.Finalize())
	}
	return errors.Join(err, conn.Close())
}

func (s *Server) trouble(database string) *trouble {
	t := s.troubles[database]
	if t == nil {
		t = &trouble{}
		s.troubles[database] = t
	}
	return t
}

// suffer waits as long as a statement in a database has to, and says whether it fails.
func (s *Server) suffer(database, query string) error {
	s.mu.Lock()
	t := s.trouble(database)
	delay, fails := t.delay, false
	if !statements.MatchString(query) {
		delay = 0 // what begins and ends a transaction is not slow
	}
	if t.every > 0 && changes.MatchString(query) {
		t.change++
		fails = t.change%t.every == 0
	}
	s.mu.Unlock()
	time.Sleep(delay)
	if fails {
		return &failure{"55P03", "canceling statement due to lock timeout"}
	}
	return nil
}

var statements = regexp.MustCompile(`(?i)^\s*(SELECT|INSERT|UPDATE|DELETE)\b`)

var changes = regexp.MustCompile(`(?i)^\s*(INSERT|UPDATE|DELETE)\b`)

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return // closed
		}
		s.mu.Lock()
		if s.open == nil {
			s.mu.Unlock()
			conn.Close()
			return
		}
		s.open[conn] = true
		s.mu.Unlock()
		s.sessions.Go(func() {
			_ = s.serve(conn) // the client has gone
			conn.Close()
			s.mu.Lock()
			delete(s.open, conn)
			s.mu.Unlock()
		})
	}
}

// busyTimeout is how long a session waits for another one's transaction.
const busyTimeout = 10 * time.Second

// database names that can be names of files.
var plainName = regexp.MustCompile(`^\w+$`)

// database opens a session with a database.
func (s *Server) database(name string) (*sqlite.Conn, error) {
	if !plainName.MatchString(name) {
		return nil, &failure{"3D000", fmt.Sprintf("database %q does not exist", name)}
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, err
	}
	conn, err := sqlite.OpenConn(filepath.Join(s.dir, name+".db"), sqlite.OpenReadWrite|sqlite.OpenCreate|sqlite.OpenWAL)
	if err != nil {
		return nil, err
	}
	conn.SetBusyTimeout(busyTimeout)
	for function, value := range map[string]string{"version": version, "current_user": "streamline", "current_database": name} {
		text := sqlite.TextValue(value)
		err := conn.CreateFunction(function, &sqlite.FunctionImpl{
			NArgs: 0, Deterministic: true,
			Scalar: func(sqlite.Context, []sqlite.Value) (sqlite.Value, error) { return text, nil },
		})
		if err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return conn, nil
}

const version = "PostgreSQL 15 (a stand-in on SQLite)"

// failure is an error with a code of PostgreSQL's.
type failure struct{ code, message string }

func (f *failure) Error() string { return f.message }

// codeOf returns the code of an error.
func codeOf(err error) string {
	var f *failure
	switch {
	case errors.As(err, &f):
		return f.code
	case sqlite.ErrCode(err).ToPrimary() == sqlite.ResultConstraint:
		return "23505"
	}
	return "XX000"
}

var (
	parameter = regexp.MustCompile(`\$(\d+)`)
	anyOf     = regexp.MustCompile(`(?i)=\s*ANY\s*\(\s*\$(\d+)\s*\)`)
	serial    = regexp.MustCompile(`(?i)\bbigserial(\s+PRIMARY KEY)\b`)
	user      = regexp.MustCompile(`(?i)\bcurrent_user\b`)
	begin     = regexp.MustCompile(`(?i)^\s*BEGIN\b[^;]*`)
)

// translate returns a statement of PostgreSQL as one of SQLite, and which of its parameters are arrays.
func translate(query string) (string, map[int]bool) {
	arrays := map[int]bool{}
	for _, m := range anyOf.FindAllStringSubmatch(query, -1) {
		var n int
		fmt.Sscan(m[1], &n)
		arrays[n] = true
	}
	query = anyOf.ReplaceAllString(query, "IN (SELECT value FROM json_each($$$1))")
	query = parameter.ReplaceAllString(query, "?$1")
	query = serial.ReplaceAllString(query, "INTEGER$1 AUTOINCREMENT")
	query = user.ReplaceAllString(query, "current_user()")
	return begin.ReplaceAllString(query, "BEGIN IMMEDIATE"), arrays
}

// list returns an array in PostgreSQL's form as one in JSON: its texts are quoted alike.
func list(array string) string {
	return "[" + strings.TrimSuffix(strings.TrimPrefix(array, "{"), "}") + "]"
}
