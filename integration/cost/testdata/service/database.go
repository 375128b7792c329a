package main

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
)

// The database is one that answers at once, from memory: what a real one takes would hide
// what tracing takes. It has the name and the optional methods of the drivers that are
// traced most.
func init() { sql.Register("postgres", database{}) }

type database struct{}

func (database) Open(string) (driver.Conn, error) { return conn{}, nil }

// errUnused is what methods return that the service has no use for.
var errUnused = errors.New("not supported")

type conn struct{}

func (conn) Close() error               { return nil }
func (conn) Begin() (driver.Tx, error)  { return nil, errUnused }
func (conn) Ping(context.Context) error { return nil }

func (conn) Prepare(query string) (driver.Stmt, error) { return stmt{}, nil }

func (conn) QueryContext(_ context.Context, _ string, args []driver.NamedValue) (driver.Rows, error) {
	return &rows{row: []driver.Value{fmt.Sprintf("item-%v", args[0].Value)}}, nil
}

// stmt answers the one question that the X-Ray SDK prepares: version, user and name of the
// database.
type stmt struct{}

func (stmt) Close() error                               { return nil }
func (stmt) NumInput() int                              { return -1 }
func (stmt) Exec([]driver.Value) (driver.Result, error) { return nil, errUnused }

func (stmt) Query([]driver.Value) (driver.Rows, error) {
	return &rows{row: []driver.Value{"16.0", "clerk", "orders"}}, nil
}

// rows is one row.
type rows struct {
	row  []driver.Value
	done bool
}

func (r *rows) Columns() []string { return make([]string, len(r.row)) }
func (r *rows) Close() error      { return nil }

func (r *rows) Next(dest []driver.Value) error {
	if r.done {
		return io.EOF
	}
	r.done = true
	copy(dest, r.row)
	return nil
}
