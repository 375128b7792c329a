package behaviour

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
)

func init() { sql.Register("fake", fakeDriver{}) }

// errRefused is what the fake database says to statements with the word FAIL.
var errRefused = errors.New("refused")

// database is an in-memory database that keeps what it is told. A statement with
// the word WAIT lasts until its context ends.
type database struct {
	mu  sync.Mutex
	log []string
}

var databases sync.Map // *database by data source name

func databaseAt(dsn string) *database {
	db, _ := databases.LoadOrStore(dsn, &database{})
	return db.(*database)
}

func (db *database) note(format string, args ...any) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.log = append(db.log, fmt.Sprintf(format, args...))
}

// take returns what the database was told since it was called last.
func (db *database) take() []string {
	db.mu.Lock()
	defer db.mu.Unlock()
	log := db.log
	db.log = nil
	return log
}

// run notes a statement and has it fail, wait or succeed.
func (db *database) run(ctx context.Context, how, query string, args []driver.NamedValue) error {
	db.note("%s %s %v", how, query, values(args))
	switch {
	case strings.Contains(query, "FAIL"):
		return errRefused
	case strings.Contains(query, "WAIT"):
		<-ctx.Done()
		return ctx.Err()
	}
	return ctx.Err()
}

func values(args []driver.NamedValue) []any {
	out := make([]any, len(args))
	for i, a := range args {
		out[i] = a.Value
	}
	return out
}

type fakeDriver struct{}

func (fakeDriver) Open(dsn string) (driver.Conn, error) { return &fakeConn{databaseAt(dsn)}, nil }

func (d fakeDriver) OpenConnector(dsn string) (driver.Connector, error) {
	if !strings.HasPrefix(dsn, "fake://") {
		return nil, fmt.Errorf("fake: bad name %q", dsn)
	}
	return fakeConnector{dsn}, nil
}

type fakeConnector struct{ dsn string }

func (c fakeConnector) Connect(context.Context) (driver.Conn, error) {
	return &fakeConn{databaseAt(c.dsn)}, nil
}

func (c fakeConnector) Driver() driver.Driver { return fakeDriver{} }

type fakeConn struct{ db *database }

func (c *fakeConn) Close() error              { return nil }
func (c *fakeConn) Begin() (driver.Tx, error) { return nil, errors.New("not used") }

func (c *fakeConn) Prepare(string) (driver.Stmt, error) { return nil, errors.New("not used") }

func (c *fakeConn) Ping(ctx context.Context) error { return c.db.run(ctx, "ping", "", nil) }

func (c *fakeConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return &fakeRows{[]driver.Value{query, int64(len(args))}}, c.db.run(ctx, "query", query, args)
}

func (c *fakeConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return driver.RowsAffected(len(args)), c.db.run(ctx, "exec", query, args)
}

// PrepareContext keeps quiet about what the X-Ray SDK asks for: the database's name.
func (c *fakeConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if strings.Contains(query, "current_database()") {
		return identity{}, nil
	}
	return fakeStmt{c.db, query}, c.db.run(ctx, "prepare", query, nil)
}

func (c *fakeConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	c.db.note("begin %v", opts)
	return fakeTx{c.db}, ctx.Err()
}

type fakeTx struct{ db *database }

func (tx fakeTx) Commit() error {
	tx.db.note("commit")
	return nil
}

func (tx fakeTx) Rollback() error {
	tx.db.note("rollback")
	return nil
}

type fakeStmt struct {
	db    *database
	query string
}

func (s fakeStmt) Close() error  { return nil }
func (s fakeStmt) NumInput() int { return -1 }

func (s fakeStmt) Exec([]driver.Value) (driver.Result, error) { return nil, errors.New("not used") }
func (s fakeStmt) Query([]driver.Value) (driver.Rows, error)  { return nil, errors.New("not used") }

func (s fakeStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return &fakeRows{[]driver.Value{s.query, int64(len(args))}}, s.db.run(ctx, "prepared query", s.query, args)
}

func (s fakeStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return driver.RowsAffected(len(args)), s.db.run(ctx, "prepared exec", s.query, args)
}

// identity is the statement that tells the database's version, user and name.
type identity struct{ fakeStmt }

func (identity) QueryContext(context.Context, []driver.NamedValue) (driver.Rows, error) {
	return &fakeRows{[]driver.Value{"1.0", "teller", "shop"}}, nil
}

type fakeRows struct{ row []driver.Value }

func (r *fakeRows) Columns() []string { return make([]string, len(r.row)) }
func (r *fakeRows) Close() error      { return nil }

func (r *fakeRows) Next(dest []driver.Value) error {
	if r.row == nil {
		return io.EOF
	}
	copy(dest, r.row)
	r.row = nil
	return nil
}
