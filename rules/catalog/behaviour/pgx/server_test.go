package pgx

import (
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

// server speaks as much of PostgreSQL's protocol as simple queries need. A query with
// the word NONE has no row, one with FAIL an error.
type server struct {
	addr string

	mu   sync.Mutex
	told []string
}

func listen(t *testing.T) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s := &server{addr: l.Addr().String()}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	return s
}

// dsn returns the name of a database with a password.
func (s *server) dsn() string {
	return "postgres://teller:secret@" + s.addr + "/shop?sslmode=disable&default_query_exec_mode=simple_protocol"
}

// take returns the queries since it was called last.
func (s *server) take() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	told := s.told
	s.told = nil
	return told
}

func (s *server) serve(conn net.Conn) {
	defer conn.Close()
	b := pgproto3.NewBackend(conn, conn)
	if _, err := b.ReceiveStartupMessage(); err != nil {
		return
	}
	b.Send(&pgproto3.AuthenticationOk{})
	b.Send(&pgproto3.ParameterStatus{Name: "standard_conforming_strings", Value: "on"})
	b.Send(&pgproto3.ParameterStatus{Name: "client_encoding", Value: "UTF8"})
	b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	for b.Flush() == nil {
		msg, err := b.Receive()
		if err != nil {
			return
		}
		if q, ok := msg.(*pgproto3.Query); ok {
			s.answer(b, q.String)
		}
	}
}

// answer answers the statements of a query, up to the first that fails.
func (s *server) answer(b *pgproto3.Backend, query string) {
	s.mu.Lock()
	s.told = append(s.told, query)
	s.mu.Unlock()
	for _, one := range strings.Split(strings.TrimSuffix(query, ";"), ";") {
		if strings.Contains(one, "FAIL") {
			b.Send(&pgproto3.ErrorResponse{Severity: "ERROR", Code: "XX000", Message: "refused"})
			break
		}
		b.Send(&pgproto3.RowDescription{Fields: []pgproto3.FieldDescription{{Name: []byte("a"), DataTypeOID: 25, DataTypeSize: -1, TypeModifier: -1}}})
		if !strings.Contains(one, "NONE") {
			b.Send(&pgproto3.DataRow{Values: [][]byte{[]byte(one)}})
		}
		b.Send(&pgproto3.CommandComplete{CommandTag: []byte("SELECT 1")})
	}
	b.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
}
