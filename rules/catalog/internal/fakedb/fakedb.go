// Package fakedb is a database driver for tests: it keeps what it is told and
// answers from memory.
package fakedb

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

// Driver is what the driver is registered as; Known is a name of a driver that
// programs use, under which it is registered as well.
const (
	Driver = "fake"
	Known  = "pgx"
)

func init() {
	sql.Register(Driver, fakeDriver{})
	sql.Register(Known, fakeDriver{})
}

// errRefused is what a database says to statements with the word FAIL.
var errRefused = errors.New("refused")

// Database keeps what it is told. A statement with the word WAIT lasts until its
// context ends.
type Database struct {
	mu    sync.Mutex
	log   []string
	asked bool
}

var databases sync.Map // *Database by data source name

// At returns the database of a data source name.
func At(dsn string) *Database {
	db, _ := databases.LoadOrStore(dsn, &Database{})
	return db.(*Database)
}

func (db *Database) note(format string, args ...any) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.log = append(db.log, fmt.Sprintf(format, args...))
}

// Told returns what the database was told so far.
func (db *Database) Told() []string {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.log
}

// Take returns what the database was told since it was called last.
func (db *Database) Take() []string {
	db.mu.Lock()
	defer db.mu.Unlock()
	log := db.log
	db.log = nil
	return log
}

// Asked reports whether the X-Ray SDK has asked for the database's name.
func (db *Database) Asked() bool {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.asked
}

// run notes a statement and has it fail, wait or succeed.
func (db *Database) run(ctx context.Context, how, query string, args []driver.NamedValue) error {
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

func (fakeDriver) Open(dsn string) (driver.Conn, error) { return &fakeConn{At(dsn)}, nil }

func (d fakeDriver) OpenConnector(dsn string) (driver.Connector, error) {
	if !strings.HasPrefix(dsn, "fake://") {
		return nil, fmt.Errorf("fake: bad name %q", dsn)
	}
	return Connector{dsn}, nil
}

// Connector connects to the database of a data source name.
type Connector struct{ DSN string }

// Connect is of driver.Connector.
func (c Connector) Connect(context.Context) (driver.Conn, error) {
	return &fakeConn{At(c.DSN)}, nil
}

// Driver is of driver.Connector.
func (c Connector) Driver() driver.Driver { return fakeDriver{} }

type fakeConn struct{ db *Database }

func (c *fakeConn) Close() error              { return nil }
func (c *fakeConn) Begin() (driver.Tx, error) { return nil, errors.New("not used") }

func (c *fakeConn) Prepare(string) (driver.Stmt, error) { return nil, errors.New("not used") }

func (c *fakeConn) Ping(ctx context.Context) error { return c.db.run(ctx, "ping", "", nil) }

func (c *fakeConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return rows(query, int64(len(args))), c.db.run(ctx, "query", query, args)
}

func (c *fakeConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return driver.RowsAffected(len(args)), c.db.run(ctx, "exec", query, args)
}

// PrepareContext keeps what the X-Ray SDK asks for, the database's name, out of
// the log.
func (c *fakeConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if strings.Contains(query, "current_database()") {
		c.db.mu.Lock()
		defer c.db.mu.Unlock()
		c.db.asked = true
		return identity{}, nil
	}
	return fakeStmt{c.db, query}, c.db.run(ctx, "prepare", query, nil)
}

func (c *fakeConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	c.db.note("begin %v", opts)
	return fakeTx{c.db}, ctx.Err()
}

type fakeTx struct{ db *Database }

func (tx fakeTx) Commit() error {
	tx.db.note("commit")
	return nil
}

func (tx fakeTx) Rollback() error {
	tx.db.note("rollback")
	return nil
}

type fakeStmt struct {
	db    *Database
	query string
}

func (s fakeStmt) Close() error  { return nil }
func (s fakeStmt) NumInput() int { return -1 }

func (s fakeStmt) Exec([]driver.Value) (driver.Result, error) { return nil, errors.New("not used") }
func (s fakeStmt) Query([]driver.Value) (driver.Rows, error)  { return nil, errors.New("not used") }

func (s fakeStmt) QueryContext(ctx context.Context, args []driver.NamedValue) (driver.Rows, error) {
	return rows(s.query, int64(len(args))), s.db.run(ctx, "prepared query", s.query, args)
}

func (s fakeStmt) ExecContext(ctx context.Context, args []driver.NamedValue) (driver.Result, error) {
	return driver.RowsAffected(len(args)), s.db.run(ctx, "prepared exec", s.query, args)
}

// identity is the statement that tells the database's version, user and name.
type identity struct{ fakeStmt }

func (identity) QueryContext(context.Context, []driver.NamedValue) (driver.Rows, error) {
	return rows("1.0", "teller", "shop"), nil
}

// fakeRows is one row.
type fakeRows struct {
	row   []driver.Value
	width int
}

func rows(row ...driver.Value) *fakeRows { return &fakeRows{row, len(row)} }

func (r *fakeRows) Columns() []string { return []string{"query", "args", "name"}[:r.width] }
func (r *fakeRows) Close() error      { return nil }

func (r *fakeRows) Next(dest []driver.Value) error {
	if r.row == nil {
		return io.EOF
	}
	copy(dest, r.row)
	r.row = nil
	return nil
}
