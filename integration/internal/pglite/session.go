package pglite

import (
	"fmt"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgproto3"
	"zombiezen.com/go/sqlite"
)

// textOID is the type that all columns and parameters are said to have. Drivers make of
// their text what the program asks for.
const textOID = 25

// session is one connection.
type session struct {
	server   *Server
	database string
	db       *sqlite.Conn
	client   *pgproto3.Backend

	prepared map[string]prepared
	portals  map[string]portal
	skipping bool // after an error, up to the next Sync
}

// prepared is a statement with a name.
type prepared struct {
	query  string // as SQLite has it
	arrays map[int]bool
}

// portal is a statement with its arguments.
type portal struct {
	prepared
	arguments [][]byte
}

// serve speaks with a client until it goes.
func (s *Server) serve(conn net.Conn) error {
	client := pgproto3.NewBackend(conn, conn)
	var startup *pgproto3.StartupMessage
	for startup == nil {
		message, err := client.ReceiveStartupMessage()
		if err != nil {
			return err
		}
		switch message := message.(type) {
		case *pgproto3.StartupMessage:
			startup = message
		case *pgproto3.SSLRequest, *pgproto3.GSSEncRequest:
			if _, err := conn.Write([]byte("N")); err != nil {
				return err
			}
		default: // a request to cancel
			return nil
		}
	}
	ses := &session{server: s, database: startup.Parameters["database"], client: client, prepared: map[string]prepared{}, portals: map[string]portal{}}
	var err error
	if ses.db, err = s.database(ses.database); err != nil {
		ses.fail(err)
		return client.Flush()
	}
	defer ses.db.Close()
	client.Send(&pgproto3.AuthenticationOk{})
	client.Send(&pgproto3.ParameterStatus{Name: "server_version", Value: "15.0"})
	client.Send(&pgproto3.ParameterStatus{Name: "client_encoding", Value: "UTF8"})
	client.Send(&pgproto3.BackendKeyData{ProcessID: 1, SecretKey: []byte{0, 0, 0, 1}})
	ses.ready()
	return ses.run()
}

func (s *session) run() error {
	for {
		if err := s.client.Flush(); err != nil {
			return err
		}
		message, err := s.client.Receive()
		if err != nil {
			return err
		}
		switch message := message.(type) {
		case *pgproto3.Terminate:
			return nil
		case *pgproto3.Sync:
			s.skipping = false
			s.ready()
		case *pgproto3.Query:
			s.simple(message.String)
		default:
			if !s.skipping {
				if err := s.extended(message); err != nil {
					s.fail(err)
					s.skipping = true
				}
			}
		}
	}
}

// ready tells that the next statement can come, and whether a transaction is open.
func (s *session) ready() {
	status := byte('T')
	if s.db.AutocommitEnabled() {
		status = 'I'
	}
	s.client.Send(&pgproto3.ReadyForQuery{TxStatus: status})
}

func (s *session) fail(err error) {
	s.client.Send(&pgproto3.ErrorResponse{Severity: "ERROR", SeverityUnlocalized: "ERROR", Code: codeOf(err), Message: err.Error()})
}

// simple runs a statement without arguments.
func (s *session) simple(query string) {
	defer s.ready()
	if strings.Trim(query, " ;\n\t") == "" {
		s.client.Send(&pgproto3.EmptyQueryResponse{})
		return
	}
	text, arrays := translate(query)
	p := portal{prepared: prepared{text, arrays}}
	err := s.describe(p.prepared, false)
	if err == nil {
		err = s.execute(p)
	}
	if err != nil {
		s.fail(err)
	}
}

// extended answers a message of the protocol in which statements are prepared first.
func (s *session) extended(message pgproto3.FrontendMessage) error {
	switch message := message.(type) {
	case *pgproto3.Parse:
		text, arrays := translate(message.Query)
		if _, err := s.db.Prepare(text); err != nil {
			return err
		}
		s.prepared[message.Name] = prepared{text, arrays}
		s.client.Send(&pgproto3.ParseComplete{})
	case *pgproto3.Describe:
		if message.ObjectType == 'P' {
			p := s.portals[message.Name]
			return s.describe(p.prepared, true)
		}
		p := s.prepared[message.Name]
		stmt, err := s.db.Prepare(p.query)
		if err != nil {
			return err
		}
		types := make([]uint32, stmt.BindParamCount())
		for i := range types {
			types[i] = textOID
		}
		s.client.Send(&pgproto3.ParameterDescription{ParameterOIDs: types})
		return s.describe(p, true)
	case *pgproto3.Bind:
		p := portal{prepared: s.prepared[message.PreparedStatement]}
		for _, argument := range message.Parameters {
			if argument != nil {
				argument = append([]byte{}, argument...) // the message's buffer is used again
			}
			p.arguments = append(p.arguments, argument)
		}
		s.portals[message.DestinationPortal] = p
		s.client.Send(&pgproto3.BindComplete{})
	case *pgproto3.Execute:
		return s.execute(s.portals[message.Portal])
	case *pgproto3.Close:
		if message.ObjectType == 'S' {
			delete(s.prepared, message.Name)
		}
		s.client.Send(&pgproto3.CloseComplete{})
	case *pgproto3.Flush:
	default:
		return &failure{"0A000", fmt.Sprintf("the stand-in does not know %T", message)}
	}
	return nil
}

// describe tells which columns a statement has; with none says that there are none.
func (s *session) describe(p prepared, none bool) error {
	stmt, err := s.db.Prepare(p.query)
	if err != nil {
		return err
	}
	columns := &pgproto3.RowDescription{}
	for i := range stmt.ColumnCount() {
		columns.Fields = append(columns.Fields, pgproto3.FieldDescription{Name: []byte(stmt.ColumnName(i)), DataTypeOID: textOID, DataTypeSize: -1, TypeModifier: -1})
	}
	switch {
	case len(columns.Fields) > 0:
		s.client.Send(columns)
	case none:
		s.client.Send(&pgproto3.NoData{})
	}
	return nil
}

// execute runs a statement and sends its rows.
func (s *session) execute(p portal) error {
	if err := s.server.suffer(s.database, p.query); err != nil {
		return err
	}
	stmt, err := s.db.Prepare(p.query)
	if err != nil {
		return err
	}
	defer stmt.Reset()
	for i, argument := range p.arguments {
		switch {
		case argument == nil:
			stmt.BindNull(i + 1)
		case p.arrays[i+1]:
			stmt.BindText(i+1, list(string(argument)))
		default:
			stmt.BindText(i+1, string(argument))
		}
	}
	rows := 0
	for {
		more, err := stmt.Step()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		rows++
		s.client.Send(&pgproto3.DataRow{Values: values(stmt)})
	}
	s.client.Send(&pgproto3.CommandComplete{CommandTag: []byte(tag(p.query, rows, s.db.Changes()))})
	return nil
}

func values(stmt *sqlite.Stmt) [][]byte {
	row := make([][]byte, stmt.ColumnCount())
	for i := range row {
		if stmt.ColumnType(i) != sqlite.TypeNull {
			row[i] = append([]byte{}, stmt.ColumnText(i)...)
		}
	}
	return row
}

// tag is what is told of a statement that is done.
func tag(query string, rows, changed int) string {
	verb, _, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(query)), " ")
	switch verb {
	case "INSERT":
		return fmt.Sprintf("INSERT 0 %d", changed)
	case "UPDATE", "DELETE":
		return fmt.Sprintf("%s %d", verb, changed)
	case "SELECT":
		return fmt.Sprintf("SELECT %d", rows)
	}
	return strings.TrimSuffix(verb, ";")
}
